// The engine: opens the parts, hands them out, closes them. No logic of its own.
import { join } from "node:path";
import { AttemptLimit } from "../access/attempt-limit.js";
import { createDecoyHash } from "../access/decoy-hash.js";
import { createPasswordHasher } from "../access/password-hash.js";
import type { Principal } from "../access/principal.js";
import { deriveKey, loadSecret } from "../access/secret.js";
import { TokenService } from "../access/token.js";
import { restoreAll, type RestoreAllOptions, type RestoreAllReport } from "../backup/sets/restore-all.js";
import { refuseUnfinished } from "../backup/sets/unfinished-mark.js";
import { createLocalNotes } from "../backup/local-notes.js";
import { BackupMemory } from "../backup/sets/backup-memory.js";
import { clearUnfinished } from "../backup/clear-unfinished.js";
import { createDirectoryStore } from "../backup/store/directory-store.js";
import type { EngineError } from "../base/errors.js";
import { createIdGenerator } from "../base/ids.js";
import type { EngineLimits } from "../base/limits.js";
import { silentLogger } from "../base/logger.js";
import { err, guard, ok, refuse, type Outcome, type ResultAsync } from "../base/result.js";
import { defaultDatabaseName } from "../databases/database-name.js";
import { startFleet, type StartedFleet } from "../databases/start-fleet.js";
import { RememberedTotals } from "../records/totals/remembered-totals.js";
import { QueryCache } from "../records/query-cache.js";
import type { Storage } from "../storage/storage.js";
import { createSqliteStorage } from "../storage/sqlite/sqlite-storage.js";
import { authenticate, recallPrincipal } from "./authenticate.js";
import { Backups } from "./backups.js";
import { Collections } from "./collections.js";
import { Database } from "./database.js";
import { Databases } from "./databases.js";
import { resolveOptions, type EngineOptions, type ResolvedOptions } from "./engine-options.js";
import { RememberedPrincipals } from "../records/auth/remembered-principals.js";
import { Rules } from "./rules.js";
import { callEngine, trustedTarget, type EngineCore } from "./run-in-database.js";
import { Stats } from "./stats.js";
import { Superusers } from "./superusers.js";

/**
 * The multi-tenant database engine of one data directory.
 *
 * @example
 * ```ts
 * const opened = await TenantEngine.open({ dataDir: "./data" });
 * if (opened.isErr()) throw opened.error;
 * const engine = opened.value;
 * ```
 */
export class TenantEngine {
  readonly #core: EngineCore;
  readonly #closing: { promise: ResultAsync<void, EngineError> | undefined };
  readonly #fleet: StartedFleet;
  /** Which databases there are: create, list, delete. */
  readonly databases: Databases;
  /** The global schema: collections and fields of every database. */
  readonly collections: Collections;
  /** Rules over whole databases, besides those of the collections. */
  readonly rules: Rules;
  /** Who may do everything. */
  readonly superusers: Superusers;
  /** What the engine and its databases hold and do. */
  readonly stats: Stats;
  /** Copies of databases that can be proven and restored. */
  readonly backups: Backups;
  /** Where the database files are; absolute. */
  readonly dataDir: string;
  /** How much a caller may ask for, as given to {@link open}, with the defaults of what was left out. */
  readonly limits: EngineLimits;

