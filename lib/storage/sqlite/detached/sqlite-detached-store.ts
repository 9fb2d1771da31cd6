// A database file aside from its place. A connection is there only while somebody reads, so that the file itself may be
// read in between: no other process knows of it, and this one has no lock on it to lose.
import { EngineError } from "../../../base/errors.js";
import { translateFileError } from "../../../base/file-errors.js";
import { err, ok, type Outcome } from "../../../base/result.js";
import type { DetachedStore, StoreExecutor, StoreFormat, StoreIdentity, StoreObject } from "../../storage.js";
import type { Connection } from "../connections/connection.js";
import { translateStorageError } from "../connections/error-translation.js";
import type { Interruption } from "../connections/interruption.js";
import { createExecutor } from "../connections/kysely-dialect.js";
import type { ConnectionRole } from "../connections/pragmas.js";
import { checkPages } from "../check-pages.js";
import { readIdentity, rewriteIdentity, writeMaxBytes } from "../database-identity.js";
import { upgradeScript } from "../schema-version.js";
import { formatVersion } from "../files/database-file.js";
import { strangeObject } from "./plain-definitions.js";
import { completeAside, removeAside, withConnection, type AsidePlace } from "./aside-place.js";

type DetachedFacts = Pick<DetachedStore, "identity" | "format" | "objects" | "sizeBytes" | "schemaVersion">;

export class SqliteDetachedStore implements DetachedStore {
  readonly identity: StoreIdentity;
  readonly format: StoreFormat;
  readonly objects: readonly StoreObject[];
  readonly sizeBytes: number;
  readonly #place: AsidePlace;
  #schemaVersion: number;

  private constructor(place: AsidePlace, facts: DetachedFacts) {
    this.#place = place;
    this.identity = facts.identity;
    this.#schemaVersion = facts.schemaVersion;
    this.format = facts.format;
    this.objects = facts.objects;
    this.sizeBytes = facts.sizeBytes;
  }

  /** Throws `database_corrupt` when it is not what the engine writes, or not sound. */
  static async open(place: AsidePlace, interruption?: Interruption): Promise<SqliteDetachedStore> {
    const { directory, name, path } = place;
    const found = await withConnection(
      () => place.connect("inspector"),
      async (connection) => {
        const objects = await readObjects(connection);
        const strange = strangeObject(objects.filter((object) => !isReplicationTable(object)));
        if (strange !== null) {
          throw new EngineError("database_corrupt", { name, reason: `It holds ${strange}; the engine makes none.` });
        }
        const header = await readIdentity(connection, name);
        await checkPages(connection, name);
        return { ...header, objects, format: await readFormat(connection) };
      },
      interruption,
    );
    const objects = found.objects.filter((object) => !isReplicationTable(object));
    if (objects.length < found.objects.length) await dropReplicationTables(place);
    const status = await directory.files.status(path);
    return new SqliteDetachedStore(place, { ...found, objects, sizeBytes: status?.sizeBytes ?? 0 });
  }

  get schemaVersion(): number {
    return this.#schemaVersion;
  }

  async *content(): AsyncGenerator<Uint8Array> {
    const { directory, name, path } = this.#place;
    try {
      yield* directory.files.read(path);
    } catch (thrown) {
      throw translateFileError(thrown, name);
    }
  }

  read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
    return this.#with("inspector", (connection) =>
      work(createExecutor((sql, values, givesRows) => connection.execute(sql, values, givesRows))),
    );
  }

  async upgrade(version: number, statements: readonly string[]): Outcome<void> {
    const script = upgradeScript(version, statements);
    if (script.isErr()) return err(script.error);
    return this.#with("builder", async (connection) => {
      await connection.transactScript(script.value);
      this.#schemaVersion = version;
      return ok(undefined);
    });
  }

  async discard(): Promise<void> {
    await removeAside(this.#place);
  }

  /**
   * Hands its file over with another identity, whole and on the disk, to whoever gives it a place. When it throws, the file is
   * gone. `maxBytes` is its limit from now on; undefined leaves its own.
   */
  async release(identity: StoreIdentity, maxBytes?: number | null): Promise<string> {
    try {
      await withConnection(
        () => this.#place.connect("builder"),
        async (connection) => {
          await rewriteIdentity(connection, identity);
          if (maxBytes !== undefined) await writeMaxBytes(connection, maxBytes);
        },
      );
      await completeAside(this.#place);
      return this.#place.path;
    } catch (thrown) {
      await this.discard();
      throw thrown;
    }
  }

  async #with<T>(role: ConnectionRole, work: (connection: Connection) => Outcome<T>): Outcome<T> {
    try {
      return await withConnection(() => this.#place.connect(role), work);
    } catch (thrown) {
      return err(translateStorageError(thrown, this.#place.name));
    }
  }
}

async function readFormat(connection: Connection): Promise<StoreFormat> {
  const { rows } = await connection.execute("select sqlite_version() as version", [], true);
  return { store: "sqlite", version: String(rows[0]?.["version"]), format: formatVersion };
}

// Litestream keeps two tables of its own in every database that it watches: no part of the tenant's data.
const replicationTables = ["_litestream_seq", "_litestream_lock"];

// Columns without parentheses: nothing in them can be run.
const replicationTable = /^create table "?_litestream_(?:seq|lock)"?\s*\([a-z,\s]*\)$/i;

const isReplicationTable = ({ kind, name, definition }: StoreObject): boolean =>
  kind === "table" && replicationTables.includes(name) && replicationTable.test(definition);

async function dropReplicationTables(place: AsidePlace): Promise<void> {
  const script = replicationTables.map((name) => `drop table if exists "${name}";`).join(" ");
  await withConnection(
    () => place.connect("builder"),
    (connection) => connection.script(script),
  );
  await completeAside(place);
}

// Indexes that SQLite makes of a table's own words have no text.
const listObjects = `select "type" as "kind", "name", "tbl_name" as "table", "sql" as "definition" from sqlite_schema
  where not ("type" = 'index' and "sql" is null) order by "type", "name"`;

async function readObjects(connection: Connection): Promise<readonly StoreObject[]> {
  const { rows } = await connection.execute(listObjects, [], true);
  return rows.map((row) => ({
    kind: String(row["kind"]),
    name: String(row["name"]),
    table: String(row["table"]),
    definition: String(row["definition"]),
  }));
}
