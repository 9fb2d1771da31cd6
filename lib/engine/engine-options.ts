// What an engine may be told when it opens, and what it takes where it is told nothing.
import { resolve } from "node:path";
import { systemClock, type Clock } from "../base/clock.js";
import { readCallOptions, type OptionKinds } from "../base/call-options.js";
import { EngineError } from "../base/errors.js";
import { defaultLimits, type EngineLimits } from "../base/limits.js";
import { silentLogger, type Logger } from "../base/logger.js";
import { err, ok, type Result } from "../base/result.js";
import { createBackupCodec, type BackupCodec, type BackupCodecOptions } from "../backup/codec/backup-codec.js";
import type { BackupStore } from "../backup/store/backup-store.js";
import { checkMaxBytes } from "../databases/max-bytes.js";
import type { Storage } from "../storage/storage.js";
import type { FirstSuperuser } from "./superusers.js";
import { descriptorLimit, descriptorsPerDatabase, spareDescriptors } from "./descriptor-limit.js";

/** Options of {@link TenantEngine.open}. All are optional. */
export interface EngineOptions {
  /** Directory of the database files; made with mode 0700 if it is not there. Default: environment `DATA_DIR`, then `./data`. */
  readonly dataDir?: string;
  /** Secret that tokens and cursors are derived from, at least 32 characters. Default: environment `JWT_SECRET`, then one generated once and kept in the data directory (mode 0600). */
  readonly jwtSecret?: string;
  /** How long a token lasts, in milliseconds, at least 1,000; a shorter time holds for the tokens made before, too. Default 1,209,600,000 (14 days). */
  readonly tokenTtlMs?: number;
  /** The auth collection that `db.auth` means where none is named. Default "users". */
  readonly defaultAuthCollection?: string;
  /** `full` (default): an acknowledged write survives power loss. `normal`: it survives the death of the process, but power loss may take the last ones. */
  readonly durability?: "full" | "normal";
  /**
   * Whether Litestream replicates the databases: then it alone merges their write-ahead logs, which grow while it is not running.
   * Default false.
   */
  readonly litestream?: boolean;
  /** Databases held open at once, at least 3. Default 256, and never more than the process's file descriptors allow. */
  readonly maxOpenDatabases?: number;
  /** An unused database is closed after this many milliseconds. Default 60,000. */
  readonly idleCloseMs?: number;
  /**
   * The most bytes that a tenant's database may have, its write-ahead log not counted; at least 4,096. A database's own
   * `maxBytes` goes before it. Default null: as large as the disk allows.
   */
  readonly maxDatabaseBytes?: number | null;
  /**
   * `stats.flush()` is called by itself, so many milliseconds after the last time; at least 1,000. Default 0: only when you
   * call it.
   */
  readonly statsFlushMs?: number;
  /** How much a caller may ask for. Those left out keep their defaults. */
  readonly limits?: Partial<EngineLimits>;
  /** A logger of pino's call shape. Default: silent. */
  readonly logger?: Logger;
  /** Where the time is read. Default: the machine's clock. For tests. */
  readonly clock?: Clock;
  /** Where backups are kept, and how. */
  readonly backups?: BackupOptions;
  /**
   * Where the databases are kept. Default: SQLite files in `dataDir`.
   *
   * @internal The port is not settled for others yet.
   */
  readonly storage?: Storage;
}

/** The option `backups` of an engine. */
export interface BackupOptions extends BackupCodecOptions {
  /** Default: the directory `backups` in `dataDir`. */
  readonly store?: BackupStore;
  /** How long a database that a restore has replaced is kept, in milliseconds. Default 604,800,000 (7 days); 0: not at all. */
  readonly keepReplacedMs?: number;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly dataDir: string;
  readonly jwtSecret: string | undefined;
  readonly tokenTtlMs: number;
  readonly defaultAuthCollection: string;
  /** From the environment alone, so that no password stands in code. */
  readonly firstSuperuser: FirstSuperuser;
  readonly durability: "full" | "normal";
  readonly litestream: boolean;
  readonly maxOpenDatabases: number;
  readonly idleCloseMs: number;
  readonly maxDatabaseBytes: number | null;
  readonly statsFlushMs: number;
  readonly limits: EngineLimits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly backups: {
    readonly store: BackupStore | undefined;
    readonly codec: BackupCodec;
    readonly keepReplacedMs: number;
  };
  readonly storage: Storage | undefined;
}

