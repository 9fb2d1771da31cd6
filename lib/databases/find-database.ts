// Which databases there are. The directory decides; the register spares opening the files it knows, and takes in
// those that were put there by hand if this engine made them.
import { err, ok, type Outcome } from "../base/result.js";
import type { StoreEntry } from "../storage/storage.js";
import { adoptDatabase } from "./register/adopt-database.js";
import { checkDatabaseName, databaseNotFound, isDatabaseName, isReservedName, reservedNames } from "./database-name.js";
import { describeForeign, describeRegistered, type DatabaseDescription } from "./register/describe-database.js";
import type { Fleet } from "./fleet.js";

/** All databases: the reserved ones first, then the others by name. */
export async function listDatabases(fleet: Fleet): Outcome<readonly DatabaseDescription[]> {
  const entries = await fleet.storage.list();
  if (entries.isErr()) return err(entries.error);
  const found: DatabaseDescription[] = [];
  for (const entry of entries.value) {
    const described = await describeEntry(fleet, entry);
    if (described.isErr()) return err(described.error);
    found.push(described.value);
  }
  const present = new Set(found.map(({ name }) => name));
  for (const name of fleet.register.names.filter((name) => !present.has(name))) {
    const forgotten = await fleet.pool.hold(name, () => forgetIfGone(fleet, name));
    if (forgotten.isErr()) return err(forgotten.error);
  }
  return ok(found.sort(byListingOrder));
}

/** One database. `database_name_invalid`, `database_not_found`. */
export async function getDatabase(fleet: Fleet, name: unknown): Outcome<DatabaseDescription> {
  const checked = checkDatabaseName(name);
  if (checked.isErr()) return err(checked.error);
  const entry = await fleet.storage.stat(checked.value);
  if (entry.isErr()) return err(entry.error);
  return entry.value ? describeEntry(fleet, entry.value) : databaseNotFound(checked.value);
}

/** Whether a name stands for a database of this engine. `database_name_invalid`. */
export async function databaseExists(fleet: Fleet, name: unknown): Outcome<boolean> {
  const found = await getDatabase(fleet, name);
  if (found.isOk()) return ok(found.value.status === "ready");
  return found.error.code === "database_not_found" ? ok(false) : err(found.error);
}

async function describeEntry(fleet: Fleet, entry: StoreEntry): Outcome<DatabaseDescription> {
  const known = fleet.register.get(entry.name);
  if (known && (known.fingerprint === entry.fingerprint || fleet.pool.peek(entry.name))) {
    return ok(describeRegistered(known, entry.sizeBytes));
  }
  if (!isDatabaseName(entry.name)) return ok(describeForeign(entry, "its name is not a legal database name"));
  // Nobody may have the file open while it is looked at.
  return fleet.pool.hold(entry.name, () => inspectEntry(fleet, entry));
}

async function inspectEntry(fleet: Fleet, entry: StoreEntry): Outcome<DatabaseDescription> {
  const inspected = await fleet.storage.inspect(entry.name);
  if (inspected.isErr()) return err(inspected.error);
  if (inspected.value.status === "foreign") return ok(describeForeign(entry, inspected.value.reason));
  const { identity, schemaVersion } = inspected.value;
  const adopted = await adoptDatabase(fleet, entry.name, identity, schemaVersion);
  if (adopted.isOk()) return ok(describeRegistered(adopted.value, entry.sizeBytes));
  const { error } = adopted;
  return error.is("database_corrupt") ? ok(describeForeign(entry, error.details.reason)) : err(error);
}

async function forgetIfGone(fleet: Fleet, name: string): Outcome<void> {
  const entry = await fleet.storage.stat(name);
  if (entry.isErr()) return err(entry.error);
  return entry.value ? ok(undefined) : fleet.register.remove(name);
}

function byListingOrder(left: DatabaseDescription, right: DatabaseDescription): number {
  return rank(left.name) - rank(right.name) || (left.name < right.name ? -1 : 1);
}

const rank = (name: string): number => (isReservedName(name) ? reservedNames.indexOf(name) : reservedNames.length);
