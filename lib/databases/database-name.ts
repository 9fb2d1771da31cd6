// Which words may name a database. Names become file names, so they are checked here, in the engine, and
// never normalised: a name is legal as it stands or refused.
import { EngineError } from "../base/errors.js";
import { err, ok, refuse, type Result } from "../base/result.js";
import { shownValue } from "../base/shown.js";
import type { DatabaseScope } from "../schema/catalog.js";

// 63 characters, as DNS labels have: a tenant's name often becomes its subdomain.
const namePattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The databases that exist from the first open and can be neither created nor deleted, in listing order. */
export const reservedNames = ["default", "stats", "workflows"] as const;
export type ReservedName = (typeof reservedNames)[number];

export const defaultDatabaseName: ReservedName = "default";

export const isReservedName = (name: string): name is ReservedName =>
  (reservedNames as readonly string[]).includes(name);

/** Which of the schema's collections stand in a database of this name. */
export const scopeOfDatabase = (name: string): DatabaseScope => (isReservedName(name) ? name : "tenants");

/** Whether a word is a legal name, without a reason. */
export const isDatabaseName = (name: unknown): name is string => typeof name === "string" && namePattern.test(name);

/** The name itself, or `database_name_invalid`. */
export function checkDatabaseName(name: unknown): Result<string, EngineError> {
  if (isDatabaseName(name)) return ok(name);
  const shown = JSON.stringify(shownValue(name));
  return err(
    new EngineError(
      "database_name_invalid",
      { name: shownValue(name) },
      {
        message: `${shown} cannot name a database: use 1 to 63 characters of a-z, 0-9, _ and -, starting with a letter or digit. Names are never lower-cased or trimmed for you.`,
      },
    ),
  );
}

/** A name that users may create and delete: `database_name_invalid`, `database_reserved`. */
export const checkTenantName = (name: unknown): Result<string, EngineError> =>
  checkDatabaseName(name).andThen((legalName) =>
    isReservedName(legalName)
      ? refuse(
          "database_reserved",
          { name: legalName },
          {
            message: `"${legalName}" is reserved: it is there from the first open, and is neither created nor deleted.`,
          },
        )
      : ok(legalName),
  );

export const databaseNotFound = (name: string): Result<never, EngineError> =>
  refuse(
    "database_not_found",
    { name },
    { message: `There is no database "${name}"; create it with databases.create.` },
  );
