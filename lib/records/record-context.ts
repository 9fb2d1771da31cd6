// What an operation on records is given: where to read and write, the schema as that database has it, and the
// engine's services. Nothing here is global: the database is an argument.
import type { Clock } from "../base/clock.js";
import type { IdGenerator } from "../base/ids.js";
import type { EngineLimits } from "../base/limits.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import { EngineError } from "../base/errors.js";
import { shownValue } from "../base/shown.js";
import type { AccessPolicy } from "../access/access-policy.js";
import type { PasswordHasher } from "../access/password-hash.js";
import type { Catalog, DatabaseScope } from "../schema/catalog.js";
import type { Collection } from "../schema/collection.js";
import { recordIdPattern } from "../schema/record-id.js";
import type { StoreDialect } from "../storage/store-dialect.js";
import type { KeyedQuery, StoreExecutor, StoreValue, WriteOptions } from "../storage/storage.js";
import type { QueryCache } from "./query-cache.js";
import type { RowWatch } from "./rows/changing-rows.js";
import type { DatabaseTotals } from "./totals/database-totals.js";
import type { RememberedTotals } from "./totals/remembered-totals.js";

/** The engine's services, the same for all databases. */
export interface RecordServices {
  readonly dialect: StoreDialect;
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly limits: EngineLimits;
  readonly passwords: PasswordHasher;
  readonly queries: QueryCache;
  readonly totals: RememberedTotals;
  /** Signs the cursors of a database; another database's key differs. */
  readonly cursorKey: (databaseId: string) => Uint8Array;
}

/** How a write may go. */
export type RecordWriteOptions<T> = Pick<WriteOptions<T>, "isAlone" | "makesRoom" | "shortcut">;

/** One database for the time of one call, or of one transaction. */
export interface RecordContext {
  readonly databaseName: string;
  readonly databaseId: string;
  readonly scope: DatabaseScope;
  readonly catalog: Catalog;
  readonly services: RecordServices;
  /** What the caller may do. */
  readonly policy: AccessPolicy;
  /** Hears of every change of rows. Default: nobody does. */
  readonly watch?: RowWatch | undefined;
  /** Set for the engine's own writes to its system collections, which users only read. */
  readonly mayWriteSystem?: true;
  read<T>(work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
  /**
   * A name for what stands in this database, of all databases and moments; undefined while nobody can tell, as between
   * a commit and its acknowledgement, and inside of a transaction.
   */
  readonly state: () => string | undefined;
  /** What lists remember of their totals. Default: nothing, as inside of a transaction. */
  readonly totals?: DatabaseTotals | undefined;
  /** As `Store.readShared`: once for all who wait with the same key. */
  readShared<T>(key: string, work: (db: StoreExecutor) => Outcome<T>): Outcome<T>;
  /** As `Store.readByKey`: reads that wait together share one trip. */
  readByKey(query: KeyedQuery, values: readonly StoreValue[], key: string): Outcome<string | undefined>;
  /**
   * All or nothing: a transaction, shared with whoever writes at the same time, or a savepoint within the caller's. The
   * work may run again after it was undone, unless it `isAlone`.
   */
  write<T>(work: (db: StoreExecutor) => Outcome<T>, options?: RecordWriteOptions<T>): Outcome<T>;
}

/** A context as compiling needs it: without its store. */
export type CompileContext = Omit<RecordContext, "read" | "readShared" | "readByKey" | "write" | "state" | "totals">;

/** The live collection of a name, or `collection_not_found` with what is known about it. */
export function requireCollection(context: RecordContext, name: string): Result<Collection, EngineError> {
  const collection = context.catalog.live(name, context.scope);
  if (collection) return ok(collection);
  // What was deleted is the app's own affair.
  const hidden = context.policy.bypassesRules ? context.catalog.collections.get(name) : undefined;
  const message = hidden?.isDeleted
    ? `The collection "${name}" is deleted; collections.undelete("${name}") brings it back with its records.`
    : hidden
      ? `The collection "${name}" does not stand in database "${context.databaseName}".`
      : `There is no collection "${shownValue(name)}".`;
  return err(new EngineError("collection_not_found", { collection: shownValue(name) }, { message }));
}

const isSystemScope = (scope: DatabaseScope): boolean => scope === "stats" || scope === "workflows";

/** A collection that users may write in this database, or `database_reserved`. */
export function requireWritable(context: RecordContext, name: string): Result<Collection, EngineError> {
  const found = requireCollection(context, name);
  if (found.isErr() || context.mayWriteSystem || !(found.value.isSystem || isSystemScope(context.scope))) return found;
  return refuse(
    "database_reserved",
    { name: context.databaseName },
    { message: `The collection "${name}" belongs to the engine and is only read.` },
  );
}

const legalId = new RegExp(recordIdPattern);

/** Whether a value can be a record's id at all: untyped callers pass anything, and only texts may be bound. */
export const isRecordId = (id: unknown): id is string => typeof id === "string" && legalId.test(id);

export const recordNotFound = (collection: string, id: string): Result<never, EngineError> =>
  refuse(
    "record_not_found",
    { collection, id: shownValue(id) },
    { message: `There is no record "${shownValue(id)}" in "${collection}".` },
  );
