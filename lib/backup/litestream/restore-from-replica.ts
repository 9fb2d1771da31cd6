// A database out of a replica of Litestream, as it was at a moment. What Litestream gives is trusted no more than any
// other file from outside.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readCallOptions } from "../../base/call-options.js";
import type { EngineError } from "../../base/errors.js";
import { translateFileError } from "../../base/file-errors.js";
import { nodeFileSystem } from "../../base/file-system.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { checkTenantName } from "../../databases/database-name.js";
import type { DetachedStore } from "../../storage/storage.js";
import type { BackupContext } from "../backup-context.js";
import { prepareCandidate } from "../restore/fetch-candidate.js";
import { putCandidate, type ReplacedDatabase } from "../restore/restore-backup.js";
import { planMoment, readGenerations, type PlannedMoment } from "./plan-moment.js";

/** What `backups.restoreFromReplica` takes. */
export interface RestoreFromReplicaOptions {
  /** The path of Litestream's configuration, as `litestreamConfig` made it. */
  readonly config: string;
  /** RFC 3339. Default: the newest state. A moment that the replica has nothing for is brought to the nearest one before. */
  readonly at?: string;
  /** The name of a new database to make of it. Default: it takes the place of the database. */
  readonly as?: string;
  /** Litestream's program. Default `"litestream"`. */
  readonly program?: string;
}

/** What a restore from a replica has come to. */
export interface RestoredFromReplica {
  readonly database: string;
  readonly schemaVersion: number;
  /** What the state is of, at the latest. RFC 3339, UTC. */
  readonly restoredTo: string;
  /** Whether that is earlier than was asked for, because the replica has nothing later. */
  readonly isClamped: boolean;
  readonly replaced: ReplacedDatabase | null;
}

const run = promisify(execFile);
// A replica of a day has some thousand segments, a line of 80 characters each.
const mostOutputBytes = 64 * 1_048_576;

/**
 * `backup_not_found` when the replica has nothing at or before the moment; `storage_failed` when Litestream fails; and what a
 * restore of a backup can end in. After each of them nothing has changed.
 */
export async function restoreFromReplica(
  context: BackupContext,
  dataDir: string,
  name: unknown,
  options: RestoreFromReplicaOptions,
): Outcome<RestoredFromReplica> {
  const settings = readSettings(options);
  if (settings.isErr()) return err(settings.error);
  const { config, as, program, atMs } = settings.value;
  const source = checkTenantName(name);
  if (source.isErr()) return err(source.error);
  const target = checkTenantName(as ?? name);
  if (target.isErr()) return err(target.error);
  const present = await context.fleet.storage.stat(target.value);
  if (present.isErr()) return err(present.error);
  if (as !== undefined && present.value) return refuse("database_exists", { name: target.value });
  const ask = (command: string, ...more: string[]) =>
    litestream(program, [command, "-config", config, ...more, join(dataDir, `${source.value}.db`)]);
  const snapshots = await ask("snapshots");
  if (snapshots.isErr()) return err(snapshots.error);
  const wal = await ask("wal");
  if (wal.isErr()) return err(wal.error);
  const planned = planMoment(source.value, readGenerations(snapshots.value, wal.value), atMs);
  if (planned.isErr()) return err(planned.error);
  const candidate = await fetch(context, source.value, planned.value, ask);
  if (candidate.isErr()) return err(candidate.error);
  try {
    const id = `${source.value} of ${planned.value.restoredTo}`;
    const ready = await prepareCandidate(context, { id, database: source.value }, candidate.value);
    if (ready.isErr()) return err(ready.error);
    const placement = { id, name: target.value, candidate: candidate.value, ...(as === undefined ? {} : { as }) };
    const { restoredTo, isClamped } = planned.value;
    return (await putCandidate(context, placement)).map(({ database, schemaVersion, replaced }) => {
      return { database, schemaVersion, restoredTo, isClamped, replaced };
    });
  } finally {
    await candidate.value.discard();
  }
}

type Settings = Pick<RestoreFromReplicaOptions, "config" | "as"> & {
  readonly program: string;
  readonly atMs: number | undefined;
};

function readSettings(options: RestoreFromReplicaOptions): Result<Settings, EngineError> {
  const read = readCallOptions(options, { config: "any", at: "any", as: "any", program: "any" });
  if (read.isErr()) return err(read.error);
  const { config, at, as, program = "litestream" } = read.value;
  if (typeof config !== "string" || config === "")
    return invalid("config", "config is the path of Litestream's configuration.");
  if (typeof program !== "string" || program === "")
    return invalid("program", "program is the path of Litestream's program.");
  const atMs = at === undefined ? undefined : typeof at === "string" ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(atMs)) return invalid("at", 'at is a moment such as "2026-11-25T12:00:00Z".');
  return ok({ config, program, atMs, ...(as === undefined ? {} : { as }) });
}

async function litestream(program: string, args: readonly string[]): Outcome<string> {
  try {
    // No shell: names and paths are words, whatever stands in them.
    return ok((await run(program, [...args], { maxBuffer: mostOutputBytes })).stdout);
  } catch (thrown) {
    const { code, stderr } = thrown as { readonly code?: unknown; readonly stderr?: unknown };
    const told = typeof stderr === "string" ? stderr.trim().slice(-300) : "";
    const message =
      code === "ENOENT"
        ? `The program "${program}" is not there; install Litestream, or name its path in program.`
        : `Litestream failed: ${told}`;
    return refuse("storage_failed", {}, { message, cause: thrown });
  }
}

async function fetch(
  { fleet }: BackupContext,
  name: string,
  { generation, timestamp }: PlannedMoment,
  ask: (command: string, ...more: string[]) => Outcome<string>,
): Outcome<DetachedStore> {
  let scratch: string;
  try {
    scratch = await mkdtemp(join(tmpdir(), "tenant-engine-replica-"));
  } catch (thrown) {
    return err(translateFileError(thrown));
  }
  try {
    const path = join(scratch, "restored.db");
    const moment = timestamp === undefined ? [] : ["-timestamp", timestamp];
    const restored = await ask("restore", "-generation", generation, ...moment, "-o", path);
    return restored.isErr() ? err(restored.error) : await fleet.storage.receive(name, nodeFileSystem.read(path));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
