// One open database: its store, and the catalog that it stands at. A database that is behind catches up here,
// when it is touched, in one transaction.
import type { EngineError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { err, ok, refuse, type Outcome } from "../../base/result.js";
import type { Catalog, DatabaseScope } from "../../schema/catalog.js";
import type { Storage, Store } from "../../storage/storage.js";
import { databaseNotFound, isReservedName, scopeOfDatabase } from "../database-name.js";
import type { SchemaHistory } from "../schema-history.js";

/** What opening needs. */
export interface OpenParts {
  readonly storage: Storage;
  readonly schema: SchemaHistory;
  readonly logger: Logger;
  /** How large a tenant's database may become that has no limit of its own, in bytes; null for any size. */
  readonly maxBytes: number | null;
}

export class OpenDatabase {
  readonly store: Store;
  readonly scope: DatabaseScope;
  readonly #schema: SchemaHistory;
  readonly #logger: Logger;
  #catalog: Catalog;
  #catchingUp: Outcome<void> | undefined;
  /** The newest version that this database's own data kept it from reaching, and why. */
  #refused: { readonly version: number; readonly error: EngineError } | undefined;

  private constructor(store: Store, schema: SchemaHistory, logger: Logger) {
    this.store = store;
    this.scope = scopeOfDatabase(store.name);
    this.#schema = schema;
    this.#logger = logger;
    this.#catalog = schema.at(store.schemaVersion);
  }

  /**
   * Opens a database and brings it to the newest schema, or leaves it as it is found. `database_not_found`; `database_corrupt` when it is
   * damaged, foreign, or stands at a schema that this engine's log does not know. `noted` is the version at which it was
   * last seen.
   */
  static async open(
    { storage, schema, logger, maxBytes }: OpenParts,
    name: string,
    noted: number | undefined,
    isLeftAsFound = false,
  ): Outcome<OpenDatabase> {
    // One connection does for a catch-up.
    const opened = await storage.openStore(name, {
      writesFirst: !isLeftAsFound && noted !== undefined && noted < schema.newest.version,
      maxBytes: isReservedName(name) ? null : maxBytes,
    });
    if (opened.isErr()) {
      return opened.error.code === "database_not_found" ? databaseNotFound(name) : err(opened.error);
    }
    const store = opened.value;
    if (store.schemaVersion > schema.newest.version) {
      // The refusal is what the caller must hear; that of closing would hide it.
      void (await store.close());
      const reason = `it stands at schema version ${store.schemaVersion}, but the schema log of this data directory ends at ${schema.newest.version}; it comes from another or a newer installation`;
      return refuse("database_corrupt", { name, reason }, { message: `Database "${name}" was not opened: ${reason}.` });
    }
    const database = new OpenDatabase(store, schema, logger);
    if (isLeftAsFound) return ok(database);
    const caughtUp = await database.catchUp();
    if (caughtUp.isErr()) {
      void (await store.close());
      return err(caughtUp.error);
    }
    return ok(database);
  }

  /** The schema that this database stands at: the newest, unless its own data keeps it from that. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Why this database is behind, while it is. */
  get lagReason(): EngineError | undefined {
    return this.#catalog.version < this.#schema.newest.version ? this.#refused?.error : undefined;
  }

  /** Whether nothing is left to catch up with, or nothing that this database's own records allow. */
  get isCurrent(): boolean {
    const newest = this.#schema.newest.version;
    return !this.#catchingUp && (this.#catalog.version >= newest || this.#refused?.version === newest);
  }

  interrupt(reason: EngineError): void {
    this.store.interrupt(reason);
  }

  close(): Outcome<void> {
    return this.store.close();
  }

  /**
   * Brings the database to the newest schema; once for all who ask at the same time.
   *
   * A change that this database's own records do not allow (a new unique index over duplicates) does not
   * take it out of service: it stays at the version before, logs why, and is tried again after the next schema
   * change, the next opening, or with `again`.
   */
  async catchUp({ again = false } = {}): Outcome<void> {
    // Whoever started it hears how it ended; here the version that it reached is looked at.
    while (this.#catchingUp) void (await this.#catchingUp);
    if (again ? this.#catalog.version >= this.#schema.newest.version : this.isCurrent) return ok(undefined);
    this.#catchingUp = this.#advance().finally(() => (this.#catchingUp = undefined));
    return this.#catchingUp;
  }

  /** The default database makes a change itself, in the transaction that writes the log. */
  adopt(catalog: Catalog): void {
    this.#catalog = catalog;
  }

  async #advance(): Outcome<void> {
    const { target, statements } = this.#schema.upgradeFrom(this.#catalog.version, this.scope);
    const advanced = await this.store.upgrade(target.version, statements);
    if (advanced.isOk()) {
      this.#catalog = target;
      this.#refused = undefined;
      return ok(undefined);
    }
    if (advanced.error.code !== "unique_violation") return err(advanced.error);
    this.#refused = { version: target.version, error: advanced.error };
    this.#logger.warn(
      { database: this.store.name, schemaVersion: this.#catalog.version, wanted: target.version, err: advanced.error },
      "a database stays at its schema version: its records do not allow the newer one",
    );
    return ok(undefined);
  }
}
