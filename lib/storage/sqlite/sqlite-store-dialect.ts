// What SQLite says for the expressions of the store's dialect. Must never put a value into the SQL text.
import { comparisonWords } from "../comparison-words.js";
import { sql, type Expression, type RawBuilder } from "kysely";
import type { ColumnKind, PackedTable, StoreDialect } from "../store-dialect.js";
import { createExecutor } from "./connections/kysely-dialect.js";
import {
  packAny,
  packRows,
  packValues,
  rowPlace,
  rowsOf,
  unpackedAny,
  unpackedValue,
  type RowSource,
} from "./packed-rows.js";
import { planOf, readPlan } from "./query-plan.js";

// NUMERIC keeps a whole number as an integer and any other as its double: both come back bit by bit. The driver
// binds integers from 2^31 on as doubles, and this affinity turns them back.
const columnTypes: Readonly<Record<ColumnKind, RawBuilder<unknown>>> = {
  text: sql`text`,
  number: sql`numeric`,
  boolean: sql`integer`,
  json: sql`text`,
};

/** SQLite keeps any value in any column. */
const kindChecks: Readonly<Record<ColumnKind, (column: Expression<unknown>) => RawBuilder<boolean>>> = {
  text: (column) => sql`typeof(${column}) in ('text', 'null')`,
  number: (column) => sql`typeof(${column}) in ('integer', 'real', 'null')`,
  boolean: (column) => sql`(${column} is null or (typeof(${column}) = 'integer' and ${column} in (0, 1)))`,
  // Not JSONB, which is a blob.
  json: (column) => sql`(${column} is null or (typeof(${column}) = 'text' and json_valid(${column})))`,
};

// SQLITE_MAX_FUNCTION_ARG is 1,000 as it is built: an object and 499 keys with their values.
const maxObjectEntries = 499;

/** A number as JSON that reads back as the same double. */
function exactNumber(n: Expression<unknown>): RawBuilder<unknown> {
  // json_object renders a double with 15 digits (0.1 + 0.2 becomes 0.3) and '%!.17g' is wrong in the last bit now and
  // then; 18 digits are right, but slower. IEEE division is correctly rounded, so a number that the division gives
  // back has at most 15 digits and needs no more (0 of 800,000 random doubles wrong).
  return sql`case when typeof(${n}) <> 'real' or (abs(${n}) < 1e3 and round(${n} * 1e12) / 1e12 = ${n}) or (abs(${n}) < 1e9 and round(${n} * 1e6) / 1e6 = ${n}) then ${n} else json(printf('%!.18g', ${n})) end`;
}

function jsonValue(kind: ColumnKind, value: Expression<unknown>, ifNull: "null" | "[]" = "null"): RawBuilder<unknown> {
  switch (kind) {
    case "text":
      return sql`${value}`;
    case "number":
      return exactNumber(value);
    case "boolean":
      return sql`case ${value} when 1 then json('true') when 0 then json('false') end`;
    case "json":
      return ifNull === "[]" ? sql`json(coalesce(${value}, '[]'))` : sql`json(${value})`;
  }
}

function jsonObject(entries: ReadonlyArray<readonly [key: string, value: Expression<unknown>]>): RawBuilder<string> {
  const first = entries.slice(0, maxObjectEntries).map(([key, value]) => sql`${sql.lit(key)}, ${value}`);
  let object = sql<string>`json_object(${sql.join(first)})`;
  // json_patch would drop the nulls; json_set keeps them.
  for (let from = maxObjectEntries; from < entries.length; from += maxObjectEntries) {
    const more = entries.slice(from, from + maxObjectEntries);
    object = sql`json_set(${object}, ${sql.join(more.map(([key, value]) => sql`${sql.lit(jsonPath([key]))}, ${value}`))})`;
  }
  return object;
}

/** `$."a"."b"[0]`: bound as a value, never part of the SQL. */
function jsonPath(path: readonly (string | number)[]): string {
  return "$" + path.map((step) => (typeof step === "number" ? `[${step}]` : `.${JSON.stringify(step)}`)).join("");
}

