// A new database: built aside at the newest schema, put in its place whole, then registered.
import { formatTimestamp } from "../base/clock.js";
import { err, ok, refuse, type Outcome } from "../base/result.js";
import type { StoreExecutor, StoreIdentity } from "../storage/storage.js";
import { checkTenantName, scopeOfDatabase } from "./database-name.js";
import { describeRegistered, type DatabaseDescription } from "./register/describe-database.js";
import type { Fleet } from "./fleet.js";
import { runStatements } from "./register/system-tables.js";

/**
 * Makes a database. `database_name_invalid`, `database_reserved`, `database_exists`, `storage_full`.
 * After a crash at any moment it is there whole or not at all.
 */
export async function createDatabase(fleet: Fleet, name: unknown): Outcome<DatabaseDescription> {
  const checked = checkTenantName(name);
  if (checked.isErr()) return err(checked.error);
  const legalName = checked.value;
  return fleet.pool.hold(legalName, () => createFile(fleet, legalName));
}

/** The same for any name, reserved ones included; the caller holds the name. */
export async function createFile(
  fleet: Pick<Fleet, "storage" | "schema" | "register" | "newId" | "clock">,
  name: string,
): Outcome<DatabaseDescription> {
  const identity: StoreIdentity = { id: fleet.newId(), createdAt: formatTimestamp(fleet.clock.now()) };
  const { target, statements } = fleet.schema.upgradeFrom(0, scopeOfDatabase(name));
  const schemaVersion = target.version;
  const build = async (db: StoreExecutor): Outcome<void> => {
    await runStatements(db, statements);
    return ok(undefined);
  };
  const created = await fleet.storage.create(name, identity, schemaVersion, build);
  if (created.isErr()) return err(created.error);
  const entry = await fleet.storage.stat(name);
  if (entry.isErr()) return err(entry.error);
  if (!entry.value)
    return refuse(
      "storage_failed",
      { name },
      { message: `The file of database "${name}" vanished while it was created.` },
    );
  const registered = { name, ...identity, fingerprint: entry.value.fingerprint, schemaVersion };
  const added = await fleet.register.add(registered);
  if (added.isErr()) {
    // Nobody has seen it yet: a failed create must not leave a database behind.
    void (await fleet.storage.remove(name));
    return err(added.error);
  }
  return ok(describeRegistered(registered, entry.value.sizeBytes));
}
