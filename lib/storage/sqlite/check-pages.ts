// Whether a database file is sound from end to end. It reads everything: not for what is opened in a hurry.
import { EngineError } from "../../base/errors.js";
import type { Connection } from "./connections/connection.js";

/**
 * Every page, every index against its table. Throws `database_corrupt`. SQLite's own words name tables and pages: they are the cause, not the
 * reason.
 */
export async function checkPages(connection: Connection, name: string): Promise<void> {
  const { rows } = await connection.execute("pragma integrity_check(1)", [], true);
  const found = rows[0]?.["integrity_check"];
  if (found === "ok") return;
  const reason = "SQLite found that the file is damaged.";
  throw new EngineError("database_corrupt", { name, reason }, { cause: new Error(String(found)) });
}
