// Brings every database to the newest schema: a job that can be watched, paused, slowed down and ended. One database that
// fails is reported and stops no other. What is pending stands in the register, so a later job goes on where one ended.
import { setTimeout as delay } from "node:timers/promises";
import { readCallOptions, type OptionKinds } from "../base/call-options.js";
import { readConcurrency } from "../base/concurrency.js";
import type { EngineError } from "../base/errors.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import { isDatabaseName } from "./database-name.js";
import { listDatabases } from "./find-database.js";
import type { Fleet } from "./fleet.js";
import { Gate } from "./open/gate.js";
import { leaseDatabase } from "./open/lease-database.js";

/** Options of `databases.migrateAll`. */
export interface MigrateAllOptions {
  /** Called after each database. */
  readonly onProgress?: ProgressListener;
  /** How many databases at once, 1 to 64. Default 4: each runs its DDL on a thread of libuv's pool, which has four. */
  readonly concurrency?: number;
  /** At most so many databases are begun in a second. Default: as many as can be. */
  readonly databasesPerSecond?: number;
  /** How often a database is tried again whose error may pass, such as a busy one; after 100 ms, then 200, 400 … Default 0. */
  readonly retries?: number;
  /** Databases that go first. When one of them fails, no other is begun. */
  readonly canary?: readonly string[];
  /** Ends the job: what is under way is finished, nothing more is begun. */
  readonly signal?: AbortSignal;
}

/** What became of one database. */
export interface MigrationFailure {
  readonly name: string;
  readonly error: EngineError;
}

/** What `databases.migrateAll` has come to. */
export interface MigrationReport {
  /** The version that all but the failed and pending ones now stand at. */
  readonly schemaVersion: number;
  readonly total: number;
  /** How many were behind and have caught up. */
  readonly migrated: number;
  /** How many stood there already. */
  readonly current: number;
  readonly failed: readonly MigrationFailure[];
  /** How many were not begun, because the job was ended before. */
  readonly pending: number;
  /** Why it ended before all were done; null when it did not. */
  readonly stoppedBy: "canary" | "signal" | null;
}

/** A job at one moment. */
export interface MigrationState {
  readonly status: "running" | "paused" | "ended";
  readonly databases: readonly MigratedDatabase[];
}

/** One database in a job. */
export interface MigratedDatabase {
  readonly name: string;
  /** `current`: it stands at the newest schema. `pending`: it has yet to be brought there. */
  readonly state: "current" | "pending" | "failed";
  /** Why it failed. */
  readonly error?: EngineError;
}

const optionKinds: OptionKinds<MigrateAllOptions> = {
  onProgress: "function",
  concurrency: "any",
  databasesPerSecond: "any",
  retries: "any",
  canary: "any",
  signal: "any",
};

const defaultConcurrency = 4;
const firstRetryMs = 100;

