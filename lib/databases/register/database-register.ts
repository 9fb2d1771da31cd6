// Which databases exist, in memory and in the default database. A cache of what the files say of themselves:
// it spares opening them, and is corrected wherever a file says otherwise.
import type { EngineError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { deleteRegistered, readRegistered, saveRegistered, type RegisteredDatabase } from "./system-tables.js";

/** Reads and writes the default database, wherever that is open. */
export interface DefaultDatabase {
  read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
  write<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
}

// Some milliseconds each: calls that wait for none of it go on in between.
const loadedAtOnce = 1_000;

export class DatabaseRegister {
  readonly #byName = new Map<string, RegisteredDatabase>();
  readonly #nameById = new Map<string, string>();
  readonly #default: DefaultDatabase;
  readonly #logger: Logger;
  /** Names whose file has been seen, by this process, to carry the id that is registered. */
  readonly #confirmed = new Set<string>();
  /** Names whose schema version has risen since the last flush. */
  readonly #risen = new Set<string>();
  #flushing: Promise<void> | undefined;
  #loading: Outcome<void> | undefined;
  #isLoaded = false;
  /** Names that were removed while the rest was read. */
  readonly #removed = new Set<string>();

  /** Knows some databases from the start, and the others after {@link load}. */
  constructor(known: readonly RegisteredDatabase[], defaultDatabase: DefaultDatabase, logger: Logger) {
    for (const database of known) this.#remember(database);
    this.#default = defaultDatabase;
    this.#logger = logger;
  }

  /** Whether it knows all that are registered. Until then nothing may be concluded from what it does not know. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Reads the rest, once for all who ask; after a failure the next one tries anew. */
  load(): Outcome<void> {
    this.#loading ??= this.#load().then((loaded) => {
      if (loaded.isErr()) this.#loading = undefined;
      return loaded;
    });
    return this.#loading;
  }

  get(name: string): RegisteredDatabase | undefined {
    return this.#byName.get(name);
  }

  /** The name that a database of this id stands under. */
  nameOf(id: string): string | undefined {
    return this.#nameById.get(id);
  }

  /**
   * The id of the database that has the name, if its file was seen to carry it. A crash in a restore, or somebody who
   * exchanges files while no engine runs, leaves another behind the name than the register remembers.
   */
  confirmedId(name: string): string | undefined {
    return this.#confirmed.has(name) ? this.#byName.get(name)?.id : undefined;
  }

  /** The file of the name was seen to carry the id. */
  confirm(name: string, id: string): void {
    if (this.#byName.get(name)?.id === id) this.#confirmed.add(name);
  }

  /** Another file has come under the name, which could not be registered. */
  doubt(name: string): void {
    this.#confirmed.delete(name);
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
    const saved = await this.#default.write(async (db) => {
      await saveRegistered(db, [database]);
      return ok(undefined);
    });
    if (saved.isErr()) return err(saved.error);
    this.#remember(database);
    this.#confirmed.add(database.name);
    return ok(undefined);
  }

  async remove(name: string): Outcome<void> {
    const known = this.#byName.get(name);
    if (!known) return ok(undefined);
    this.#byName.delete(name);
    if (!this.#isLoaded) this.#removed.add(name);
    this.#confirmed.delete(name);
    if (this.#nameById.get(known.id) === name) this.#nameById.delete(known.id);
    return this.#default.write(async (db) => {
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

  /** Resolves when nothing is being read and every note is written. */
  async settled(): Promise<void> {
    void (await this.#loading);
    while (this.#flushing) await this.#flushing;
  }

  async #load(): Outcome<void> {
    for (let last: string | undefined = ""; last !== undefined;) {
      const after: string = last;
      const read: Result<readonly RegisteredDatabase[], EngineError> = await this.#default.read(async (db) =>
        ok(await readRegistered(db, after, loadedAtOnce)),
      );
      if (read.isErr()) return err(read.error);
      for (const database of read.value) {
        // What has happened to a name meanwhile is newer than what was read.
        if (!this.#byName.has(database.name) && !this.#removed.has(database.name)) this.#remember(database);
      }
      last = read.value.length < loadedAtOnce ? undefined : read.value.at(-1)?.name;
    }
    this.#isLoaded = true;
    this.#removed.clear();
    return ok(undefined);
  }

  async #flush(): Promise<void> {
    while (this.#risen.size > 0) {
      const databases = [...this.#risen].flatMap((name) => this.#byName.get(name) ?? []);
      this.#risen.clear();
      const saved = await this.#default.write(async (db) => {
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
