// engine.databases: which databases there are.
import type { EngineError } from "../base/errors.js";
import type { ResultAsync } from "../base/result.js";
import { createDatabase } from "../databases/create-database.js";
import { deleteDatabase } from "../databases/delete-database.js";
import type { DatabaseDescription } from "../databases/register/describe-database.js";
import { databaseExists, getDatabase, listDatabases } from "../databases/find-database.js";
import { updateDatabase, type DatabaseChange } from "../databases/update-database.js";
import { MigrationRun } from "../databases/migrate-all.js";
import type { MigrateAllOptions } from "../databases/migrate-all-options.js";
import { askDatabases, type FleetAnswer, type FleetQuestion } from "./ask-databases.js";
import { MigrationJob } from "./migration-job.js";
import { callEngine, type EngineCore } from "./run-in-database.js";

/** What `databases.create` takes. */
export interface DatabaseDefinition {
  /** 1 to 63 characters of a-z, 0-9, _ and -, starting with a letter or digit. Record ids are legal names. */
  readonly name: string;
  /**
   * The most bytes that the database may have, its write-ahead log not counted; at least 4,096. What would take it beyond is
   * refused with `storage_full`; reads and deletes go on. Default: the engine's `maxDatabaseBytes`.
   */
  readonly maxBytes?: number | null;
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
   * `database_name_invalid`, `database_exists`, `database_reserved`, `request_invalid` for `maxBytes`, `storage_full`.
   */
  create(definition: DatabaseDefinition): ResultAsync<DatabaseDescription, EngineError> {
    return callEngine(this.#core, () =>
      createDatabase(this.#core.fleet, propertyOf(definition, "name"), propertyOf(definition, "maxBytes")),
    );
  }

  /**
   * Changes how large a database may become, from now on and for good: the limit stands in the database and goes with it
   * through restarts, backups and moves. A database that has more already keeps all of it and can take nothing more.
   * `database_not_found`, `database_reserved`, `database_name_invalid`, `request_invalid`.
   *
   * @example
   * ```ts
   * await engine.databases.update("client1", { maxBytes: 500_000_000 });
   * ```
   */
  update(name: string, change: DatabaseChange): ResultAsync<DatabaseDescription, EngineError> {
    return callEngine(this.#core, () => updateDatabase(this.#core.fleet, name, change));
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
   * One that fails is in the report's `failed` and stops no other; those that stand there already are not opened. What is
   * pending stands in the register, so after an end, of the job or of the process, another call goes on where it was.
   *
   * @returns a job: await it for the report, or watch, pause and resume it meanwhile. `request_invalid` naming a bad option.
   */
  migrateAll(options: MigrateAllOptions = {}): MigrationJob {
    const run = new MigrationRun(this.#core.fleet);
    return new MigrationJob(
      run,
      callEngine(this.#core, () => run.run(options)),
    );
  }

  /**
   * Asks the same read of many databases, for operators: how many of something all tenants have, who has what. Gives each
   * database's answer in the order of the names, as an async iterator; leave the loop when you have seen enough. It never
   * throws: a database that cannot answer gives its error, and the others go on. At most `concurrency` (4) databases are
   * held at once, whatever their number.
   *
   * @example
   * ```ts
   * for await (const { database, result } of engine.databases.ask({ collection: "posts", read: "count" })) {
   *   console.log(database, result.isOk() ? result.value : result.error.code);
   * }
   * ```
   */
  ask(question: FleetQuestion): AsyncGenerator<FleetAnswer, void, undefined> {
    return askDatabases(this.#core, question);
  }
}

/** Untyped callers pass anything; the property's own check says what is wrong. */
function propertyOf(definition: unknown, name: keyof DatabaseDefinition): unknown {
  try {
    const isObject = typeof definition === "object" && definition !== null;
    return isObject ? (definition as Record<string, unknown>)[name] : undefined;
  } catch {
    // A getter threw: what it would have given is neither a name nor a limit.
    return Number.NaN;
  }
}