// An open database costs 0.2 MB and a few descriptors: 256 of them about 50 MB.
const defaultMaxOpen = 256;
// Each flush is a commit in every open database; more often than once a second they would be most of what a small one does.
const leastFlushMs = 1_000;
// default, stats and workflows may be in use together.
const leastMaxOpen = 3;
const defaultIdleCloseMs = 60_000;
// Long enough that a weekly visitor stays signed in; what must end sooner is ended by the record's epoch.
const defaultTokenTtlMs = 14 * 24 * 60 * 60 * 1_000;
// Tokens count whole seconds.
const leastTokenTtlMs = 1_000;
// A mistake is noticed within a week; longer would let a disk fill with databases that nobody sees.
const defaultKeepReplacedMs = 7 * 24 * 60 * 60 * 1_000;
// HS256 keys are to have at least the 256 bits of the hash (RFC 7518, 3.2).
const leastSecretLength = 32;

type GivenOptions = Omit<ResolvedOptions, "limits" | "backups" | "maxDatabaseBytes">;
type Wrong = Result<never, EngineError> | undefined;

const optionKinds: OptionKinds<EngineOptions> = {
  dataDir: "any",
  jwtSecret: "any",
  tokenTtlMs: "any",
  defaultAuthCollection: "any",
  durability: "any",
  litestream: "boolean",
  maxOpenDatabases: "any",
  idleCloseMs: "any",
  maxDatabaseBytes: "any",
  statsFlushMs: "any",
  limits: "any",
  logger: "any",
  clock: "any",
  backups: "any",
  storage: "any",
};

const backupKinds: OptionKinds<BackupOptions> = {
  store: "any",
  keepReplacedMs: "any",
  compression: "any",
  encryption: "any",
};

/** Checks and completes the options. `request_invalid` naming the option. */
export function resolveOptions(
  options: EngineOptions,
  environment: NodeJS.ProcessEnv,
): Result<ResolvedOptions, EngineError> {
  const read = readCallOptions(options, optionKinds);
  if (read.isErr()) return err(read.error);
  const given = withDefaults(read.value, environment);
  const limits = readLimits(read.value.limits);
  if (limits.isErr()) return err(limits.error);
  const maxDatabaseBytes = checkMaxBytes(read.value.maxDatabaseBytes, "maxDatabaseBytes");
  if (maxDatabaseBytes.isErr()) return err(maxDatabaseBytes.error);
  const backups = readBackups(read.value.backups);
  if (backups.isErr()) return err(backups.error);
  const wrong = wrongPlace(given) ?? wrongAuth(given) ?? wrongPort(given);
  if (wrong) return wrong;
  return ok({
    ...given,
    dataDir: resolve(given.dataDir),
    maxOpenDatabases: Math.max(leastMaxOpen, Math.min(given.maxOpenDatabases, affordableDatabases())),
    maxDatabaseBytes: maxDatabaseBytes.value,
    limits: limits.value,
    backups: backups.value,
  });
}

const withDefaults = (options: EngineOptions, environment: NodeJS.ProcessEnv): GivenOptions => ({
  dataDir: options.dataDir === undefined ? environment["DATA_DIR"] || "data" : options.dataDir,
  jwtSecret: options.jwtSecret === undefined ? environment["JWT_SECRET"] || undefined : options.jwtSecret,
  tokenTtlMs: options.tokenTtlMs === undefined ? defaultTokenTtlMs : options.tokenTtlMs,
  defaultAuthCollection: options.defaultAuthCollection === undefined ? "users" : options.defaultAuthCollection,
  firstSuperuser: {
    email: environment["SUPERUSER_EMAIL"] || undefined,
    password: environment["SUPERUSER_PASSWORD"] || undefined,
  },
  durability: options.durability === undefined ? "full" : options.durability,
  litestream: options.litestream ?? false,
  maxOpenDatabases: options.maxOpenDatabases === undefined ? defaultMaxOpen : options.maxOpenDatabases,
  idleCloseMs: options.idleCloseMs === undefined ? defaultIdleCloseMs : options.idleCloseMs,
  statsFlushMs: options.statsFlushMs === undefined ? 0 : options.statsFlushMs,
  logger: options.logger === undefined ? silentLogger : options.logger,
  clock: options.clock === undefined ? systemClock : options.clock,
  storage: options.storage,
});

