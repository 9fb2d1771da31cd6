// How every call reaches a database: a lease from the pool, at the newest schema, and of the very database that
// the caller's handle stands for.
import { err, ok, refuse, type Outcome } from "../../base/result.js";
import { adoptDatabase } from "../register/adopt-database.js";
import type { Fleet } from "../fleet.js";
import type { LeaseOptions } from "./database-pool.js";
import type { OpenDatabase } from "./open-database.js";

/** A handle's memory of the database that it was made for. */
export interface DatabaseBinding {
  /** The database's random id, known from the first use on. */
  id: string | undefined;
}

/**
 * Lends the database to `work`. `database_not_found` also when the name now belongs to a later database than
 * the one that the binding stands for.
 */
export function leaseDatabase<T>(
  fleet: Fleet,
  name: string,
  binding: DatabaseBinding | undefined,
  work: (database: OpenDatabase) => Outcome<T>,
  options?: LeaseOptions,
): Outcome<T> {
  const use = (database: OpenDatabase): Outcome<T> => {
    const { id } = database.store.identity;
    if (binding) {
      if (binding.id !== undefined && binding.id !== id) {
        const message = `The database "${name}" of this handle was deleted or restored, and another has its name now; take a new handle with engine.db("${name}").`;
        return Promise.resolve(refuse("database_not_found", { name }, { message }));
      }
      binding.id = id;
    }
    // The usual case goes on at once: each await here would be felt by every read.
    return database.isCurrent && isRegistered(fleet, database) ? work(database) : prepare(fleet, database, work);
  };
  return fleet.pool.lease(name, use, options);
}

/** Lends the database as it stands: opening it does not bring it to the newest schema. For whoever only reads the whole of it. */
export async function leaseAsFound<T>(
  { pool, asFound }: Fleet,
  name: string,
  work: (database: OpenDatabase) => Outcome<T>,
): Outcome<T> {
  // Whoever else comes while it is opened finds it late, and brings it up to date as always.
  asFound.add(name);
  try {
    return await pool.lease(name, work, { isPassing: true });
  } finally {
    asFound.delete(name);
  }
}

const isRegistered = ({ register }: Fleet, { store, catalog }: OpenDatabase): boolean => {
  const known = register.get(store.name);
  return known?.id === store.identity.id && known.schemaVersion === catalog.version;
};

async function prepare<T>(
  fleet: Fleet,
  database: OpenDatabase,
  work: (database: OpenDatabase) => Outcome<T>,
): Outcome<T> {
  if (!database.isCurrent) {
    const caughtUp = await database.catchUp();
    if (caughtUp.isErr()) return err(caughtUp.error);
  }
  if (!isRegistered(fleet, database)) {
    const registered = await register(fleet, database);
    if (registered.isErr()) return err(registered.error);
  }
  return work(database);
}

/** A file that was put into the directory while the engine ran is taken in at its first use. */
async function register(fleet: Fleet, { store, catalog }: OpenDatabase): Outcome<void> {
  if (fleet.register.get(store.name)?.id === store.identity.id) {
    fleet.register.noteSchemaVersion(store.name, catalog.version);
    return ok(undefined);
  }
  const adopted = await adoptDatabase(fleet, store.name, store.identity, catalog.version);
  return adopted.isErr() ? err(adopted.error) : ok(undefined);
}
