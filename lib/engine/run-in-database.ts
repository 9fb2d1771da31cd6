// From a handle to a context: is the caller let in, then a lease on the database, then reads and writes on its store.
// The only place where the engine's handles meet open files.
import { forbidden, policyOf, trustedPolicy } from "../access/access-policy.js";
import type { Principal } from "../access/principal.js";
import type { RecordOperation } from "../access/rule-book.js";
import type { EngineError } from "../base/errors.js";
import { numberOf } from "../base/object-number.js";
import {
  err,
  guard,
  refuse,
  type Outcome,
  type OutcomeOrResult,
  type Result,
  type ResultAsync,
} from "../base/result.js";
import { admitCaller, admitFromMemory, type CallerRequest } from "../databases/rules/admit-caller.js";
import { checkDatabaseName, isReservedName } from "../databases/database-name.js";
import type { Fleet } from "../databases/fleet.js";
import { leaseDatabase, type DatabaseBinding } from "../databases/open/lease-database.js";
import type { OpenDatabase } from "../databases/open/open-database.js";
import type { AuthServices } from "../records/auth/auth-services.js";
import type { RecordContext, RecordServices, RecordWriteOptions } from "../records/record-context.js";
import type { Store } from "../storage/storage.js";

/** What every handle of an engine shares. */
export interface EngineCore {
  readonly fleet: Fleet;
  readonly services: RecordServices;
  /** What the auth operations need beside them. */
  readonly auth: AuthServices;
  /** The auth collection that is meant where none is named. */
  readonly defaultAuthCollection: string;
  /** True from the first call of `close` on. */
  readonly isClosed: () => boolean;
}

/** A database as a handle stands for it. */
export interface DatabaseTarget {
  readonly core: EngineCore;
  readonly name: string;
  readonly binding: DatabaseBinding;
  /** Who asks; undefined for trusted code. */
  readonly principal: Principal | undefined;
  /** What every call ends in; set when the handle was made for something that is no principal. */
  readonly refusal?: EngineError;
}

/** A database as the engine itself asks it. */
export const trustedTarget = (core: EngineCore, name: string, id?: string): DatabaseTarget => ({
  core,
  name,
  binding: { id },
  principal: undefined,
});

/** What a call is about to ask, as far as it is known before the database is open. */
export interface Intent {
  readonly collection?: string | undefined;
  readonly operation?: RecordOperation | undefined;
}

interface CallParts<T> {
  /** Whether it needs the register, which the first moments after open are without. Default true. */
  readonly needsRegister?: boolean;
  /** What becomes of an outcome that was waited for. */
  readonly finish?: ((result: Result<T, EngineError>) => Result<T, EngineError>) | undefined;
}

/**
 * A public call on the engine: refused after `close`, never throwing, never rejecting. In the first moments after open it
 * waits for the register, unless what it asks is known without.
 */
export function callEngine<T>(
  core: EngineCore,
  work: () => OutcomeOrResult<T>,
  { needsRegister = true, finish }: CallParts<T> = {},
): ResultAsync<T, EngineError> {
  const call = (): OutcomeOrResult<T> => {
    if (core.isClosed()) return refuse("engine_closed", {});
    return !needsRegister || core.fleet.register.isLoaded ? work() : afterRegister(core, work);
  };
  return guard(core.fleet.logger, call, finish);
}

async function afterRegister<T>({ fleet, isClosed }: EngineCore, work: () => OutcomeOrResult<T>): Outcome<T> {
  const loaded = await fleet.register.load();
  if (loaded.isErr()) return err(loaded.error);
  return isClosed() ? refuse("engine_closed", {}) : work();
}

