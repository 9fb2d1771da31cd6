// The engine's own tables in the default database: the schema log, and the register of databases. They are no
// collections: no call of the API reads or writes them.
import { CompiledQuery } from "kysely";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import type { EngineError } from "../../base/errors.js";
import { parseSchemaLogEntry, type SchemaLogEntry } from "../../schema/schema-change.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";

const logTable = "_schema_log";
const registerTable = "_databases";

// Each row binds five values; 5,000 rows stay below SQLite's 32,766 variables.
const registerRowsPerStatement = 5_000;

/** A database as the default database remembers it, so that it can be listed and its tokens checked without opening it. */
export interface RegisteredDatabase {
  readonly name: string;
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Tells whether another file was put in its place. */
  readonly fingerprint: string;
  /** The schema version when it was last seen; the file knows better. */
  readonly schemaVersion: number;
}

/** Makes the tables. Runs once, in the creation of the default database. */
export async function createSystemTables(db: StoreExecutor): Promise<void> {
  await db.schema
    .createTable(logTable)
    .addColumn("version", "integer", (column) => column.primaryKey().notNull())
    .addColumn("at", "text", (column) => column.notNull())
    .addColumn("change", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable(registerTable)
    .addColumn("name", "text", (column) => column.primaryKey().notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("schema_version", "integer", (column) => column.notNull())
    .execute();
}

export async function appendToLog(db: StoreExecutor, entries: readonly SchemaLogEntry[]): Promise<void> {
  for (const { version, at, change } of entries) {
    await db
      .insertInto(logTable)
      .values({ version, at, change: JSON.stringify(change) })
      .execute();
  }
}

/** The whole log in order. Err when an entry comes from a newer engine. */
export async function readLog(db: StoreExecutor): Outcome<readonly SchemaLogEntry[]> {
  const rows = await db.selectFrom(logTable).selectAll().orderBy("version").execute();
  const entries: SchemaLogEntry[] = [];
  for (const row of rows) {
    const entry: Result<SchemaLogEntry, EngineError> = parseSchemaLogEntry({
      version: row["version"],
      at: row["at"],
      change: parseJson(row["change"]),
    });
    if (entry.isErr()) return err(entry.error);
    entries.push(entry.value);
  }
  return ok(entries);
}

/** The registered databases behind a name in the order of names, at most `limit` of them. */
export async function readRegistered(
  db: StoreExecutor,
  after: string,
  limit: number,
): Promise<readonly RegisteredDatabase[]> {
  const query = db.selectFrom(registerTable).selectAll().where("name", ">", after).orderBy("name").limit(limit);
  return (await query.execute()).map(registeredOf);
}

/** Those of the names that are registered. */
export async function readRegisteredNames(
  db: StoreExecutor,
  names: readonly string[],
): Promise<readonly RegisteredDatabase[]> {
  return (await db.selectFrom(registerTable).selectAll().where("name", "in", names).execute()).map(registeredOf);
}

const registeredOf = (row: StoreRow): RegisteredDatabase => ({
  name: String(row["name"]),
  id: String(row["id"]),
  createdAt: String(row["created_at"]),
  fingerprint: String(row["fingerprint"]),
  schemaVersion: Number(row["schema_version"]),
});

export async function saveRegistered(db: StoreExecutor, databases: readonly RegisteredDatabase[]): Promise<void> {
  for (let start = 0; start < databases.length; start += registerRowsPerStatement) {
    const rows = databases.slice(start, start + registerRowsPerStatement).map((database) => ({
      name: database.name,
      id: database.id,
      created_at: database.createdAt,
      fingerprint: database.fingerprint,
      schema_version: database.schemaVersion,
    }));
    await db.replaceInto(registerTable).values(rows).execute();
  }
}

export async function deleteRegistered(db: StoreExecutor, name: string): Promise<void> {
  await db.deleteFrom(registerTable).where("name", "=", name).execute();
}

/** Runs statements that bind no values, within the transaction of whoever gives them. */
export async function runStatements(db: StoreExecutor, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await db.executeQuery(CompiledQuery.raw(statement));
}

/** Damaged text is no change: the entry's own check says so with its version. */
function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return undefined;
  }
}
