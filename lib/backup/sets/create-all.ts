// A set: a backup of every database, of those that were written to a new one. One that fails stops no other.
import pLimit from "p-limit";
import { readCallOptions } from "../../base/call-options.js";
import { formatTimestamp } from "../../base/clock.js";
import { readConcurrency } from "../../base/concurrency.js";
import type { EngineError } from "../../base/errors.js";
import type { ProgressListener } from "../../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { engineVersion } from "../../base/version.js";
import { checkDatabaseName, databaseNotFound, defaultDatabaseName } from "../../databases/database-name.js";
import { listDatabases } from "../../databases/find-database.js";
import type { BackupContext } from "../backup-context.js";
import { createBackup } from "../create-backup.js";
import { keysOf } from "../manifest/backup-id.js";
import { readProof } from "../manifest/backup-proof.js";
import { onePiece } from "../store/one-piece.js";
import { keysOfSet, newSetId } from "./set-id.js";
import { encodeSetManifest, type SetManifest, type SetMember } from "./set-manifest.js";

/** Options of `backups.createAll`. */
export interface CreateAllOptions {
  /** Only these databases; the default database, without which no set can be restored, is added. Default: all. */
  readonly databases?: readonly string[];
  /** How many databases at once, 1 to 64. Default 2: half of the threads that SQLite has, so that requests are served beside it. */
  readonly concurrency?: number;
  /** Whether databases are copied that were not written to since their last backup. Default false. */
  readonly copyUnchanged?: boolean;
  /** Called after each database. */
  readonly onProgress?: ProgressListener;
  /** Ends it early: no further database is begun, and there is no set. */
  readonly signal?: AbortSignal;
}

/** A database of which no backup could be made. */
export interface BackupFailure {
  readonly name: string;
  readonly error: EngineError;
}

/** What `backups.createAll` has come to. */
export interface CreateAllReport {
  /** The set's id, to restore all from. Null when the default database could not be copied: then there is none. */
  readonly set: string | null;
  /** Every write that was acknowledged before is in it. RFC 3339, UTC. */
  readonly createdAt: string;
  readonly total: number;
  /** How many new backups were made. */
  readonly copied: number;
  /** How many are as they were at their last backup, which the set takes in. */
  readonly unchanged: number;
  readonly failed: readonly BackupFailure[];
}

const defaultConcurrency = 2;

/**
 * `request_invalid` for an option; `database_not_found` and `database_name_invalid` for a database that was named; what the store cannot
 * do. What fails for one database is in the report.
 */
export async function createAll(context: BackupContext, options: CreateAllOptions = {}): Outcome<CreateAllReport> {
  const settings = readCreateAll(options);
  if (settings.isErr()) return err(settings.error);
  const { concurrency, signal, onProgress } = settings.value;
  const { fleet, store } = context;
  const createdAt = formatTimestamp(fleet.clock.now());
  const names = await namesOfSet(context, settings.value.databases);
  if (names.isErr()) return err(names.error);
  const stored = await store.list("");
  if (stored.isErr()) return err(stored.error);
  const run = new SetRun(context, {
    copyUnchanged: settings.value.copyUnchanged,
    stored: new Set(stored.value.map(({ key }) => key)),
    total: names.value.length,
    onProgress,
  });
  const limit = pLimit(concurrency);
  const others = names.value.filter((name) => name !== defaultDatabaseName);
  await Promise.all(others.map((name) => limit(() => (signal?.aborted ? undefined : run.add(name)))));
  // The last one: a database that has made a schema change must find that change in the log beside it.
  if (!signal?.aborted) await run.add(defaultDatabaseName);
  await context.memory.save();
  if (signal?.aborted) return stopped();
  const isChosen = settings.value.databases !== undefined;
  const set = await run.keep({ createdAt, isChosen });
  if (set.isErr()) return err(set.error);
  const { copied, unchanged, failed } = run;
  return ok({ set: set.value, createdAt, total: names.value.length, copied, unchanged, failed });
}

/** What a caller's options say, checked; whether the databases are there is not. */
export type CreateAllSettings = Pick<CreateAllOptions, "databases" | "signal" | "onProgress"> & {
  readonly concurrency: number;
  readonly copyUnchanged: boolean;
};

