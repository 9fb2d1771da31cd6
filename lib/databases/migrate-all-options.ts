// What `databases.migrateAll` may be told, and what it takes where it is told nothing.
import { readCallOptions, type OptionKinds } from "../base/call-options.js";
import { readConcurrency } from "../base/concurrency.js";
import type { EngineError } from "../base/errors.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, refuse, type Result } from "../base/result.js";

/** Options of `databases.migrateAll`. */
export interface MigrateAllOptions {
  /** Called after each database. */
  readonly onProgress?: ProgressListener;
  /** How many databases at once, 1 to 64. Default 8: twice libuv's threads, so that none of them waits while others wait for the disk. */
  readonly concurrency?: number;
  /** At most so many databases are begun in a second. Default: as many as can be. */
  readonly databasesPerSecond?: number;
  /** How often a database is tried again whose error may pass, such as a busy one; after 100 ms, then 200, 400 … Default 0. */
  readonly retries?: number;
  /** Databases that go first. When one of them fails, no other is begun. */
  readonly canary?: readonly string[];
  /**
   * So many databases, spread over the names, or those that you name, are tried first, on copies: each is copied aside as it
   * stands, and the copy is brought to the newest schema and thrown away. When one of them fails, no live database is begun.
   * Default: none.
   */
  readonly sample?: number | readonly string[];
  /** Ends the job after the samples: no live database is changed. Default false; with true, `sample` is 10 unless given. */
  readonly dryRun?: boolean;
  /** Ends the job: what is under way is finished, nothing more is begun. */
  readonly signal?: AbortSignal;
}

const optionKinds: OptionKinds<MigrateAllOptions> = {
  onProgress: "function",
  concurrency: "any",
  databasesPerSecond: "any",
  retries: "any",
  canary: "any",
  sample: "any",
  dryRun: "boolean",
  signal: "any",
};

// Each copy takes as much room on the disk as its database, and time.
const mostSamples = 1_000;
// Enough to meet what is common, and done in a second.
const samplesOfDryRun = 10;
const defaultConcurrency = 8;
/** Options with every default filled in. */
export interface ResolvedMigrateAllOptions {
  readonly onProgress: ProgressListener | undefined;
  readonly concurrency: number;
  readonly databasesPerSecond: number | undefined;
  readonly retries: number;
  readonly canary: readonly string[];
  readonly sample: number | readonly string[];
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Checks and completes the options. `request_invalid` naming the option. */
export function readMigrateAllOptions(options: MigrateAllOptions): Result<ResolvedMigrateAllOptions, EngineError> {
  const read = readCallOptions(options, optionKinds);
  if (read.isErr()) return err(read.error);
  const {
    onProgress,
    concurrency = defaultConcurrency,
    databasesPerSecond,
    retries = 0,
    canary = [],
    dryRun = false,
    sample = dryRun ? samplesOfDryRun : 0,
    signal,
  } = read.value;
  const many = readConcurrency(concurrency);
  if (many.isErr()) return err(many.error);
  if (databasesPerSecond !== undefined && !(Number.isFinite(databasesPerSecond) && databasesPerSecond > 0)) {
    return wrong("databasesPerSecond", "databasesPerSecond is a number above 0.");
  }
  if (!Number.isInteger(retries) || retries < 0 || retries > 10)
    return wrong("retries", "retries is a whole number from 0 to 10.");
  if (!isNames(canary)) return wrong("canary", "canary is a list of names.");
  if (!isNames(sample) && !(Number.isInteger(sample) && sample >= 0 && sample <= mostSamples)) {
    return wrong("sample", `sample is a whole number from 0 to ${mostSamples}, or a list of names.`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) return wrong("signal", "signal is an AbortSignal.");
  return ok({ onProgress, concurrency: many.value, databasesPerSecond, retries, canary, sample, dryRun, signal });
}

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

const wrong = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
