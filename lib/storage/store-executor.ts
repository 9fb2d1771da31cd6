// What queries are built with and run on.
import type { Kysely } from "kysely";

/** What a column may hold on its way in and out. Anything else is refused by the value codec. */
export type StoreValue = string | number | boolean | null | Uint8Array;

/** A row as the store gives it. */
export interface StoreRow {
  readonly [column: string]: unknown;
}

/** Tables are made at run time from the global schema, so their columns are not known to the compiler. */
export interface DynamicTables {
  readonly [table: string]: StoreRow;
}

/** Builds and runs queries on one connection. What it throws is always an `EngineError`, translated once. */
export type StoreExecutor = Kysely<DynamicTables>;