export function readCreateAll(options: CreateAllOptions): Result<CreateAllSettings, EngineError> {
  const read = readCallOptions(options, {
    databases: "any",
    concurrency: "any",
    copyUnchanged: "boolean",
    onProgress: "function",
    signal: "any",
  });
  if (read.isErr()) return err(read.error);
  const { concurrency = defaultConcurrency, copyUnchanged = false, databases, signal, ...rest } = read.value;
  if (databases !== undefined && !isList(databases)) return invalid("databases", "databases is a list of names.");
  for (const name of databases ?? []) {
    const checked = checkDatabaseName(name);
    if (checked.isErr()) return err(checked.error);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) return invalid("signal", "signal is an AbortSignal.");
  return readConcurrency(concurrency).map((concurrency) => ({
    ...rest,
    ...(databases === undefined ? {} : { databases: [...databases] }),
    ...(signal === undefined ? {} : { signal }),
    concurrency,
    copyUnchanged,
  }));
}

async function namesOfSet({ fleet }: BackupContext, chosen: readonly string[] | undefined): Outcome<readonly string[]> {
  const listed = await listDatabases(fleet);
  if (listed.isErr()) return err(listed.error);
  const present = listed.value.filter(({ status }) => status === "ready").map(({ name }) => name);
  if (chosen === undefined) return ok(present);
  const missing = chosen.find((name) => !present.includes(name));
  if (missing !== undefined) return databaseNotFound(missing);
  return ok(present.filter((name) => name === defaultDatabaseName || chosen.includes(name)));
}

interface SetRunOptions {
  readonly copyUnchanged: boolean;
  /** The keys that the store had at the beginning. */
  readonly stored: ReadonlySet<string>;
  readonly total: number;
  readonly onProgress: ProgressListener | undefined;
}

/** One set on its way. */
class SetRun {
  readonly #context: BackupContext;
  readonly #options: SetRunOptions;
  readonly #members: SetMember[] = [];
  readonly failed: BackupFailure[] = [];
  copied = 0;
  unchanged = 0;
  #done = 0;

  constructor(context: BackupContext, options: SetRunOptions) {
    this.#context = context;
    this.#options = options;
  }

  async add(name: string): Promise<void> {
    const former = this.#options.copyUnchanged ? undefined : await this.#unchangedBackup(name);
    if (former !== undefined) {
      this.unchanged += 1;
      this.#members.push({ name, backup: former });
    } else {
      const made = await createBackup(this.#context, name);
      if (made.isOk()) {
        this.copied += 1;
        this.#members.push({ name, backup: made.value.id });
        // Deleted since it was listed: nothing of it is missing.
      } else if (!made.error.is("database_not_found")) this.failed.push({ name, error: made.error });
    }
    this.#done += 1;
    const { total, onProgress } = this.#options;
    onProgress?.({ done: this.#done, total, failed: this.failed.length, current: name });
  }

  /** Writes the set down; null when it cannot be restored from. */
  async keep({
    createdAt,
    isChosen,
  }: {
    readonly createdAt: string;
    readonly isChosen: boolean;
  }): Outcome<string | null> {
    if (!this.#members.some(({ name }) => name === defaultDatabaseName)) return ok(null);
    const { fleet, store } = this.#context;
    const manifest: SetManifest = {
      format: 1,
      id: newSetId(fleet.newId),
      createdAt,
      engine: engineVersion,
      isChosen,
      databases: this.#members.sort((a, b) => (a.name < b.name ? -1 : 1)),
      failed: this.failed.map(({ name, error }) => ({ name, code: error.code })),
    };
    const written = await store.put(keysOfSet(manifest.id).manifest, onePiece(encodeSetManifest(manifest)));
    return written.map(() => manifest.id);
  }

  /** The backup that holds the database as it is now, if there is one and it is known to be usable. When in doubt: none. */
  async #unchangedBackup(name: string): Promise<string | undefined> {
    const { fleet, memory, store } = this.#context;
    const footprint = await fleet.storage.footprint(name);
    if (footprint.isErr() || footprint.value === null) return undefined;
    const remembered = await memory.recall(name, footprint.value);
    if (remembered === undefined || remembered.databaseId !== fleet.register.get(name)?.id) return undefined;
    const keys = keysOf(remembered.backup);
    const { stored } = this.#options;
    if (!stored.has(keys.manifest) || !stored.has(keys.content)) return undefined;
    if (!stored.has(keys.proof)) return remembered.backup;
    const proof = await readProof(store, remembered.backup);
    return proof.isOk() && proof.value?.problem === null ? remembered.backup : undefined;
  }
}

const isList = (value: unknown): boolean => Array.isArray(value);

const stopped = (): Result<never, EngineError> =>
  refuse("conflict", {}, { message: "The backup of all databases was stopped; there is no set." });

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