/** A public call in one database. `forbidden` before any file is opened when the caller is not let in. */
export function runInDatabase<T>(
  target: DatabaseTarget,
  intent: Intent,
  work: (context: RecordContext, database: OpenDatabase) => Outcome<T>,
): ResultAsync<T, EngineError> {
  const { core, name, binding, principal, refusal } = target;
  const run = (): Outcome<T> =>
    leaseDatabase<T>(core.fleet, name, binding, (database) =>
      isOfAnEarlier(database, principal)
        ? Promise.resolve(refuse("unauthenticated", {}))
        : work(contextOf(core, database, principal), database),
    );
  // No async functions: on the way of every read a frame costs ten times what a callback does (0.4 µs).
  const call = (): OutcomeOrResult<T> => {
    if (refusal) return err(refusal);
    const checked = checkDatabaseName(name);
    if (checked.isErr()) return err(checked.error);
    if (principal === undefined) return run();
    // Written out: behind a spread each property costs half a microsecond.
    const { collection, operation } = intent;
    const request = { collection, operation, principal, databaseName: name };
    const admitted = admitFromMemory(core.fleet, request);
    if (admitted?.isErr()) return err(admitted.error);
    return admitted ? run() : runWhenAdmitted(core.fleet, request, run);
  };
  return callEngine(core, call, {
    needsRegister: principal !== undefined || !isReservedName(name),
    finish:
      principal &&
      ((result) =>
        result.isErr() && isUnknown(core.fleet, principal, name, result.error) ? err(forbidden()) : result),
  });
}

async function runWhenAdmitted<T>(fleet: Fleet, request: CallerRequest, run: () => Outcome<T>): Outcome<T> {
  const admitted = await admitCaller(fleet, request);
  return admitted.isErr() ? err(admitted.error) : run();
}

/** Let in for a database that was deleted while he waited for it, and stands before the next one of its name. */
const isOfAnEarlier = ({ store }: OpenDatabase, principal: Principal | undefined): boolean =>
  principal?.kind === "user" && principal.databaseName === store.name && principal.databaseId !== store.identity.id;

/** Who is no superuser hears the same of a database that does not exist, of a file that is none, and of one that is not his. */
const isUnknown = ({ register }: Fleet, principal: Principal, name: string, { code }: EngineError): boolean =>
  principal.kind !== "superuser" &&
  (code === "database_not_found" || (code === "database_corrupt" && register.get(name) === undefined));

/** What an operation on records is given in an open database. */
export function contextOf(
  { services, fleet }: EngineCore,
  { store, scope, catalog }: OpenDatabase,
  principal: Principal | undefined,
): RecordContext {
  const databaseId = store.identity.id;
  const databaseName = store.name;
  const policy =
    principal === undefined ? trustedPolicy : policyOf({ principal, databaseId, databaseName, rules: fleet.rules });
  const { state, totals, watch, read, readShared, readByKey, write } = callsOn(store, services);
  // One literal: put together of spread parts it cost 5 µs, more than all else that a read needs of the main thread.
  return {
    databaseId,
    databaseName,
    scope,
    catalog,
    services,
    policy,
    state,
    totals,
    watch,
    read,
    readShared,
    readByKey,
    write,
  };
}

type StoreCalls = Pick<RecordContext, "state" | "totals" | "watch" | "read" | "readShared" | "readByKey" | "write">;

const knownCalls = new WeakMap<Store, StoreCalls>();

/** Made once for each store: three closures a call would be felt by every read. */
function callsOn(store: Store, { limits, totals: allTotals }: RecordServices): StoreCalls {
  const made = knownCalls.get(store);
  if (made) return made;
  // The object, not the name: a restored database is opened anew, and is another.
  const name = numberOf(store);
  const totals = allTotals.of(store);
  let known: { readonly state: number | undefined; readonly text: string | undefined } = {
    state: undefined,
    text: undefined,
  };
  const calls: StoreCalls = {
    state: () => {
      const { state } = store;
      // The same text for the same state: it is asked for by every request with a token.
      if (state !== known.state) known = { state, text: state === undefined ? undefined : `${name}.${state}` };
      return known.text;
    },
    totals,
    watch: totals,
    read: (work) => store.read(work),
    readShared: (key, work) => store.readShared(key, work),
    readByKey: (query, values, key) => store.readByKey(query, values, key),
    // Operations on records change rows where the watch hears of it, and nothing else.
    write: (work, { isAlone, makesRoom, shortcut } = {}) => {
      // One by one, because a spread would be felt by every write; the compiler sees to it that none is forgotten.
      const own = { isAlone, makesRoom, shortcut } satisfies Record<keyof RecordWriteOptions<never>, unknown>;
      const { transactionMs: deadlineMs } = limits;
      return store.write(work, Object.assign(own, { deadlineMs, isFollowed: totals !== undefined }));
    },
  };
  knownCalls.set(store, calls);
  return calls;
}