/** SQLite's words for what the floors above need, beside those for rows that travel together. */
const words = {
  name: "sqlite",
  builder: createExecutor(() => Promise.reject(new Error("a builder runs nothing"))),
  planOf,
  readPlan,
  columnType: (kind) => columnTypes[kind],
  isOfKind: (kind, column) => kindChecks[kind](column),
  jsonValue,
  jsonObject,
  // A sorter between the object and this call loses the mark that says "this text is JSON": json_group_array(json(…))
  // would parse each row again (1.30 µs a row against 0.85 µs).
  jsonArrayOf: (value) => sql<string>`'[' || coalesce(group_concat(${value}, ','), '') || ']'`,
  // No key holds a brace and no JSON text a line break, so each line is a key and the object of its row.
  keyedItems: (key, item) => sql<string | null>`group_concat(${key} || ${item}, char(10))`,
  packValues,
  packAny,
  packRows,
  unpackedValue,
  elementsOf: (list) => sql`json_each(${list})`,
  elementScalar: (alias) =>
    sql`case when ${sql.id(alias, "type")} not in ('object', 'array') then ${sql.id(alias, "value")} end`,
  elementPresent: (alias) => sql<boolean>`${sql.id(alias, "type")} <> 'null'`,
  elementCount: (list) => sql<number>`coalesce(json_array_length(${list}), 0)`,
  jsonScalar: (document, path) => {
    const at = jsonPath(path);
    return sql`case when json_type(${document}, ${at}) not in ('object', 'array') then json_extract(${document}, ${at}) end`;
  },
  jsonList: (document, path) => {
    const at = jsonPath(path);
    return sql`case when json_type(${document}, ${at}) = 'array' then json_extract(${document}, ${at}) end`;
  },
  jsonPresent: (document, path) => sql<boolean>`coalesce(json_type(${document}, ${jsonPath(path)}), 'null') <> 'null'`,
  compareScalars: (operator, left, right) => {
    // The plus takes a column's affinity away: without it, text that looks like a number equals the number.
    const compared = sql<boolean>`+${left} ${comparisonWords[operator]} +${right}`;
    if (operator === "=" || operator === "!=") return compared;
    return sql`case when (typeof(${left}) = 'text') = (typeof(${right}) = 'text') then ${compared} when ${left} is null or ${right} is null then null else false end`;
  },
  isTextScalar: (scalar) => sql<boolean>`typeof(${scalar}) = 'text'`,
  like: (text, pattern) => sql<boolean>`${text} like ${pattern} escape '\\'`,
  contains: (text, part) => sql<boolean>`instr(lower(${text}), lower(${part})) > 0`,
  lower: (text) => sql<string>`lower(${text})`,
} satisfies Partial<StoreDialect>;

/** The words of a SQLite that has the row source. */
export const createSqliteStoreDialect = (source: RowSource): StoreDialect => ({
  ...words,
  unpackRows: (kinds, packed) =>
    sql`select ${sql.join(kinds.map((_, column) => unpackedValue(kinds, column)))} from ${rowsOf(source, packed)}`,
  unpackTable: (table) => unpackTable(source, table),
});

/** A cast changes no value here, but without it nothing would compare as it does with the table's column. */
function unpackTable(
  source: RowSource,
  { names, kinds, unset, anyNames, key, packed }: PackedTable,
): RawBuilder<unknown> {
  const columns = [
    sql`${rowPlace} as ${sql.id(key)}`,
    ...kinds.map(
      (kind, column) =>
        sql`cast(${unpackedValue(kinds, column)} as ${columnTypes[kind]}) as ${sql.id(names[column] as string)}`,
    ),
    ...unset.map((name) => sql`null as ${sql.id(name)}`),
    ...anyNames.map((name, index) => sql`${unpackedAny(kinds, index)} as ${sql.id(name)}`),
  ];
  return sql`(select ${sql.join(columns)} from ${rowsOf(source, packed)})`;
}

/** The words of the SQLite that the engine comes with. */
export const sqliteStoreDialect: StoreDialect = createSqliteStoreDialect("jsonb_each");
