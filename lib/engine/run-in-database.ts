// From a handle to a context: a lease on the database, then reads and writes on its store. The only place where the
// engine's handles meet open files.
import type { EngineError } from "../base/errors.js";
import { err, guard, refuse, type Outcome, type ResultAsync } from "../base/result.js";
import { checkDatabaseName } from "../databases/database-name.js";
import type { Fleet } from "../databases/fleet.js";
import { leaseDatabase, type DatabaseBinding } from "../databases/lease-database.js";
import type { OpenDatabase } from "../databases/open-database.js";
import type { RecordContext, RecordServices } from "../records/record-context.js";

/** What every handle of an engine shares. */
export interface EngineCore {
  readonly fleet: Fleet;
  readonly services: RecordServices;
  /** True from the first call of `close` on. */
  readonly isClosed: () => boolean;
}

/** A public call on the engine: refused after `close`, never throwing, never rejecting. */
export function callEngine<T>({ fleet, isClosed }: EngineCore, work: () => Outcome<T>): ResultAsync<T, EngineError> {
  return guard(fleet.logger, async () => (isClosed() ? refuse("engine_closed", {}) : work()));
}

/** A public call in one database. */
export function runInDatabase<T>(
  core: EngineCore,
  name: string,
  binding: DatabaseBinding,
  work: (context: RecordContext, database: OpenDatabase) => Outcome<T>,
): ResultAsync<T, EngineError> {
  return callEngine(core, async () => {
    const checked = checkDatabaseName(name);
    if (checked.isErr()) return err(checked.error);
    return leaseDatabase(core.fleet, name, binding, (database) => work(contextOf(core, database), database));
  });
}

function contextOf({ services }: EngineCore, { store, scope, catalog }: OpenDatabase): RecordContext {
  return {
    databaseName: store.name,
    databaseId: store.identity.id,
    scope,
    catalog,
    services,
    read: (work) => store.read(work),
    write: (work) => store.write(work, { deadlineMs: services.limits.transactionMs }),
  };
}
