// Which words may name a database: the server's own rule. Checked here too, because what is no name cannot be sent as
// one, and an undefined one must never come to mean the default database.
import { refusal } from "./client-error.js";

const databaseName = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The name itself. Throws `database_name_invalid`. */
export function checkedDatabaseName(name: unknown): string {
  if (typeof name === "string" && databaseName.test(name)) return name;
  const shown = typeof name === "string" ? `"${name.slice(0, 80)}"` : name === null ? "null" : typeof name;
  throw refusal(
    "database_name_invalid",
    `${shown} cannot name a database: use 1 to 63 characters of a-z, 0-9, _ and -, starting with a letter or digit.`,
  );
}
