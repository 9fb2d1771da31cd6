// A whole data directory out of a set: the default database first, because it says what the others may be made of. No
// engine opens there before all is done.
import { resolve } from "node:path";
import pLimit from "p-limit";
import { readCallOptions } from "../../base/call-options.js";
import type { Clock } from "../../base/clock.js";
import { readConcurrency } from "../../base/concurrency.js";
import type { EngineError } from "../../base/errors.js";
import type { IdGenerator } from "../../base/ids.js";
import type { Logger } from "../../base/logger.js";
import type { ProgressListener } from "../../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { defaultDatabaseName } from "../../databases/database-name.js";
import { readLog } from "../../databases/register/system-tables.js";
import { SchemaHistory } from "../../databases/schema-history.js";
import type { DetachedStore, Storage } from "../../storage/storage.js";
import { damagedBackup } from "../codec/backup-encoding.js";
import type { BackupCodec } from "../codec/backup-codec.js";
import { fetchBackup } from "../fetch-backup.js";
import { readManifest } from "../manifest/backup-manifest.js";
import { examineCandidate } from "../restore/examine-candidate.js";
import { fetchCandidate } from "../restore/fetch-candidate.js";
import type { BackupStore } from "../store/backup-store.js";
import { findSet } from "./find-set.js";
import type { SetMember } from "./set-manifest.js";
import { clearMark, markUnfinished } from "./unfinished-mark.js";

/** What `restoreAll` takes. */
export interface RestoreAllOptions {
  /** The data directory to make. It must be absent or empty. */
  readonly into: string;
  /** The set's id. Default: the newest set of all databases that was not found unusable. */
  readonly set?: string;
  /** How many databases at once, 1 to 64. Default 2. */
  readonly concurrency?: number;
  /** Called after each database. */
  readonly onProgress?: ProgressListener;
}

/** What `restoreAll` has come to. */
export interface RestoreAllReport {
  readonly set: string;
  /** Every write that was acknowledged before is in it. RFC 3339, UTC. */
  readonly createdAt: string;
  /** The directory; absolute. An engine can be opened there. */
  readonly into: string;
  readonly restored: readonly string[];
  /** Databases that could not be restored, and why: they are not in the directory. */
  readonly failed: readonly { readonly name: string; readonly error: EngineError }[];
  /** Databases of which the set itself has no backup. */
  readonly missing: readonly string[];
}

/** What a restore of a set needs: no running engine. */
export interface RestoreAllContext {
  readonly store: BackupStore;
  readonly codec: BackupCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: IdGenerator;
  /** The storage of another data directory. */
  readonly storageAt: (dataDir: string) => Storage;
}

const defaultConcurrency = 2;

/**
 * `request_invalid` for an option; `backup_not_found` when there is no such set, or none; `conflict` when the directory is not
 * empty; `database_corrupt` when the set or its default database cannot be used; the `storage_…` codes. What fails for another
 * database is in the report. After an error, or when it was cut off, the directory cannot be opened as a data directory: remove it.
 */
export async function restoreAll(
  context: RestoreAllContext,
  options: RestoreAllOptions,
  /** Only these, for a drill. */
  names?: readonly string[],
): Outcome<RestoreAllReport> {
  const settings = readSettings(options);
  if (settings.isErr()) return err(settings.error);
  const { into, concurrency, onProgress } = settings.value;
  const set = await findSet(context.store, settings.value.set);
  if (set.isErr()) return err(set.error);
  const marked = await markUnfinished(into, set.value.id);
  if (marked.isErr()) return err(marked.error);
  const storage = context.storageAt(into);
  const opened = await storage.open();
  if (opened.isErr()) return err(opened.error);
  const databases = set.value.databases.filter(({ name }) => names === undefined || names.includes(name));
  const filled = await fill({ ...context, storage }, databases, concurrency, onProgress);
  const closed = await storage.close();
  if (filled.isErr()) return err(filled.error);
  if (closed.isErr()) return err(closed.error);
  const cleared = await clearMark(into);
  if (cleared.isErr()) return err(cleared.error);
  const { id, createdAt, failed } = set.value;
  return ok({ set: id, createdAt, into, ...filled.value, missing: failed.map(({ name }) => name) });
}

