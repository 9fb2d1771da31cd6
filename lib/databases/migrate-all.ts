// Brings every database to the newest schema: a job that can be watched, paused, slowed down and ended. One database that
// fails is reported and stops no other. What is pending stands in the register, so a later job goes on where one ended.
import { setTimeout as delay } from "node:timers/promises";
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome } from "../base/result.js";
import { isDatabaseName, isReservedName } from "./database-name.js";
import { listDatabases } from "./find-database.js";
import type { Fleet } from "./fleet.js";
import {
  readMigrateAllOptions,
  type MigrateAllOptions,
  type ResolvedMigrateAllOptions as ReadOptions,
} from "./migrate-all-options.js";
import { Gate } from "./open/gate.js";
import { leaseDatabase } from "./open/lease-database.js";
import type { OpenDatabase } from "./open/open-database.js";
import { tryUpgrade, type UpgradeTrial } from "./try-upgrade.js";

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
  /** What the tries on copies came to. */
  readonly samples: readonly UpgradeTrial[];
  /** Why it ended before all were done; null when it did not. */
  readonly stoppedBy: "sample" | "dryRun" | "canary" | "signal" | null;
}

/** A job at one moment. */
export interface MigrationState {
  readonly status: "running" | "paused" | "ended";
  /** The tries on copies that have ended. */
  readonly samples: readonly UpgradeTrial[];
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

const firstRetryMs = 100;

/** One run over all databases. */
export class MigrationRun {
  readonly #fleet: Fleet;
  readonly #states = new Map<string, MigratedDatabase>();
  readonly #samples: UpgradeTrial[] = [];
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
    return { status, samples: [...this.#samples], databases: [...this.#states.values()] };
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
      const read = readMigrateAllOptions(options);
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
      await this.#runSamples(options);
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

  /** One after the other: no more than one copy takes room at a time. */
  async #runSamples(options: ReadOptions): Promise<void> {
    for (const name of this.#sampled(options.sample)) {
      await this.#mayBegin(options);
      if (this.#stoppedBy !== null) return;
      this.#samples.push(await tryUpgrade(this.#fleet, name));
    }
    if (this.#samples.some(({ error }) => error)) this.#stoppedBy ??= "sample";
    else if (options.dryRun) this.#stoppedBy ??= "dryRun";
  }

  /** Of those that are behind: which are tried, and in which order. */
  #sampled(sample: number | readonly string[]): readonly string[] {
    const behind = [...this.#states.values()].filter(({ state }) => state === "pending").map(({ name }) => name);
    const pending = typeof sample === "number" ? behind.filter((name) => !isReservedName(name)) : behind;
    if (typeof sample !== "number") return pending.filter((name) => sample.includes(name));
    const many = Math.min(sample, pending.length);
    // Spread: names often tell how old a tenant is, or of which kind.
    return Array.from({ length: many }, (_, index) => pending[Math.floor((index * pending.length) / many)] as string);
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
    const catchUp = async (database: OpenDatabase): Outcome<EngineError | undefined> => {
      const caughtUp = await database.catchUp({ again: true });
      // The lease noted the version that the database stood at before.
      this.#fleet.register.noteSchemaVersion(name, database.catalog.version);
      return caughtUp.isErr() ? err(caughtUp.error) : ok(database.lagReason);
    };
    const touched = await leaseDatabase(this.#fleet, name, undefined, catchUp, { isPassing: true });
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
    const samples = [...this.#samples];
    return { schemaVersion, total: this.#states.size, ...counts, failed, pending, samples, stoppedBy: this.#stoppedBy };
  }
}