function wrongPlace(given: GivenOptions): Wrong {
  const { dataDir, jwtSecret, durability, maxOpenDatabases, idleCloseMs, statsFlushMs } = given;
  if (typeof dataDir !== "string" || dataDir === "" || dataDir.includes("\0")) {
    return invalid("dataDir", "dataDir is the path of a directory.");
  }
  if (jwtSecret !== undefined && (typeof jwtSecret !== "string" || jwtSecret.length < leastSecretLength)) {
    return invalid(
      "jwtSecret",
      `jwtSecret has at least ${leastSecretLength} characters; make one with "openssl rand -hex 32".`,
    );
  }
  if (!["full", "normal"].includes(durability)) return invalid("durability", 'durability is "full" or "normal".');
  if (!isCount(maxOpenDatabases, leastMaxOpen)) {
    return invalid("maxOpenDatabases", `maxOpenDatabases is a whole number of at least ${leastMaxOpen}.`);
  }
  if (!isCount(idleCloseMs, 1)) return invalid("idleCloseMs", "idleCloseMs is a whole number of at least 1.");
  if (statsFlushMs !== 0 && !isCount(statsFlushMs, leastFlushMs)) {
    return invalid("statsFlushMs", `statsFlushMs is 0 or a whole number of at least ${leastFlushMs}.`);
  }
  return undefined;
}

const limitKinds = Object.fromEntries(
  Object.keys(defaultLimits).map((name) => [name, "any"]),
) as unknown as OptionKinds<EngineLimits>;

function readLimits(limits: Partial<EngineLimits> = {}): Result<EngineLimits, EngineError> {
  const read = readCallOptions<Partial<EngineLimits>>(limits, limitKinds);
  if (read.isErr()) return invalid("limits", `limits: ${read.error.message}`);
  for (const [name, limit] of Object.entries(read.value)) {
    const least = name === ("rememberedTotals" satisfies keyof EngineLimits) ? 0 : 1;
    if (!isCount(limit, least))
      return invalid(`limits.${name}`, `limits.${name} is a whole number of at least ${least}.`);
  }
  return ok({ ...defaultLimits, ...read.value });
}

function wrongAuth({ tokenTtlMs, defaultAuthCollection }: GivenOptions): Wrong {
  if (!isCount(tokenTtlMs, leastTokenTtlMs)) {
    return invalid("tokenTtlMs", `tokenTtlMs is a whole number of at least ${leastTokenTtlMs}.`);
  }
  if (typeof defaultAuthCollection !== "string" || defaultAuthCollection === "") {
    return invalid("defaultAuthCollection", "defaultAuthCollection is the name of an auth collection.");
  }
  return undefined;
}

/** Ports are called long after open; one without its calls would end those in `internal`. */
function wrongPort({ logger, clock, storage }: GivenOptions): Wrong {
  if (!hasCalls(logger, ["debug", "info", "warn", "error"])) {
    return invalid("logger", "logger is an object with the calls debug, info, warn and error, as pino's.");
  }
  if (!hasCalls(clock, ["now"])) return invalid("clock", "clock is an object with the call now.");
  if (
    storage !== undefined &&
    !hasCalls(storage, ["open", "close", "list", "stat", "create", "openStore", "receive", "footprint"])
  ) {
    return invalid("storage", "storage is an implementation of Storage; leave it out for SQLite files.");
  }
  return undefined;
}

function readBackups(options: BackupOptions = {}): Result<ResolvedOptions["backups"], EngineError> {
  const read = readCallOptions<BackupOptions>(options, backupKinds);
  if (read.isErr()) return invalid("backups", `backups: ${read.error.message}`);
  const { store, keepReplacedMs = defaultKeepReplacedMs, ...encoding } = read.value;
  if (!isCount(keepReplacedMs, 0)) {
    return invalid("backups.keepReplacedMs", "backups.keepReplacedMs is a whole number of at least 0.");
  }
  if (store !== undefined && !hasCalls(store, ["put", "replace", "get", "list", "delete"])) {
    return invalid("backups.store", "backups.store is a store of backups, as createDirectoryStore gives one.");
  }
  return createBackupCodec(encoding).map((codec) => ({ store, codec, keepReplacedMs }));
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const hasCalls = (port: unknown, names: readonly string[]): boolean =>
  isObject(port) && names.every((name) => typeof (port as Record<string, unknown>)[name] === "function");

const affordableDatabases = (): number => Math.floor((descriptorLimit() - spareDescriptors) / descriptorsPerDatabase);

const isCount = (value: unknown, least: number): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least;

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
