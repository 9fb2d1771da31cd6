// What can be changed of a database as a whole: how large it may become. Its name and its id never change.
import { readCallOptions } from "../base/call-options.js";
import { err, refuse, type Outcome } from "../base/result.js";
import { checkTenantName } from "./database-name.js";
import { getDatabase } from "./find-database.js";
import type { Fleet } from "./fleet.js";
import { checkMaxBytes } from "./max-bytes.js";
import { leaseDatabase } from "./open/lease-database.js";
import type { DatabaseDescription } from "./register/describe-database.js";

/** What `databases.update` changes. */
export interface DatabaseChange {
  /**
   * The most bytes that the database may have, its write-ahead log not counted; at least 4,096. Null takes its own limit
   * away, and the engine's `maxDatabaseBytes` holds for it, if there is one.
   */
  readonly maxBytes: number | null;
}

/** `database_name_invalid`, `database_reserved`, `database_not_found`, `request_invalid`; what opening and writing can end in. */
export async function updateDatabase(
  fleet: Fleet,
  name: unknown,
  change: DatabaseChange,
): Outcome<DatabaseDescription> {
  const checked = checkTenantName(name);
  if (checked.isErr()) return err(checked.error);
  const read = readCallOptions<Partial<DatabaseChange>>(change, { maxBytes: "any" });
  if (read.isErr()) return err(read.error);
  // Left out it would mean "no limit", which nobody says by saying nothing.
  if (read.value.maxBytes === undefined)
    return refuse(
      "request_invalid",
      { parameter: "maxBytes" },
      { message: "Say what to change: maxBytes, a number of bytes, or null for no limit of its own." },
    );
  const maxBytes = checkMaxBytes(read.value.maxBytes);
  if (maxBytes.isErr()) return err(maxBytes.error);
  const changed = await leaseDatabase(fleet, checked.value, undefined, ({ store }) =>
    store.setMaxBytes(maxBytes.value),
  );
  return changed.isErr() ? err(changed.error) : getDatabase(fleet, checked.value);
}
