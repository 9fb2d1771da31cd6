// What an engine may be told when it opens, and what it takes where it is told nothing.
import { resolve } from "node:path";
import { systemClock, type Clock } from "../base/clock.js";
import { EngineError } from "../base/errors.js";
import { defaultLimits, type EngineLimits } from "../base/limits.js";
import { silentLogger, type Logger } from "../base/logger.js";
import { err, ok, type Result } from "../base/result.js";
import type { Storage } from "../storage/storage.js";
import { descriptorLimit, descriptorsPerDatabase, spareDescriptors } from "./descriptor-limit.js";

/** Options of {@link TenantEngine.open}. All are optional. */
export interface EngineOptions {
  /** Directory of the database files; made with mode 0700 if it is not there. Default: environment `DATA_DIR`, then `./data`. */
  readonly dataDir?: string;
  /** Secret that tokens and cursors are derived from, at least 32 characters. Default: environment `JWT_SECRET`, then one generated once and kept in the data directory (mode 0600). */
  readonly jwtSecret?: string;
  /** `full` (default): an acknowledged write survives power loss. `normal`: it survives the death of the process, but power loss may take the last ones. */
  readonly durability?: "full" | "normal";
  /** Databases held open at once, at least 3. Default 256, and never more than the process's file descriptors allow. */
  readonly maxOpenDatabases?: number;
  /** An unused database is closed after this many milliseconds. Default 60,000. */
  readonly idleCloseMs?: number;
  /** How much a caller may ask for. Those left out keep their defaults. */
  readonly limits?: Partial<EngineLimits>;
  /** A logger of pino's call shape. Default: silent. */
  readonly logger?: Logger;
  /** Where the time is read. Default: the machine's clock. For tests. */
  readonly clock?: Clock;
  /** Where the databases are kept. Default: SQLite files in `dataDir`. */
  readonly storage?: Storage;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly dataDir: string;
  readonly jwtSecret: string | undefined;
  readonly durability: "full" | "normal";
  readonly maxOpenDatabases: number;
  readonly idleCloseMs: number;
  readonly limits: EngineLimits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly storage: Storage | undefined;
}

// An open database costs 0.2 MB and a few descriptors: 256 of them about 50 MB.
const defaultMaxOpen = 256;
// default, stats and workflows may be in use together.
const leastMaxOpen = 3;
const defaultIdleCloseMs = 60_000;
// HS256 keys are to have at least the 256 bits of the hash (RFC 7518, 3.2).
const leastSecretLength = 32;

/** Checks and completes the options. `request_invalid` naming the option. */
export function resolveOptions(
  options: EngineOptions,
  environment: NodeJS.ProcessEnv,
): Result<ResolvedOptions, EngineError> {
  const limits = { ...defaultLimits, ...definedOnly(options.limits ?? {}) };
  const jwtSecret = options.jwtSecret ?? (environment["JWT_SECRET"] || undefined);
  const maxOpen = options.maxOpenDatabases ?? defaultMaxOpen;
  const idleCloseMs = options.idleCloseMs ?? defaultIdleCloseMs;
  const durability = options.durability ?? "full";
  for (const [name, limit] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) return invalid("limits", `There is no limit "${name}".`);
    if (!isCount(limit, 1)) return invalid(`limits.${name}`, `limits.${name} is a whole number of at least 1.`);
  }
  if (jwtSecret !== undefined && (typeof jwtSecret !== "string" || jwtSecret.length < leastSecretLength)) {
    return invalid(
      "jwtSecret",
      `jwtSecret has at least ${leastSecretLength} characters; make one with "openssl rand -hex 32".`,
    );
  }
  if (!isCount(maxOpen, leastMaxOpen)) {
    return invalid("maxOpenDatabases", `maxOpenDatabases is a whole number of at least ${leastMaxOpen}.`);
  }
  if (!isCount(idleCloseMs, 1)) return invalid("idleCloseMs", "idleCloseMs is a whole number of at least 1.");
  if (durability !== "full" && durability !== "normal")
    return invalid("durability", 'durability is "full" or "normal".');
  return ok({
    dataDir: resolve(options.dataDir ?? (environment["DATA_DIR"] || "data")),
    jwtSecret,
    durability,
    maxOpenDatabases: Math.max(leastMaxOpen, Math.min(maxOpen, affordableDatabases())),
    idleCloseMs,
    limits,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    storage: options.storage,
  });
}

const affordableDatabases = (): number => Math.floor((descriptorLimit() - spareDescriptors) / descriptorsPerDatabase);

const isCount = (value: unknown, least: number): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least;

const definedOnly = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
