// What differs between stores in the SQL of the floors above: column types, JSON projection, pattern matching.
// Everything here gives Kysely expressions; values stay bound.
import type { CompiledQuery, Expression, RawBuilder } from "kysely";
import type { StoreExecutor, StoreValue } from "./store-executor.js";

/** How a column is kept. `json` holds a JSON text: documents, and the lists of multiple fields. */
export type ColumnKind = "text" | "number" | "boolean" | "json";

/** How two scalars may be compared. */
export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** One step of how a store answers a query. */
export interface PlanStep {
  /** In the store's own words. */
  readonly detail: string;
  /** How deep the step stands in the plan; 0 for the outermost. */
  readonly depth: number;
  /** The table, by its name in the query, that is read from end to end; undefined when an index narrows it. */
  readonly scans: string | undefined;
  /** Whether rows are sorted aside because no index has their order. */
  readonly sorts: boolean;
}

/** Packed rows as a table. */
export interface PackedTable {
  /** The columns, in their order. */
  readonly names: readonly string[];
  readonly kinds: readonly ColumnKind[];
  /** Columns that hold null. */
  readonly unset: readonly string[];
  /** The columns of what `packAny` gave. */
  readonly anyNames: readonly string[];
  /** The column of a row's place among the others, from 0. */
  readonly key: string;
  readonly packed: Expression<unknown>;
}

export interface StoreDialect {
  readonly name: string;
  /** Builds and compiles queries for this store; runs none. */
  readonly builder: StoreExecutor;

  /** The query that asks how a query would be answered, without running it; its rows are for {@link readPlan}. */
  planOf(query: CompiledQuery): CompiledQuery;
  readPlan(rows: readonly unknown[]): readonly PlanStep[];

  /** The column type of the kind, for DDL. */
  columnType(kind: ColumnKind): RawBuilder<unknown>;
  /** Whether what a column of the kind holds is of that kind, or null: a file from outside may hold anything. */
  isOfKind(kind: ColumnKind, column: Expression<unknown>): RawBuilder<boolean>;

  // Projection: the store builds the JSON text of records.

  /** A column as the JSON value that it stands for, exactly: numbers keep every bit, booleans are true and false. */
  jsonValue(kind: ColumnKind, value: Expression<unknown>, ifNull?: "null" | "[]"): RawBuilder<unknown>;
  /** One JSON object. Keys come from the schema. */
  jsonObject(entries: ReadonlyArray<readonly [key: string, value: Expression<unknown>]>): RawBuilder<string>;
  /**
   * All rows' `value`, which is a JSON text such as `jsonObject` gives, as one JSON array in the order of the rows; `[]`
   * for none. As an entry of another `jsonObject` it goes through `jsonValue("json", …)`.
   */
  jsonArrayOf(value: Expression<string>): RawBuilder<string>;

  /** The items of all rows, which `jsonObject` gives, with their keys, for `Store.readByKey` to take apart; null for none. */
  keyedItems(key: Expression<unknown>, item: Expression<string>): RawBuilder<string | null>;

  // Many rows in one bound value.

  /** The values of a row, or of a part of it; undefined when one of them cannot be stored that way as if bound by itself. */
  packValues(kinds: readonly ColumnKind[], values: readonly StoreValue[]): string | undefined;
  /** As `packValues` for values of any kind, which {@link unpackTable} finds behind those of the columns. */
  packAny(values: readonly StoreValue[]): string | undefined;
  /** The value to bind. Each row is given by the packed values of its parts. */
  packRows(rows: readonly (readonly string[])[]): string;
  /** A select of the rows' columns, in the order of the rows; `packed` stands for what {@link packRows} gave. */
  unpackRows(kinds: readonly ColumnKind[], packed: Expression<unknown>): RawBuilder<unknown>;
  /** The value of one of the columns, for a condition of that select. */
  unpackedValue(kinds: readonly ColumnKind[], column: number): RawBuilder<unknown>;
  /** The rows as a table to select from, whose columns compare as those of a table of records do. */
  unpackTable(table: PackedTable): RawBuilder<unknown>;

  // Reading into JSON columns.

  /**
   * A row source over the elements of a JSON list, empty for null: `from <this> as alias`, after
   * a comma or join also over a list of the tables before it. Text elements are `alias.value`.
   */
  elementsOf(list: Expression<unknown>): RawBuilder<unknown>;
  /** An element of any kind, as `jsonScalar` gives it. */
  elementScalar(alias: string): RawBuilder<unknown>;
  /** Whether an element is other than null. */
  elementPresent(alias: string): RawBuilder<boolean>;
  /** How many elements a JSON list has; 0 for null and for what is no list. */
  elementCount(list: Expression<unknown>): RawBuilder<number>;
  /** The scalar at a path of a JSON document: text, number, true and false as 1 and 0; null for none, objects and lists. */
  jsonScalar(document: Expression<unknown>, path: readonly (string | number)[]): RawBuilder<unknown>;
  /** The list at a path, as JSON text; null for anything else. */
  jsonList(document: Expression<unknown>, path: readonly (string | number)[]): RawBuilder<unknown>;
  /** Whether something other than null stands at a path. */
  jsonPresent(document: Expression<unknown>, path: readonly (string | number)[]): RawBuilder<boolean>;

  /**
   * Compares what `jsonScalar` gave with another such scalar, a column or a value. Null gives null; values of
   * different kinds are never equal and never ordered; true and false are 1 and 0.
   */
  compareScalars(
    operator: ComparisonOperator,
    left: Expression<unknown>,
    right: Expression<unknown>,
  ): RawBuilder<boolean>;
  /** Whether what `jsonScalar` gave is text; false for null. */
  isTextScalar(scalar: Expression<unknown>): RawBuilder<boolean>;

  // Text.

  /** SQL's LIKE, ASCII case ignored, `\` escapes. The pattern is a bound value. */
  like(text: Expression<unknown>, pattern: Expression<unknown>): RawBuilder<boolean>;
  /** Whether a text holds another, ASCII case ignored; no character is special. */
  contains(text: Expression<unknown>, part: Expression<unknown>): RawBuilder<boolean>;
  /** ASCII lower case. */
  lower(text: Expression<unknown>): RawBuilder<string>;
}