  private constructor(options: ResolvedOptions, started: StartedFleet, secret: string) {
    this.#fleet = started;
    this.#closing = { promise: undefined };
    this.dataDir = options.dataDir;
    const { fleet } = started;
    const { clock, limits } = options;
    this.limits = Object.freeze({ ...limits });
    const passwords = createPasswordHasher();
    this.#core = {
      fleet,
      services: {
        dialect: fleet.storage.dialect,
        clock,
        newId: fleet.newId,
        limits,
        passwords,
        queries: new QueryCache(),
        totals: new RememberedTotals(fleet.storage.dialect, limits.rememberedTotals),
        cursorKey: (databaseId) => deriveKey(secret, "cursor", databaseId),
      },
      auth: {
        rules: fleet.rules,
        tokens: new TokenService({ secret, clock, ttlMs: options.tokenTtlMs }),
        principals: new RememberedPrincipals(),
        attempts: new AttemptLimit({ clock, failures: limits.loginFailures, windowMs: limits.loginWindowMs }),
        decoyHash: createDecoyHash(passwords),
      },
      defaultAuthCollection: options.defaultAuthCollection,
      isClosed: () => this.#closing.promise !== undefined,
    };
    this.databases = new Databases(this.#core);
    this.collections = new Collections(this.#core);
    this.rules = new Rules(this.#core);
    this.superusers = new Superusers(this.#core);
    this.stats = new Stats(this.#core, options.statsFlushMs);
    const { store: given, ...settings } = options.backups;
    const store = given ?? createDirectoryStore({ directory: join(this.dataDir, "backups"), isOwn: true });
    // Not waited for by open: it takes longer the more backups there are.
    const cleared = given ? Promise.resolve() : clearUnfinished(store, options.logger);
    const notes = createLocalNotes(this.dataDir, options.logger);
    const memory = new BackupMemory(notes, fleet.storage);
    const storageAt = storageOf(options);
    const { dataDir } = this;
    this.backups = new Backups(
      this.#core,
      { fleet, store, memory, cleared, ...settings },
      { notes, storageAt, dataDir },
    );
  }

  /**
   * Opens the engine of a data directory and makes what is missing there: the directory, the databases default, stats
   * and workflows. Takes the directory for this process alone until {@link close}, or the process's end.
   *
   * @returns the engine; `data_directory_locked` (within a second) when another live process holds the directory,
   * `request_invalid` naming a bad option, or SUPERUSER_EMAIL or SUPERUSER_PASSWORD when the first superuser cannot be made of them, `database_corrupt` when the default database is not one of this engine's,
   * `storage_readonly`, `storage_full`, `storage_failed`.
   */
  static open(options: EngineOptions = {}): ResultAsync<TenantEngine, EngineError> {
    const resolved = resolveOptions(options, process.env);
    const logger = resolved.isOk() ? resolved.value.logger : silentLogger;
    return guard(logger, async () => (resolved.isErr() ? err(resolved.error) : TenantEngine.#start(resolved.value)));
  }

  /**
   * Makes a data directory out of a set of backups where no engine runs: on a new machine, or beside a damaged directory. The
   * options of an engine say where the backups are and how they are sealed; then an engine is opened in `into`.
   *
   * @returns as {@link Backups.restoreAll}; `request_invalid` also when `backups.store` is not given.
   * @example
   * ```ts
   * import { TenantEngine, createDirectoryStore } from "tenant-engine";
   *
   * const backups = { store: createDirectoryStore({ directory: "/mnt/backups" }) };
   * const restored = await TenantEngine.restoreAll({ into: "./data" }, { backups });
   * if (restored.isErr()) throw restored.error;
   * const opened = await TenantEngine.open({ dataDir: "./data", backups });
   * console.log(restored.value.restored, opened.isOk());
   * ```
   */
  static restoreAll(
    what: RestoreAllOptions,
    options: Pick<EngineOptions, "backups" | "logger" | "clock">,
  ): ResultAsync<RestoreAllReport, EngineError> {
    const resolved = resolveOptions(options, {});
    const logger = resolved.isOk() ? resolved.value.logger : silentLogger;
    return guard(logger, async () => {
      if (resolved.isErr()) return err(resolved.error);
      const { backups, clock } = resolved.value;
      const { store, codec } = backups;
      if (store === undefined) {
        const message = "Say in backups.store where the set is, e.g. createDirectoryStore({ directory }).";
        return refuse("request_invalid", { parameter: "backups.store" }, { message });
      }
      const storageAt = storageOf(resolved.value);
      return restoreAll({ store, codec, clock, logger, newId: createIdGenerator(clock), storageAt }, what);
    });
  }

  /**
   * A database by name; without one, `default`. Opens nothing: a wrong or unknown name is told by the first call.
   * Trusted: access rules are not applied.
   */
  db(name: string = defaultDatabaseName): Database {
    return new Database(trustedTarget(this.#core, name, this.#core.fleet.register.confirmedId(name)));
  }

  /**
   * Whom a token stands for, to be handed to `db.as`; frozen, as others may be given the same object. `unauthenticated`,
   * always the same, for a token that is not whole, not of this engine, over, or ended: by a new password, a deleted
   * account, a deleted database.
   */
  authenticate(token: string): ResultAsync<Principal, EngineError> {
    return callEngine(this.#core, () => authenticate(this.#core, token));
  }

  /**
   * What {@link TenantEngine.authenticate} gives, where that is known without asking the store: the token was seen before,
   * and nothing was written to its database since. Undefined for all else; ask `authenticate` then. For servers whose clients
   * ask many times in a row.
   *
   * @example
   * ```ts
   * const known = engine.recallPrincipal(token);
   * const principal = known ?? (await engine.authenticate(token)).unwrapOr(null);
   * ```
   */
  recallPrincipal(token: string): Principal | undefined {
    const { isClosed, fleet } = this.#core;
    return isClosed() || !fleet.register.isLoaded ? undefined : recallPrincipal(this.#core, token);
  }

  /**
   * Ends the engine: refuses new calls with `engine_closed`, waits for those under way, closes every file and lets the
   * directory go. Idempotent; gives the first error of closing, after trying everything.
   */
  close(): ResultAsync<void, EngineError> {
    this.#closing.promise ??= guard(this.#core.fleet.logger, async () => {
      await Promise.all([this.stats.stop(), this.backups.stop()]);
      return this.#fleet.stop();
    });
    return this.#closing.promise;
  }

  static async #start(options: ResolvedOptions): Outcome<TenantEngine> {
    const { dataDir, clock } = options;
    const whole = await refuseUnfinished(dataDir);
    if (whole.isErr()) return err(whole.error);
    const storage = options.storage ?? storageOf(options)(dataDir);
    const started = await startFleet({ ...options, storage, newId: createIdGenerator(clock) });
    if (started.isErr()) return err(started.error);
    const secret = options.jwtSecret === undefined ? await loadSecret(dataDir) : ok(options.jwtSecret);
    if (secret.isErr()) {
      void (await started.value.stop());
      return err(secret.error);
    }
    const engine = new TenantEngine(options, started.value, secret.value);
    const first = await engine.superusers.ensureFirst(options.firstSuperuser);
    if (first.isOk()) {
      await engine.backups.expireReplaced();
      return ok(engine);
    }
    void (await engine.close());
    return err(first.error);
  }
}

/** How this engine keeps databases, in whichever directory. */
const storageOf =
  ({ durability, litestream, logger, limits }: ResolvedOptions) =>
  (dataDir: string): Storage =>
    createSqliteStorage({ dataDir, durability, logger, queryMs: limits.queryMs, isReplicated: litestream });
