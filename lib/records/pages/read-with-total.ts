// A read with a total of the same state: from memory when nothing was written since, else counted. Counting is what makes
// lists slow; a total that was counted or used while a write is under way is counted again.
import type { StoreExecutor } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";

/** How a list reads. Each statement sees one state of the database. */
export interface TotalReading<T> {
  /** The counting statement with its values, as a text: equal texts have equal totals. */
  readonly question: string;
  /** What is read beside a total that is known. */
  readonly withoutTotal: (db: StoreExecutor) => Promise<T>;
  /** The same, and the total of the same state. */
  readonly withTotal: (db: StoreExecutor) => Promise<T & { readonly total: number }>;
}

/** What was read with its total, which fit together. */
export async function readWithTotal<T extends object>(
  { state, services: { totals } }: RecordContext,
  db: StoreExecutor,
  { question, withoutTotal, withTotal }: TotalReading<T>,
): Promise<T & { readonly total: number }> {
  const known = state();
  const total = totals.get(known, question);
  if (total !== undefined) {
    const read = await withoutTotal(db);
    // Else somebody has written meanwhile, and what was read may be newer than the total.
    if (state() === known) return { ...read, total };
  }
  const before = state();
  const counted = await withTotal(db);
  if (state() === before) totals.set(before, question, counted.total);
  return counted;
}