type Settings = Omit<RestoreAllOptions, "concurrency"> & { readonly concurrency: number };

function readSettings(options: RestoreAllOptions): Result<Settings, EngineError> {
  const read = readCallOptions(options, { into: "any", set: "any", concurrency: "any", onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const { into, concurrency = defaultConcurrency } = read.value;
  if (typeof into !== "string" || into === "" || into.includes("\0")) {
    return refuse("request_invalid", { parameter: "into" }, { message: "into is the path of a directory to make." });
  }
  return readConcurrency(concurrency).map((concurrency) => ({ ...read.value, into: resolve(into), concurrency }));
}

type FillContext = RestoreAllContext & { readonly storage: Storage };

async function fill(
  context: FillContext,
  databases: readonly SetMember[],
  concurrency: number,
  onProgress: ProgressListener | undefined,
): Outcome<Pick<RestoreAllReport, "restored" | "failed">> {
  const first = databases.find(({ name }) => name === defaultDatabaseName);
  if (!first) return refuse("database_corrupt", { name: defaultDatabaseName, reason: "the set does not hold it" });
  const schema = await restoreDefault(context, first);
  if (schema.isErr()) return err(schema.error);
  const restored = [defaultDatabaseName as string];
  const failed: { readonly name: string; readonly error: EngineError }[] = [];
  const tell = (current: string): void =>
    onProgress?.({ done: restored.length + failed.length, total: databases.length, failed: failed.length, current });
  tell(defaultDatabaseName);
  const limit = pLimit(concurrency);
  const others = databases.filter(({ name }) => name !== defaultDatabaseName);
  await Promise.all(
    others.map((member) =>
      limit(async () => {
        const done = await restoreMember(context, schema.value, member);
        if (done.isOk()) restored.push(member.name);
        else failed.push({ name: member.name, error: done.error });
        tell(member.name);
      }),
    ),
  );
  return ok({ restored: restored.sort(), failed });
}

/** The default database brings the schema log with it: it is held against its own, and all others against it. */
async function restoreDefault(context: FillContext, { backup, name }: SetMember): Outcome<SchemaHistory> {
  const { storage, store, codec } = context;
  const manifest = await readManifest(store, backup);
  if (manifest.isErr()) return err(manifest.error);
  const fetched = await fetchBackup({ fleet: { storage }, store, codec }, manifest.value);
  if (fetched.isErr()) return err(fetched.error);
  const { copy } = fetched.value;
  try {
    const log = await copy.read(readLog);
    if (log.isErr()) return err(log.error);
    const schema = new SchemaHistory(log.value, storage);
    const damaged = (reason: string) => err(damagedBackup({ id: backup, database: name }, reason));
    if (schema.newest.version !== copy.schemaVersion)
      return damaged("its schema log ends at another version than its own");
    const strange = await examineCandidate({ schema, storage }, copy, defaultDatabaseName);
    if (strange.isErr()) return err(strange.error);
    if (strange.value !== null) return damaged(strange.value);
    return (await install(context, name, copy)).map(() => schema);
  } finally {
    await copy.discard();
  }
}

async function restoreMember(context: FillContext, schema: SchemaHistory, { backup, name }: SetMember): Outcome<void> {
  const { storage, store, codec, logger } = context;
  const manifest = await readManifest(store, backup);
  if (manifest.isErr()) return err(manifest.error);
  const candidate = await fetchCandidate({ fleet: { storage, schema, logger }, store, codec }, manifest.value);
  if (candidate.isErr()) return err(candidate.error);
  try {
    return await install(context, name, candidate.value);
  } finally {
    await candidate.value.discard();
  }
}

/** With a new id, as every restored database: it ends the tokens of before. */
async function install({ storage, newId }: FillContext, name: string, copy: DetachedStore): Outcome<void> {
  const installed = await storage.install(name, copy, { id: newId(), createdAt: copy.identity.createdAt });
  return installed.isErr() ? err(installed.error) : ok(undefined);
}
