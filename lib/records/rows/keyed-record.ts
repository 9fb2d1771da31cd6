// One row of a collection by its id, as a query in the two forms that the store asks: for one id, and for those that wait
// together.
import { sql, type RawBuilder } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import { bindValues, type BindContext } from "../../query/values/bind-parameters.js";
import type { Collection } from "../../schema/collection.js";
import type { KeyedRead } from "../query-cache.js";
import type { CompileContext, RecordContext } from "../record-context.js";
import { engineSlot } from "./engine-slot.js";
import { idIs } from "./row-predicates.js";

// No collection has a name with a space.
const keys = "key list";
const id = engineSlot("id");

/** The query for the JSON object `item` of the row of an id that satisfies the predicate. */
export function compileKeyedRead(
  { services: { dialect } }: Pick<CompileContext, "services">,
  collection: Collection,
  item: RawBuilder<string>,
  predicate: RawBuilder<boolean>,
): KeyedRead {
  const { builder } = dialect;
  const table = sql.table(collection.name);
  const key = sql.ref(`${collection.name}.id`);
  const one = sql`select ${item} as "item" from ${table} where ${idIs(collection, id)} and ${predicate}`;
  // A cross join, because SQLite keeps its order: left to choose, it may read all rows of an owner instead of a few by key.
  const many = sql`select ${dialect.keyedItems(key, item)} as "item" from ${dialect.elementsOf(sql`${id}`)} as ${sql.id(keys)} cross join ${table} where ${key} = ${sql.id(keys, "value")} and ${predicate}`;
  const [first, second] = [one.compile(builder), many.compile(builder)];
  const { parameters } = first;
  // The store fills both from the same values.
  const isSame = parameters.every((parameter, at) => parameter === second.parameters[at]);
  const keyAt = parameters.indexOf(id);
  if (!isSame || parameters.length !== second.parameters.length || keyAt < 0) {
    throw new Error("the two forms of a query by key have different values");
  }
  return { query: { one: first.sql, many: second.sql, keyAt }, parameters: parameters.toSpliced(keyAt, 1) };
}

/** The item of an id; undefined when no row of it satisfies the predicate. What compiling ended in is passed on. */
export function runKeyedRead(
  { readByKey }: Pick<RecordContext, "readByKey">,
  compiled: Result<KeyedRead, EngineError>,
  key: string,
  bind: () => BindContext,
): Outcome<string | undefined> {
  if (compiled.isErr()) return Promise.resolve(err(compiled.error));
  const { query, parameters } = compiled.value;
  const values = parameters.length === 0 ? ok([]) : bindValues(parameters, bind());
  return values.isErr() ? Promise.resolve(err(values.error)) : readByKey(query, values.value, key);
}
