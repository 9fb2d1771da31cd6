// A database file aside from its place. A connection is there only while somebody reads, so that the file itself may be
// read in between: no other process knows of it, and this one has no lock on it to lose.
import { translateFileError } from "../../../base/file-errors.js";
import { err, type Outcome } from "../../../base/result.js";
import type { DetachedStore, StoreExecutor, StoreFormat, StoreIdentity, StoreObject } from "../../storage.js";
import type { Connection } from "../connections/connection.js";
import { translateStorageError } from "../connections/error-translation.js";
import { createExecutor } from "../connections/kysely-dialect.js";
import { checkPages } from "../check-pages.js";
import { readIdentity } from "../database-identity.js";
import { formatVersion } from "../files/database-file.js";
import { removeAside, withConnection, type AsidePlace } from "./aside-place.js";

type DetachedFacts = Pick<DetachedStore, "identity" | "schemaVersion" | "format" | "objects" | "sizeBytes">;

export class SqliteDetachedStore implements DetachedStore {
  readonly identity: StoreIdentity;
  readonly schemaVersion: number;
  readonly format: StoreFormat;
  readonly objects: readonly StoreObject[];
  readonly sizeBytes: number;
  readonly #place: AsidePlace;

  private constructor(place: AsidePlace, facts: DetachedFacts) {
    this.#place = place;
    this.identity = facts.identity;
    this.schemaVersion = facts.schemaVersion;
    this.format = facts.format;
    this.objects = facts.objects;
    this.sizeBytes = facts.sizeBytes;
  }

  /** Throws `database_corrupt` when it is not what the engine writes, or not sound. */
  static async open(place: AsidePlace): Promise<SqliteDetachedStore> {
    const { directory, name, path } = place;
    const [header, format] = await withConnection(place, "inspector", async (connection) => {
      const identity = await readIdentity(connection, name);
      await checkPages(connection, name);
      return [identity, await readFormat(connection)] as const;
    });
    await dropReplicationTables(place);
    const objects = await withConnection(place, "inspector", readObjects);
    const status = await directory.files.status(path);
    return new SqliteDetachedStore(place, { ...header, format, objects, sizeBytes: status?.sizeBytes ?? 0 });
  }

  async *content(): AsyncGenerator<Uint8Array> {
    const { directory, name, path } = this.#place;
    try {
      yield* directory.files.read(path);
    } catch (thrown) {
      throw translateFileError(thrown, name);
    }
  }

  async read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
    try {
      return await withConnection(this.#place, "inspector", (connection) =>
        work(createExecutor((sql, values, givesRows) => connection.execute(sql, values, givesRows))),
      );
    } catch (thrown) {
      return err(translateStorageError(thrown, this.#place.name));
    }
  }

  async discard(): Promise<void> {
    await removeAside(this.#place);
  }
}

async function readFormat(connection: Connection): Promise<StoreFormat> {
  const { rows } = await connection.execute("select sqlite_version() as version", [], true);
  return { store: "sqlite", version: String(rows[0]?.["version"]), format: formatVersion };
}

/** Litestream keeps two tables of its own in every database that it watches: no part of the tenant's data. */
async function dropReplicationTables(place: AsidePlace): Promise<void> {
  const names = ["_litestream_seq", "_litestream_lock"];
  const isThere = await withConnection(place, "inspector", async (connection) => {
    const sql = `select 1 from sqlite_schema where "type" = 'table' and "name" in (?, ?)`;
    return (await connection.execute(sql, names, true)).rows.length > 0;
  });
  if (!isThere) return;
  await withConnection(place, "builder", (connection) =>
    connection.script(names.map((name) => `drop table if exists "${name}";`).join(" ")),
  );
  await place.directory.files.sync(place.path);
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
