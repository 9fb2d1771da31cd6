// Which databases exist, in memory and in the default database. A cache of what the files say of themselves:
// it spares opening them, and is corrected wherever a file says otherwise.
import type { Logger } from "../../base/logger.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { deleteRegistered, saveRegistered, type RegisteredDatabase } from "./system-tables.js";

/** Writes to the default database, wherever that is open. */
export type WriteToDefault = <T>(work: (db: StoreExecutor) => Outcome<T>) => Outcome<T>;

export class DatabaseRegister {
  readonly #byName: Map<string, RegisteredDatabase>;
  readonly #nameById = new Map<string, string>();
  readonly #writeToDefault: WriteToDefault;
  readonly #logger: Logger;
  /** Names whose schema version has risen since the last flush. */
  readonly #risen = new Set<string>();
  #flushing: Promise<void> | undefined;

  constructor(databases: readonly RegisteredDatabase[], writeToDefault: WriteToDefault, logger: Logger) {
    this.#byName = new Map(databases.map((database) => [database.name, database]));
    for (const { id, name } of databases) this.#nameById.set(id, name);
    this.#writeToDefault = writeToDefault;
    this.#logger = logger;
  }

  get(name: string): RegisteredDatabase | undefined {
    return this.#byName.get(name);
  }

  /** The name that a database of this id stands under. */
  nameOf(id: string): string | undefined {
    return this.#nameById.get(id);
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** How many there are. */
  get size(): number {
    return this.#byName.size;
  }

  /** How many stand below a schema version. */
  countBehind(schemaVersion: number): number {
    let count = 0;
    for (const database of this.#byName.values()) if (database.schemaVersion < schemaVersion) count += 1;
    return count;
  }

  /** Remembers a database for good. */
  async add(database: RegisteredDatabase): Outcome<void> {
    const saved = await this.#writeToDefault(async (db) => {
      await saveRegistered(db, [database]);
      return ok(undefined);
    });
    if (saved.isErr()) return err(saved.error);
    this.#remember(database);
    return ok(undefined);
  }

  async remove(name: string): Outcome<void> {
    const known = this.#byName.get(name);
    if (!known) return ok(undefined);
    this.#byName.delete(name);
    if (this.#nameById.get(known.id) === name) this.#nameById.delete(known.id);
    return this.#writeToDefault(async (db) => {
      await deleteRegistered(db, name);
      return ok(undefined);
    });
  }

  /**
   * Notes that a database has caught up. Kept in memory at once; the default database hears of it with
   * the next flush, because a fleet that catches up must not wait for one more commit each. A crash
   * loses at most the note: the file is asked when the database is next opened.
   */
  noteSchemaVersion(name: string, schemaVersion: number): void {
    const known = this.#byName.get(name);
    if (!known || known.schemaVersion === schemaVersion) return;
    this.#byName.set(name, { ...known, schemaVersion });
    this.#risen.add(name);
    this.#flushing ??= this.#flush();
  }

  /** Resolves when every note is written. */
  async flushed(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#risen.size > 0) {
      const databases = [...this.#risen].flatMap((name) => this.#byName.get(name) ?? []);
      this.#risen.clear();
      const saved = await this.#writeToDefault(async (db) => {
        await saveRegistered(db, databases);
        return ok(undefined);
      });
      if (saved.isErr()) this.#logger.warn({ err: saved.error }, "could not note the schema versions of databases");
    }
    this.#flushing = undefined;
  }

  #remember(database: RegisteredDatabase): void {
    const former = this.#byName.get(database.name);
    if (former && former.id !== database.id) this.#nameById.delete(former.id);
    this.#byName.set(database.name, database);
    this.#nameById.set(database.id, database.name);
  }
}
