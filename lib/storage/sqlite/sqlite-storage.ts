// Databases as SQLite files in one directory: <dataDir>/<name>.db. Only this process opens them, and each only once.
import { EngineError } from "../../base/errors.js";
import { type Logger, silentLogger } from "../../base/logger.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import type {
  CreateOptions,
  DetachedStore,
  OpenOptions,
  ReplacedEntry,
  ReplaceOptions,
  Storage,
  StorageNeeds,
  StorageLoad,
  Store,
  StoreEntry,
  StoreExecutor,
  StoreFootprint,
  StoreIdentity,
  StoreInspection,
} from "../storage.js";
import { Connection, type ConnectionSettings } from "./connections/connection.js";
import { checkPages } from "./check-pages.js";
import { readIdentity, writeIdentity, type DatabaseHeader } from "./database-identity.js";
import { DatabaseTemplates } from "./database-templates.js";
import type { Driver } from "./driver.js";
import { SizeLimit } from "./connections/size-limit.js";
import { isShortOfHandles, translateStorageError } from "./connections/error-translation.js";
import { statementBuilder } from "./connections/kysely-dialect.js";
import { nativeCallLoad } from "./connections/native-call-limit.js";
import { clearCrashLeftovers } from "./files/crash-leftovers.js";
import { createDatabaseFile } from "./files/create-database-file.js";
import { DataDirectory } from "./files/data-directory.js";
import { checkDatabaseFile, findDatabaseFiles, refuseCompanions, type DatabaseFiles } from "./files/database-file.js";
import { DirectoryLock } from "./files/directory-lock.js";
import { type FileSystem, nodeFileSystem } from "../../base/file-system.js";
import { atRest, filesAtRest, Footprints } from "./files/footprints.js";
import { listDatabaseFiles, statusOfDatabaseFile } from "./files/list-database-files.js";
import { removeDatabaseFile } from "./files/remove-database-file.js";
import {
  pendingReplacements,
  replaceDatabaseFile,
  settleReplacement,
  UnsettledReplacement,
} from "./files/replace-database-file.js";
import { listReplacedFiles, removeReplacedFile } from "./files/replaced-files.js";
import { withConnection, type AsidePlace } from "./detached/aside-place.js";
import { detachNew, detachReceived, detachSnapshot } from "./detached/detach-database.js";
import { SqliteDetachedStore } from "./detached/sqlite-detached-store.js";
import { NameLocks } from "../../base/name-locks.js";
import { nodeSqlite3Driver } from "./node-sqlite3-driver.js";
import type { ConnectionRole, Durability } from "./connections/pragmas.js";
import { rowSourceProbe } from "./packed-rows.js";
import type { StoreDialect } from "../store-dialect.js";
import { createSqliteStoreDialect, sqliteStoreDialect } from "./sqlite-store-dialect.js";
import { SqliteStore } from "./sqlite-store.js";
import { runTransaction } from "./connections/transaction.js";

export interface SqliteStorageOptions {
  readonly dataDir: string;
  readonly durability: Durability;
  /** How long a file that another process holds is tried again, in ms. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** How long one statement of a read may run before it is stopped, in ms. Default: no limit. */
  readonly queryMs?: number;
  /** Whether Litestream replicates the databases. Default false. */
  readonly isReplicated?: boolean;
  /** Default: npm sqlite3. */
  readonly driver?: Driver;
  /** Default: the machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: silent. */
  readonly logger?: Logger;
}

// Long enough for a backup tool that holds the file for a moment, short enough for a person who waits.
const defaultBusyTimeoutMs = 5_000;

/** The storage on SQLite files. Nothing is touched before `open`. */
export function createSqliteStorage(options: SqliteStorageOptions): Storage {
  return new SqliteStorage(options);
}

const noRelief: StorageNeeds = { relieve: () => Promise.resolve(false) };

class SqliteStorage implements Storage {
  readonly builder = statementBuilder;
  readonly #directory: DataDirectory;
  readonly #driver: Driver;
  readonly #options: SqliteStorageOptions;
  /** Held by whatever opens, makes, removes or looks at the file of a name. */
  readonly #names = new NameLocks();
  /** Files on which this process has a handle: they must not be opened through the file system. */
  readonly #stores = new Map<string, SqliteStore>();
  readonly #footprints = new Footprints();
  /** Databases whose replacement was neither completed nor undone: they are first when they are used. */
  readonly #unsettled = new Set<string>();
  readonly #lifecycle = new NameLocks();
  readonly #templates: DatabaseTemplates;
  #lock: DirectoryLock | null = null;
  #needs = noRelief;
  #dialect = sqliteStoreDialect;

