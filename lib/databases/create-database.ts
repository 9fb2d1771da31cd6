// A new database: built aside at the newest schema, put in its place whole, then registered.
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Outcome } from "../base/result.js";
import type { StoreExecutor, StoreIdentity } from "../storage/storage.js";
import { checkTenantName, scopeOfDatabase } from "./database-name.js";
import { describeRegistered, type DatabaseDescription } from "./register/describe-database.js";
import type { Fleet } from "./fleet.js";
import { checkMaxBytes } from "./max-bytes.js";
import { runStatements } from "./register/system-tables.js";

/**
 * Makes a database, with a limit of its size or without. `database_name_invalid`, `database_reserved`, `database_exists`,
 * `request_invalid` for the limit, `storage_full`.
 * After a crash at any moment it is there whole or not at all.
 */
export async function createDatabase(fleet: Fleet, name: unknown, maxBytes?: unknown): Outcome<DatabaseDescription> {
  const checked = checkTenantName(name);
  if (checked.isErr()) return err(checked.error);
  const legalName = checked.value;
  const limit = checkMaxBytes(maxBytes);
  if (limit.isErr()) return err(limit.error);
  return fleet.pool.hold(legalName, () => createFile(fleet, legalName, limit.value));
}

/** The same for any name, reserved ones included; the caller holds the name. */
export async function createFile(
  fleet: Pick<Fleet, "storage" | "schema" | "register" | "newId" | "clock">,
  name: string,
  maxBytes: number | null = null,
): Outcome<DatabaseDescription> {
  const identity: StoreIdentity = { id: fleet.newId(), createdAt: formatTimestamp(fleet.clock.now()) };
  const scope = scopeOfDatabase(name);
  const { target, statements } = fleet.schema.upgradeFrom(0, scope);
  const schemaVersion = target.version;
  const build = async (db: StoreExecutor): Outcome<void> => {
    await runStatements(db, statements);
    return ok(undefined);
  };
  const created = await fleet.storage.create(name, identity, schemaVersion, build, {
    maxBytes,
    // The reserved ones are made once.
    template: scope === "tenants" ? `${scope} ${schemaVersion}` : undefined,
    alongside: ({ fingerprint }) => fleet.register.add({ name, ...identity, fingerprint, schemaVersion }),
  });
  if (created.isOk()) {
    const { fingerprint, sizeBytes } = created.value;
    return ok(describeRegistered({ name, ...identity, fingerprint, schemaVersion }, sizeBytes));
  }
  // The name may be that of a database that stands: only what was noted of this one is forgotten.
  if (fleet.register.get(name)?.id === identity.id) void (await fleet.register.remove(name));
  return err(created.error);
}
