// Database files seen from below the engine: through the driver alone. Only for files that no engine has open, unless
// nothing is written.
import type { DriverRow } from "../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";

/** The rows of one statement. */
export async function queryFile(path: string, sql: string): Promise<DriverRow[]> {
  const connection = await nodeSqlite3Driver.open(path, "readwrite");
  try {
    const statement = await connection.prepare(sql);
    return await statement.all([]);
  } finally {
    await connection.close();
  }
}

/** Runs statements on a file, which is made if it is not there. */
export async function changeFile(path: string, script: string): Promise<void> {
  const connection = await nodeSqlite3Driver.open(path, "create");
  try {
    await connection.exec(script);
  } finally {
    await connection.close();
  }
}

/** What SQLite finds wrong with a file; `ok` when nothing. */
export async function integrityOf(path: string): Promise<string> {
  const rows = await queryFile(path, "PRAGMA integrity_check");
  return rows.map((row) => String(row["integrity_check"])).join("\n");
}
