// engine.databases: which databases there are.
import type { EngineError } from "../base/errors.js";
import type { ResultAsync } from "../base/result.js";
import { createDatabase } from "../databases/create-database.js";
import { deleteDatabase } from "../databases/delete-database.js";
import type { DatabaseDescription } from "../databases/register/describe-database.js";
import { databaseExists, getDatabase, listDatabases } from "../databases/find-database.js";
import { migrateAll, type MigrateAllOptions, type MigrationReport } from "../databases/migrate-all.js";
import { callEngine, type EngineCore } from "./run-in-database.js";

/** What `databases.create` takes. */
export interface DatabaseDefinition {
  /** 1 to 63 characters of a-z, 0-9, _ and -, starting with a letter or digit. Record ids are legal names. */
  readonly name: string;
}

/** The life of the database files. */
export class Databases {
  readonly #core: EngineCore;

  /** @internal */
  constructor(core: EngineCore) {
    this.#core = core;
  }

  /**
   * Makes a database with every collection of the schema, empty. After a crash it is there whole or not at all.
   * `database_name_invalid`, `database_exists`, `database_reserved`, `storage_full`.
   */
  create(definition: DatabaseDefinition): ResultAsync<DatabaseDescription, EngineError> {
    return callEngine(this.#core, () => createDatabase(this.#core.fleet, nameOf(definition)));
  }

  /** All databases: default, stats and workflows first, then the others by name. Opens none of them. */
  list(): ResultAsync<readonly DatabaseDescription[], EngineError> {
    return callEngine(this.#core, () => listDatabases(this.#core.fleet));
  }

  /** One database. `database_not_found`, `database_name_invalid`. */
  get(name: string): ResultAsync<DatabaseDescription, EngineError> {
    return callEngine(this.#core, () => getDatabase(this.#core.fleet, name));
  }

  /** Whether a database of this engine has the name. `database_name_invalid`. */
  exists(name: string): ResultAsync<boolean, EngineError> {
    return callEngine(this.#core, () => databaseExists(this.#core.fleet, name));
  }

  /**
   * Removes a database with all its records and files, for good, after its last reader has left. The name can be
   * used again at once; handles and tokens of the old database do not reach the new one.
   * `database_not_found`, `database_reserved`, `database_name_invalid`; `database_corrupt` for a foreign file.
   */
  delete(name: string): ResultAsync<void, EngineError> {
    return callEngine(this.#core, () => deleteDatabase(this.#core.fleet, name));
  }

  /**
   * Brings every database to the newest schema. Not needed for correctness: each catches up when it is next touched.
   * One that fails is in the report's `failed` and stops no other. `request_invalid` (concurrency).
   */
  migrateAll(options: MigrateAllOptions = {}): ResultAsync<MigrationReport, EngineError> {
    return callEngine(this.#core, () => migrateAll(this.#core.fleet, options));
  }
}

/** Untyped callers pass anything; the name's own check says what is wrong. */
function nameOf(definition: unknown): unknown {
  try {
    return typeof definition === "object" && definition !== null && "name" in definition ? definition.name : undefined;
  } catch {
    // A getter threw: what it would have given is no name.
    return undefined;
  }
}
