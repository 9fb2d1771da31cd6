// Statements that give exactly one row, whatever stands in the tables: those that wait together may share one trip.
import type { CompiledQuery } from "kysely";
import type { StoreExecutor } from "./storage.js";

/** Gives the row. Rejects with an `EngineError`. */
export type OneRowReader = (query: CompiledQuery) => Promise<unknown>;

const readers = new WeakMap<StoreExecutor, OneRowReader>();

/** The executor with a faster way to read one row. */
export function withOneRowReader(db: StoreExecutor, reader: OneRowReader): StoreExecutor {
  readers.set(db, reader);
  return db;
}

/** The one row of a statement that gives one, no more and no less. Throws what the store throws. */
export async function readOneRow<Row>(db: StoreExecutor, query: CompiledQuery): Promise<Row> {
  const reader = readers.get(db);
  if (reader) return (await reader(query)) as Row;
  const { rows } = await db.executeQuery<Row>(query);
  return rows[0] as Row;
}
