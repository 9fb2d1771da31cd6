// What a database says of itself inside: written once when it is made, read at each open.
import { EngineError, isEngineError } from "../../base/errors.js";
import type { StoreIdentity } from "../storage.js";
import type { Connection } from "./connections/connection.js";
import { applicationId, formatVersion } from "./files/database-file.js";

/** What stands in an open file. */
export interface DatabaseHeader {
  readonly identity: StoreIdentity;
  readonly schemaVersion: number;
  /** The database's own limit of its size; null when it has none. */
  readonly maxBytes: number | null;
}

/** A header as an open file gives it. */
export interface FoundHeader extends DatabaseHeader {
  readonly pageBytes: number;
}

/** Marks an empty database as this engine's. Within the transaction that builds it. */
export async function writeIdentity(
  connection: Connection,
  { identity, schemaVersion, maxBytes }: DatabaseHeader,
): Promise<void> {
  await connection.script(
    `PRAGMA application_id = ${applicationId};
     PRAGMA user_version = ${schemaVersion};
     create table "_engine" ("key" text primary key, "value" text not null) without rowid, strict;`,
  );
  const rows = [
    ["id", identity.id],
    ["createdAt", identity.createdAt],
    ["format", String(formatVersion)],
  ];
  await connection.execute(`insert into "_engine" values (?, ?), (?, ?), (?, ?)`, rows.flat(), false);
  if (maxBytes !== null) await writeMaxBytes(connection, maxBytes);
}

/** Notes the database's own limit; null takes it away. */
export async function writeMaxBytes(connection: Connection, maxBytes: number | null): Promise<void> {
  const [sql, values] =
    maxBytes === null
      ? [`delete from "_engine" where "key" = 'maxBytes'`, []]
      : [`insert or replace into "_engine" values ('maxBytes', ?)`, [String(maxBytes)]];
  await connection.execute(sql, values, false);
}

/** Makes another database of a copy: what was bound to the old id (tokens, cursors, handles) does not reach it. */
export async function rewriteIdentity(connection: Connection, { id, createdAt }: StoreIdentity): Promise<void> {
  const sql = `update "_engine" set "value" = case "key" when 'id' then ? else ? end where "key" in ('id', 'createdAt')`;
  await connection.execute(sql, [id, createdAt], false);
}

// One statement, because every open pays for it.
const readHeader = `select
  (select "value" from "_engine" where "key" = 'id') as "id",
  (select "value" from "_engine" where "key" = 'createdAt') as "createdAt",
  (select "value" from "_engine" where "key" = 'format') as "format",
  (select "value" from "_engine" where "key" = 'maxBytes') as "maxBytes",
  (select "page_size" from pragma_page_size()) as "pageBytes",
  (select "user_version" from pragma_user_version()) as "schemaVersion",
  (select count(*) from sqlite_schema where "type" in ('trigger', 'view') or "sql" like 'create virtual%') as "strange"`;

/** Throws `database_corrupt` with the reason when it is not what the engine writes. */
export async function readIdentity(connection: Connection, name: string): Promise<FoundHeader> {
  const { rows } = await connection.execute(readHeader, [], true).catch((thrown: unknown) => {
    // Without the table the statement does not compile.
    const isMissing = isEngineError(thrown) && thrown.code === "internal";
    throw isMissing ? corrupt(name, "The engine's own table is missing or damaged.", thrown) : thrown;
  });
  const [row = {}] = rows;
  const { id, createdAt, format, schemaVersion, pageBytes, strange } = row;
  const maxBytes = readMaxBytes(row["maxBytes"]);
  const isWhole = typeof schemaVersion === "number" && typeof pageBytes === "number" && maxBytes !== undefined;
  if (typeof id !== "string" || typeof createdAt !== "string" || !isWhole) {
    throw corrupt(name, "The engine's own table is incomplete.");
  }
  if (format !== String(formatVersion)) {
    throw corrupt(
      name,
      `It has file format ${String(format)}, this engine knows ${formatVersion}: a newer engine made it.`,
    );
  }
  // A crafted view or virtual table runs code of SQLite that ours never reach.
  if (strange !== 0) throw corrupt(name, "It holds triggers, views or virtual tables; the engine makes none.");
  return { identity: { id, createdAt }, schemaVersion, maxBytes, pageBytes };
}

/** Undefined for what is no limit. */
function readMaxBytes(text: unknown): number | null | undefined {
  if (text === null || text === undefined) return null;
  const bytes = typeof text === "string" && /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function corrupt(name: string, reason: string, cause?: unknown): EngineError {
  return new EngineError("database_corrupt", { name, reason }, { cause });
}
