// Puts a backup back: in the place of its database, or as a new one. Everything is made ready aside; what is live is touched
// for the time of a few renames, and after a crash at any moment it is wholly the old or wholly the new.
import { readCallOptions } from "../../base/call-options.js";
import { formatTimestamp } from "../../base/clock.js";
import { EngineError } from "../../base/errors.js";
import type { ProgressListener } from "../../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import type { DetachedStore, ReplacedEntry, StoreIdentity } from "../../storage/storage.js";
import type { BackupContext } from "../backup-context.js";
import { checkBackupId } from "../delete-backup.js";
import { readManifest } from "../manifest/backup-manifest.js";
import { expireReplaced } from "./expire-replaced.js";
import { fetchCandidate } from "./fetch-candidate.js";
import { checkTarget } from "./restore-target.js";

/** Options of `backups.restore`. */
export interface RestoreBackupOptions {
  /** The name of a new database to make of the backup. Default: it takes the place of the database that it was made of. */
  readonly as?: string;
  /** How long calls that use the database may go on before they are interrupted, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
  /** Called on the way: `done` and `total` are bytes of the database, `current` is the backup's id. */
  readonly onProgress?: ProgressListener;
}

/** A database that was put in place of another one, and is kept for a while. */
export interface ReplacedDatabase {
  /** Its file, relative to the data directory. */
  readonly file: string;
  /** From then on it is removed. RFC 3339, UTC. */
  readonly expiresAt: string;
}

/** What a restore has come to. */
export interface RestoredBackup {
  /** The backup's id. */
  readonly id: string;
  /** The name of the database that now holds the backup's records. */
  readonly database: string;
  readonly schemaVersion: number;
  /** What had the name before; null when nothing had. */
  readonly replaced: ReplacedDatabase | null;
}

// Longer than nearly every call takes, shorter than people who wait for a restore like.
const defaultDrainMs = 10_000;

/**
 * `backup_not_found`; `database_corrupt` with the reason for a backup that cannot be trusted; `conflict` for one of a newer
 * schema; `database_reserved`, `database_name_invalid`, `database_exists` for its name or `as`; `database_busy` when what uses
 * the database cannot be stopped; what the store and the disk cannot do. After each of them the live database is as before.
 */
export async function restoreBackup(
  context: BackupContext,
  id: unknown,
  options: RestoreBackupOptions = {},
): Outcome<RestoredBackup> {
  const read = readOptions(options);
  if (read.isErr()) return err(read.error);
  const checked = checkBackupId(id);
  if (checked.isErr()) return err(checked.error);
  const manifest = await readManifest(context.store, checked.value);
  if (manifest.isErr()) return err(manifest.error);
  const name = await checkTarget(context, manifest.value, read.value.as);
  if (name.isErr()) return err(name.error);
  const candidate = await fetchCandidate(context, manifest.value, read.value);
  if (candidate.isErr()) return err(candidate.error);
  try {
    return await putCandidate(context, {
      id: checked.value,
      name: name.value,
      candidate: candidate.value,
      ...read.value,
    });
  } finally {
    await candidate.value.discard();
  }
}

function readOptions(options: RestoreBackupOptions): Result<RestoreBackupOptions, EngineError> {
  const read = readCallOptions(options, { as: "any", drainMs: "any", onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const { drainMs } = read.value;
  if (drainMs === undefined || (Number.isSafeInteger(drainMs) && drainMs >= 0)) return ok(read.value);
  const message = "drainMs is a whole number of milliseconds, 0 or more.";
  return refuse("request_invalid", { parameter: "drainMs" }, { message });
}

/** A candidate, and where it belongs. `id` is for the answer and for messages. */
export interface Placement extends RestoreBackupOptions {
  readonly id: string;
  readonly name: string;
  readonly candidate: DetachedStore;
}

/** Gives a candidate that has been examined its place. Whoever fetched it discards it. */
export async function putCandidate(context: BackupContext, placement: Placement): Outcome<RestoredBackup> {
  const { fleet, keepReplacedMs } = context;
  const { id, name, candidate, drainMs = defaultDrainMs } = placement;
  const message = `The call was stopped because the database "${name}" is being restored.`;
  const drain = { afterMs: drainMs, reason: new EngineError("database_busy", { name }, { message }) as EngineError };
  const limit = placement.as === undefined ? await limitOf(context, name) : ok(undefined);
  if (limit.isErr()) return err(limit.error);
  const placed = await fleet.pool.hold(name, () => place(context, placement, limit.value), drain);
  if (placed.isErr()) return err(placed.error);
  await expireReplaced(context);
  const replaced = placed.value && {
    file: placed.value.location,
    expiresAt: formatTimestamp(placed.value.replacedAt + keepReplacedMs),
  };
  return ok({ id, database: name, schemaVersion: candidate.schemaVersion, replaced });
}

/**
 * How large the database that has the name may become: what an operator has set is no part of what a backup brings back.
 * Undefined when there is none, or none that opens.
 */
async function limitOf({ fleet }: BackupContext, name: string): Outcome<number | null | undefined> {
  const read = await fleet.pool.lease(name, ({ store }) => Promise.resolve(ok(store.ownMaxBytes)));
  const isPassing = read.isErr() && read.error.is("database_busy", "engine_closed");
  return read.isOk() || isPassing ? read : ok(undefined);
}

/** The caller holds the name: nobody has the database open, and nobody can open it. */
async function place(
  { fleet }: BackupContext,
  { name, as, candidate }: Placement,
  maxBytes: number | null | undefined,
): Outcome<ReplacedEntry | null> {
  const { storage, register, clock, logger } = fleet;
  // A new id ends what was bound to the former one, of the live database and of the backup alike: tokens, cursors, handles.
  const identity: StoreIdentity = { id: fleet.newId(), createdAt: candidate.identity.createdAt };
  const present = as === undefined ? await storage.stat(name) : ok(null);
  if (present.isErr()) return err(present.error);
  const placed: Result<ReplacedEntry | null, EngineError> = present.value
    ? await storage.replace(name, candidate, identity, clock.now(), { maxBytes })
    : (await storage.install(name, candidate, identity)).map(() => null);
  if (placed.isErr()) return err(placed.error);
  const entry = await storage.stat(name);
  const fingerprint = entry.isOk() ? (entry.value?.fingerprint ?? "") : "";
  const added = await register.add({ name, ...identity, fingerprint, schemaVersion: candidate.schemaVersion });
  // The file is in its place, so the restore has happened; the register is put right when the database is first used.
  if (added.isErr()) {
    register.doubt(name);
    logger.warn({ err: added.error, database: name }, "a restored database is not registered yet");
  }
  return ok(placed.value);
}