  constructor(options: SqliteStorageOptions) {
    this.#options = options;
    this.#driver = options.driver ?? nodeSqlite3Driver;
    this.#directory = new DataDirectory(
      options.dataDir,
      options.fileSystem ?? nodeFileSystem,
      options.logger ?? silentLogger,
    );
    this.#templates = new DatabaseTemplates(this.#directory);
  }

  /** Settled by `open`. */
  get dialect(): StoreDialect {
    return this.#dialect;
  }

  get load(): StorageLoad {
    return { nativeCalls: nativeCallLoad() };
  }

  open(needs: StorageNeeds = noRelief): Outcome<void> {
    this.#needs = needs;
    return this.#lifecycle.hold("", () =>
      outcome(undefined, async () => {
        if (this.#lock !== null) return;
        await this.#directory.prepare();
        const lock = await DirectoryLock.acquire(this.#directory, this.#driver);
        try {
          if (!(await lock.understands(rowSourceProbe))) this.#dialect = createSqliteStoreDialect("json_each");
          await this.#settleAll();
          await clearCrashLeftovers(this.#directory);
          this.#lock = lock;
        } catch (thrown) {
          await lock.release();
          throw thrown;
        }
      }),
    );
  }

  close(): Outcome<void> {
    return this.#lifecycle.hold("", () =>
      outcome(undefined, async () => {
        if (this.#stores.size > 0) {
          const message = `Close every database first; ${this.#stores.size} are open.`;
          throw new EngineError("database_busy", {}, { message });
        }
        if (this.#lock === null) return;
        await this.#templates.clear();
        await this.#lock.release();
        this.#lock = null;
      }),
    );
  }

  list(): Outcome<readonly StoreEntry[]> {
    return outcome(undefined, () => this.#whileOpen(() => listDatabaseFiles(this.#directory)));
  }

  stat(name: string): Outcome<StoreEntry | null> {
    return outcome(name, () => this.#whileOpen(() => statusOfDatabaseFile(this.#directory, name)));
  }

  create(
    name: string,
    identity: StoreIdentity,
    schemaVersion: number,
    build: (db: StoreExecutor) => Outcome<void>,
    { template, alongside, maxBytes = null }: CreateOptions = {},
  ): Outcome<StoreEntry> {
    const { files } = this.#directory;
    const buildAt = (path: string, marks: StoreIdentity): Promise<void> =>
      this.#build(name, path, { identity: marks, schemaVersion, maxBytes }, build);
    const prove = (path: string): Promise<StoreIdentity> => this.#prove(name, path);
    return this.#withFile(name, () =>
      createDatabaseFile(this.#directory, name, {
        make: async (path) => {
          const work = { build: buildAt, prove };
          // A copy has no limit of its own.
          if (
            template !== undefined &&
            maxBytes === null &&
            (await this.#templates.copyTo(path, template, identity, work))
          )
            return;
          await buildAt(path, identity);
          await files.sync(path);
        },
        alongside: alongside && (async (entry) => valueOf(await alongside(entry))),
      }),
    );
  }

  build(
    name: string,
    identity: StoreIdentity,
    schemaVersion: number,
    build: (db: StoreExecutor) => Outcome<void>,
  ): Outcome<DetachedStore> {
    const place = this.#aside(name);
    return outcome(name, () =>
      this.#whileOpen(() =>
        detachNew(place, () => this.#build(name, place.path, { identity, schemaVersion, maxBytes: null }, build)),
      ),
    );
  }

  install(name: string, detached: DetachedStore, identity: StoreIdentity): Outcome<StoreEntry> {
    return this.#withFile(name, async () => {
      const released = await own(detached).release(identity);
      try {
        return await createDatabaseFile(this.#directory, name, {
          make: (path) => this.#directory.files.rename(released, path),
        });
      } finally {
        this.#footprints.forget(name);
        await detached.discard();
      }
    });
  }

  replace(
    name: string,
    detached: DetachedStore,
    identity: StoreIdentity,
    at: number,
    { maxBytes }: ReplaceOptions = {},
  ): Outcome<ReplacedEntry> {
    return this.#withFile(name, async () => {
      const made = await own(detached).release(identity, maxBytes);
      try {
        return await replaceDatabaseFile(this.#directory, made, name, at);
      } catch (thrown) {
        if (!(thrown instanceof UnsettledReplacement)) throw thrown;
        this.#unsettled.add(name);
        throw thrown.cause;
      } finally {
        this.#footprints.forget(name);
      }
    });
  }

  listReplaced(): Outcome<readonly ReplacedEntry[]> {
    return outcome(undefined, () => this.#whileOpen(() => listReplacedFiles(this.#directory)));
  }

  removeReplaced(entry: ReplacedEntry): Outcome<void> {
    return outcome(entry.name, () => this.#whileOpen(() => removeReplacedFile(this.#directory, entry)));
  }

  /** A whole database at a free path; not yet on the disk. */
  async #build(
    name: string,
    path: string,
    header: DatabaseHeader,
    build: (db: StoreExecutor) => Outcome<void>,
  ): Promise<void> {
    await this.#directory.files.createEmpty(path);
    const connection = await Connection.open(this.#settings(name, path, "builder"));
    try {
      const afterBegin = () => writeIdentity(connection, header);
      valueOf(await runTransaction(connection, build, { name, afterBegin }));
    } finally {
      // Merges the log into the file.
      await connection.close();
    }
    await refuseCompanions(this.#directory, path, name);
  }

  /** Opens a file that was just built as every open does, and reads it from end to end. */
  #prove(name: string, path: string): Promise<StoreIdentity> {
    return this.#inspect(name, path, async (connection) => {
      const { identity } = await readIdentity(connection, name);
      await checkPages(connection, name);
      return identity;
    });
  }

  #inspect<T>(name: string, path: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    return withConnection(() => Connection.open(this.#settings(name, path, "inspector")), work);
  }

  openStore(name: string, { writesFirst = false, maxBytes: fallback = null }: OpenOptions = {}): Outcome<Store> {
    return this.#withFile(name, async () => {
      const present = await findDatabaseFiles(this.#directory, this.#directory.databaseFile(name));
      const path = await this.#checkFile(name, present);
      const found = atRest(present.database, present.companions[0] ?? null);
      if (found) this.#footprints.see(name, found);
      const { files, path: place } = this.#directory;
      // Known when the file has been read.
      const later: { limit?: SizeLimit } = {};
      const ofWriter: Partial<ConnectionSettings> = {
        onUsed: () => this.#footprints.wrote(name),
        explainFull: async (error, pages) => (await later.limit?.explainFull(error, pages)) ?? null,
      };
      const connect = (role: "reader" | "writer"): Promise<Connection> =>
        Connection.open({ ...this.#settings(name, path, role), ...(role === "writer" ? ofWriter : {}) });
      const role = writesFirst ? "writer" : "reader";
      const connection = await connect(role);
      try {
        const { identity, schemaVersion, maxBytes: own, pageBytes } = await readIdentity(connection, name);
        const limit = new SizeLimit({ name, pageBytes, own, fallback, freeBytes: () => files.freeBytes(place) });
        later.limit = limit;
        if (role === "writer") await limit.begin(connection);
        const reopen = (role: "reader" | "writer"): Promise<Connection> =>
          this.#relieved(async () => this.#sameDatabase(await connect(role), name, identity));
        const store = new SqliteStore({
          name,
          identity,
          schemaVersion,
          limit,
          opened: { role, connection },
          queryMs: this.#options.queryMs,
          openReader: () => reopen("reader"),
          openWriter: async () => {
            const writer = await reopen("writer");
            await limit.begin(writer);
            return writer;
          },
          snapshot: (interruption) =>
            this.#relieved(() =>
              detachSnapshot(this.#aside(name), () => this.#connectAside(name, path, "snapshot"), interruption),
            ),
          onClosed: async () => {
            this.#footprints.closed(name, await filesAtRest(this.#directory, path).catch(() => null));
            this.#stores.delete(name);
          },
        });
        this.#stores.set(name, store);
        return store;
      } catch (thrown) {
        await connection.close();
        throw thrown;
      }
    });
  }

  remove(name: string): Outcome<void> {
    return this.#withFile(name, async () => {
      await removeDatabaseFile(this.#directory, name);
      this.#footprints.forget(name);
      await this.#removeReplacedOf(name);
    });
  }

  receive(name: string, content: AsyncIterable<Uint8Array>): Outcome<DetachedStore> {
    return outcome(name, () => this.#whileOpen(() => detachReceived(this.#aside(name), content)));
  }

  footprint(name: string): Outcome<StoreFootprint | null> {
    return outcome(name, () =>
      this.#whileOpen(() =>
        this.#names.hold(name, async () => {
          if (!this.#stores.has(name)) {
            const files = await filesAtRest(this.#directory, this.#directory.databaseFile(name));
            if (files === null) return null;
            this.#footprints.see(name, files);
          }
          return this.#footprints.get(name);
        }),
      ),
    );
  }

  inspect(name: string): Outcome<StoreInspection> {
    return outcome(name, () =>
      this.#whileOpen(() =>
        this.#names.hold(name, async (): Promise<StoreInspection> => {
          const store = this.#stores.get(name);
          if (store !== undefined) {
            return { status: "ready", identity: store.identity, schemaVersion: store.schemaVersion };
          }
          try {
            await this.#settle(name);
            const header = await this.#relieved(async () => {
              const path = await this.#checkFile(name);
              return this.#inspect(name, path, (connection) => readIdentity(connection, name));
            });
            return { status: "ready", identity: header.identity, schemaVersion: header.schemaVersion };
          } catch (thrown) {
            const error = translateStorageError(thrown, name);
            if (error.is("database_corrupt")) return { status: "foreign", reason: error.details.reason };
            throw error;
          }
        }),
      ),
    );
  }

  /** The path of a file that may be opened; throws why not. */
  async #checkFile(name: string, found?: DatabaseFiles): Promise<string> {
    const path = this.#directory.databaseFile(name);
    const refusal = await checkDatabaseFile(this.#directory, path, found);
    if (refusal === null) return path;
    if (refusal.kind === "missing") throw new EngineError("database_not_found", { name });
    throw new EngineError("database_corrupt", { name, reason: refusal.reason });
  }

  /** A connection made later must have reached the same database: somebody may have put another file in its place. */
  async #sameDatabase(connection: Connection, name: string, identity: StoreIdentity): Promise<Connection> {
    try {
      const found = await readIdentity(connection, name);
      if (found.identity.id === identity.id) return connection;
      throw new EngineError("database_corrupt", {
        name,
        reason: "Another file was put in its place while it was open.",
      });
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
  }

  /** Alone with the file of a name, which no store of this process has open. */
  #withFile<T>(name: string, work: () => Promise<T>): Outcome<T> {
    return outcome(name, () =>
      this.#whileOpen(() =>
        this.#names.hold(name, async () => {
          if (this.#stores.has(name)) {
            throw new EngineError("database_busy", { name }, { message: "The database is open already." });
          }
          await this.#settle(name);
          return this.#relieved(work);
        }),
      ),
    );
  }

  /** Once more, when the system had no more handles to give and somebody could be made to give some back. */
  async #relieved<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!isShortOfHandles(thrown) || !(await this.#needs.relieve())) throw thrown;
      return work();
    }
  }

  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lock === null) throw new EngineError("engine_closed", {});
    return work();
  }

  /** Where a database of the name may be made aside, and how it is opened there. */
  #aside(name: string): AsidePlace {
    const path = DataDirectory.unique(this.#directory.temporary, name);
    return { directory: this.#directory, name, path, connect: (role) => this.#connectAside(name, path, role) };
  }

  /** All that is done aside takes turns as if it were one database: it is long, and nobody who reads or writes waits for it. */
  #connectAside(name: string, path: string, role: ConnectionRole): Promise<Connection> {
    return Connection.open({ ...this.#settings(name, path, role), lane: this.#directory.temporary });
  }

  /** Completes what a crash interrupted. A file that resists takes only its own database out of service. */
  async #settleAll(): Promise<void> {
    for (const pending of await pendingReplacements(this.#directory)) {
      const { logger } = this.#directory;
      try {
        await settleReplacement(this.#directory, pending);
        logger.info({ database: pending.name }, "completed a restore that a crash had interrupted");
      } catch (thrown) {
        this.#unsettled.add(pending.name);
        logger.error({ err: thrown, database: pending.name }, "an interrupted restore could not be completed");
      }
    }
  }

  /** Throws while the database of the name can be neither the old nor the new one. */
  async #settle(name: string): Promise<void> {
    if (!this.#unsettled.has(name)) return;
    for (const pending of await pendingReplacements(this.#directory)) {
      if (pending.name === name) await settleReplacement(this.#directory, pending);
    }
    this.#unsettled.delete(name);
  }

  /** The database is gone already: what cannot be removed now expires. */
  async #removeReplacedOf(name: string): Promise<void> {
    const { logger } = this.#directory;
    try {
      for (const entry of await listReplacedFiles(this.#directory)) {
        if (entry.name === name) await removeReplacedFile(this.#directory, entry);
      }
    } catch (thrown) {
      logger.warn({ err: thrown, database: name }, "what a deleted database had replaced still takes room");
    }
  }

  #settings(name: string, path: string, role: ConnectionRole): ConnectionSettings {
    const { durability, busyTimeoutMs = defaultBusyTimeoutMs, isReplicated = false } = this.#options;
    return { driver: this.#driver, path, name, role, durability, busyTimeoutMs, isReplicated };
  }
}

/** What is thrown beneath, as the port gives it. */
async function outcome<T>(name: string | undefined, work: () => Promise<T>): Outcome<T> {
  try {
    return ok(await work());
  } catch (thrown) {
    return err(translateStorageError(thrown, name));
  }
}

/** Detached databases of another storage lie elsewhere. */
function own(detached: DetachedStore): SqliteDetachedStore {
  if (detached instanceof SqliteDetachedStore) return detached;
  throw new EngineError("internal", {}, { message: "This detached database is of another storage." });
}

/** The value; throws the error, for code that `outcome` runs. */
function valueOf<T>(result: Result<T, EngineError>): T {
  if (result.isErr()) throw result.error;
  return result.value;
}
