// A read with a total of the same state: from memory where it is known what writes did to it, else counted. Counting is
// what makes lists slow; a total that was counted or used while a write was acknowledged is counted again.
import type { StoreExecutor } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import type { TotalQuestion } from "./total-question.js";

/** How a list reads. Each statement sees one state of the database. */
export interface TotalReading<T> {
  readonly question: TotalQuestion;
  /** What is read beside a total that is known. */
  readonly withoutTotal: (db: StoreExecutor) => Promise<T>;
  /** The same, and the total of the same state. */
  readonly withTotal: (db: StoreExecutor) => Promise<T & { readonly total: number }>;
}

// A page costs a fraction of a count: it is read again beside the total of the newer state, but not for ever.
const mostReadings = 3;

/** What was read with its total, which fit together. */
export async function readWithTotal<T extends object>(
  { totals }: Pick<RecordContext, "totals">,
  db: StoreExecutor,
  { question, withoutTotal, withTotal }: TotalReading<T>,
): Promise<T & { readonly total: number }> {
  if (totals === undefined) return withTotal(db);
  for (let readings = 0; readings < mostReadings; readings += 1) {
    const total = totals.get(question);
    if (total === undefined) break;
    const known = totals.state;
    const read = await withoutTotal(db);
    // Else somebody has written meanwhile, and what was read may be newer than the total.
    if (totals.state === known) return { total, ...read };
  }
  const before = totals.state;
  const counted = await withTotal(db);
  if (before !== undefined && totals.state === before) totals.set(question, counted.total);
  return counted;
}