/** One run over all databases. */
export class MigrationRun {
  readonly #fleet: Fleet;
  readonly #states = new Map<string, MigratedDatabase>();
  readonly #goes = new Gate();
  #isPaused = false;
  #isEnded = false;
  #stoppedBy: MigrationReport["stoppedBy"] = null;
  #done = 0;
  #migrated = 0;
  #failed = 0;
  #nextStart = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#goes.open();
  }

  get state(): MigrationState {
    const status = this.#isEnded ? "ended" : this.#isPaused ? "paused" : "running";
    return { status, databases: [...this.#states.values()] };
  }

  pause(): void {
    this.#isPaused = true;
    this.#goes.shut();
  }

  resume(): void {
    this.#isPaused = false;
    this.#goes.open();
  }

  /** `request_invalid` naming a bad option. Foreign files are no databases and left out. */
  async run(options: MigrateAllOptions): Outcome<MigrationReport> {
    try {
      const read = readOptions(options);
      return read.isErr() ? err(read.error) : await this.#run(read.value);
    } finally {
      this.#isEnded = true;
    }
  }

  async #run(options: ReadOptions): Outcome<MigrationReport> {
    const listed = await listDatabases(this.#fleet);
    if (listed.isErr()) return err(listed.error);
    const target = this.#fleet.schema.newest.version;
    for (const { name, status, schemaVersion } of listed.value) {
      if (status !== "ready" || !isDatabaseName(name)) continue;
      this.#states.set(name, { name, state: schemaVersion === target ? "current" : "pending" });
    }
    const stop = (): void => {
      this.#stoppedBy ??= "signal";
      // Who waits at the gate is to see it.
      this.#goes.open();
    };
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      const canary = options.canary.filter((name) => this.#states.has(name));
      await this.#runOver(canary, options);
      if (canary.some((name) => this.#states.get(name)?.state === "failed")) this.#stoppedBy ??= "canary";
      const isCanary = new Set(canary);
      await this.#runOver(
        [...this.#states.keys()].filter((name) => !isCanary.has(name)),
        options,
      );
    } finally {
      options.signal?.removeEventListener("abort", stop);
    }
    return ok(this.#report(target));
  }

  /** So many at once, each lane taking the next name. */
  async #runOver(names: readonly string[], options: ReadOptions): Promise<void> {
    const rest = names.values();
    const lane = async (): Promise<void> => {
      for (const name of rest) {
        if (this.#states.get(name)?.state === "pending") {
          await this.#mayBegin(options);
          if (this.#stoppedBy !== null) return;
          await this.#migrate(name, options.retries);
        } else if (this.#stoppedBy !== null) return;
        this.#done += 1;
        const { size: total } = this.#states;
        options.onProgress?.({ done: this.#done, total, failed: this.#failed, current: name });
      }
    };
    await Promise.all(Array.from({ length: options.concurrency }, lane));
  }

  async #mayBegin({ databasesPerSecond, signal }: ReadOptions): Promise<void> {
    if (databasesPerSecond !== undefined && this.#stoppedBy === null) {
      const now = performance.now();
      const start = Math.max(now, this.#nextStart);
      this.#nextStart = start + 1_000 / databasesPerSecond;
      // A wait that the signal ended is over like any other; what follows looks at the signal.
      if (start > now) await delay(start - now, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
    if (this.#stoppedBy === null) await this.#goes.opened();
  }

  async #migrate(name: string, retries: number): Promise<void> {
    let error = await this.#touch(name);
    for (let tried = 0; error?.isRetryable && tried < retries && this.#stoppedBy === null; tried += 1) {
      await delay(firstRetryMs * 2 ** tried);
      error = await this.#touch(name);
    }
    if (error) {
      this.#states.set(name, { name, state: "failed", error });
      this.#failed += 1;
    } else {
      this.#states.set(name, { name, state: "current" });
      this.#migrated += 1;
    }
  }

  async #touch(name: string): Promise<EngineError | undefined> {
    const touched = await leaseDatabase(this.#fleet, name, undefined, async (database) => {
      const caughtUp = await database.catchUp({ again: true });
      // The lease noted the version that the database stood at before.
      this.#fleet.register.noteSchemaVersion(name, database.catalog.version);
      return caughtUp.isErr() ? err(caughtUp.error) : ok(database.lagReason);
    });
    return touched.isErr() ? touched.error : touched.value;
  }

  #count(state: MigratedDatabase["state"]): number {
    let count = 0;
    for (const each of this.#states.values()) if (each.state === state) count += 1;
    return count;
  }

  #report(schemaVersion: number): MigrationReport {
    const failed = [...this.#states.values()].flatMap(({ name, error }) => (error ? [{ name, error }] : []));
    const counts = { migrated: this.#migrated, current: this.#count("current") - this.#migrated };
    const pending = this.#count("pending");
    return { schemaVersion, total: this.#states.size, ...counts, failed, pending, stoppedBy: this.#stoppedBy };
  }
}

interface ReadOptions {
  readonly onProgress: ProgressListener | undefined;
  readonly concurrency: number;
  readonly databasesPerSecond: number | undefined;
  readonly retries: number;
  readonly canary: readonly string[];
  readonly signal: AbortSignal | undefined;
}

function readOptions(options: MigrateAllOptions): Result<ReadOptions, EngineError> {
  const read = readCallOptions(options, optionKinds);
  if (read.isErr()) return err(read.error);
  const {
    onProgress,
    concurrency = defaultConcurrency,
    databasesPerSecond,
    retries = 0,
    canary = [],
    signal,
  } = read.value;
  const many = readConcurrency(concurrency);
  if (many.isErr()) return err(many.error);
  if (databasesPerSecond !== undefined && !(Number.isFinite(databasesPerSecond) && databasesPerSecond > 0)) {
    return wrong("databasesPerSecond", "databasesPerSecond is a number above 0.");
  }
  if (!Number.isInteger(retries) || retries < 0 || retries > 10)
    return wrong("retries", "retries is a whole number from 0 to 10.");
  if (!Array.isArray(canary) || !canary.every((name) => typeof name === "string")) {
    return wrong("canary", "canary is a list of names.");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) return wrong("signal", "signal is an AbortSignal.");
  return ok({ onProgress, concurrency: many.value, databasesPerSecond, retries, canary, signal });
}

const wrong = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
