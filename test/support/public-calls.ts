// Every public call of an engine under one name, for tests that throw anything at all of them.
import {
  ok,
  type Collection,
  type Database,
  type EngineError,
  type Result,
  type TenantEngine,
} from "../../lib/index.js";

/** A call with its arguments untyped, as JavaScript sees it. */
export type PublicCall = (...args: readonly unknown[]) => Promise<Result<unknown, EngineError>>;

type Method = (...args: readonly unknown[]) => unknown;

/** Runs a method; a throw or a rejection fails the test, and so does anything but a Result. */
async function settle(target: object, method: string, args: readonly unknown[]): Promise<Result<unknown, EngineError>> {
  const given: unknown = await (target as Record<string, Method>)[method]?.(...args);
  if (typeof given === "object" && given !== null && "isErr" in given) return given as Result<unknown, EngineError>;
  throw new Error(`${method} gave no Result`);
}

/** The last thing that an iteration gives, or an empty success. */
async function lastOf(collection: Collection, args: readonly unknown[]): Promise<Result<unknown, EngineError>> {
  const records = collection.iterate(...(args as Parameters<Collection["iterate"]>));
  let last: Result<unknown, EngineError> = ok(undefined);
  for await (const given of records) last = given;
  return last;
}

const collectionMethods = [
  "getList",
  "getListText",
  "getOne",
  "getOneText",
  "getFirst",
  "count",
  "create",
  "createMany",
  "update",
  "delete",
  "undelete",
  "purge",
] as const;

/** The calls on one collection's records. */
export function collectionCalls(collection: Collection): Readonly<Record<string, PublicCall>> {
  const calls: Record<string, PublicCall> = {};
  for (const method of collectionMethods) calls[method] = (...args) => settle(collection, method, args);
  calls["iterate"] = (...args) => lastOf(collection, args);
  return calls;
}

/** The calls on an engine and its schema; those on records are in {@link collectionCalls}. */
export function engineCalls(engine: TenantEngine, db: Database): Readonly<Record<string, PublicCall>> {
  const calls: Record<string, PublicCall> = {};
  for (const method of ["create", "get", "exists", "delete", "list", "migrateAll"]) {
    calls[`databases.${method}`] = (...args) => settle(engine.databases, method, args);
  }
  for (const method of ["create", "list", "get", "update", "delete", "undelete", "deleteField", "undeleteField"]) {
    calls[`collections.${method}`] = (...args) => settle(engine.collections, method, args);
  }
  calls["transaction"] = (...args) => settle(db, "transaction", args);
  calls["db().collection().getList"] = (name, collection) =>
    settle(engine.db(name as string).collection(collection as string), "getList", []);
  calls["db().collection().create"] = (name, collection, data) =>
    settle(engine.db(name as string).collection(collection as string), "create", [data]);
  return calls;
}
