// A database is removed for good: after its last reader has left, with its write-ahead log, and its id dies with it.
import { err, ok, refuse, type Outcome } from "../base/result.js";
import { checkTenantName, databaseNotFound } from "./database-name.js";
import type { Fleet } from "./fleet.js";

/**
 * Removes a database. `database_name_invalid`, `database_reserved`, `database_not_found`; `database_corrupt` for
 * a file that this engine did not make, which stays untouched. A damaged file of its own is removed.
 */
export async function deleteDatabase(fleet: Fleet, name: unknown): Outcome<void> {
  const checked = checkTenantName(name);
  if (checked.isErr()) return err(checked.error);
  const legalName = checked.value;
  return fleet.pool.hold(legalName, async () => {
    const entry = await fleet.storage.stat(legalName);
    if (entry.isErr()) return err(entry.error);
    if (!entry.value) {
      const forgotten = await fleet.register.remove(legalName);
      return forgotten.isErr() ? err(forgotten.error) : databaseNotFound(legalName);
    }
    if (fleet.register.get(legalName)?.fingerprint !== entry.value.fingerprint) {
      const inspected = await fleet.storage.inspect(legalName);
      if (inspected.isErr()) return err(inspected.error);
      if (inspected.value.status === "foreign") {
        const { reason } = inspected.value;
        return refuse(
          "database_corrupt",
          { name: legalName, reason },
          { message: `"${legalName}.db" was not deleted. ${reason}` },
        );
      }
    }
    const removed = await fleet.storage.remove(legalName);
    if (removed.isErr()) return err(removed.error);
    // The file is gone, so the delete has happened; a stale line in the register is put right by the next listing.
    const forgotten = await fleet.register.remove(legalName);
    if (forgotten.isErr())
      fleet.logger.warn({ err: forgotten.error, database: legalName }, "a deleted database is still registered");
    return ok(undefined);
  });
}
