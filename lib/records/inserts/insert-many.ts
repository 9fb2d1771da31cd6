// All rows of one call, in its transaction. While the store inserts some, the records of these and the text of the next
// are made.
import { formatTimestamp } from "../../base/clock.js";
import { EngineError, isEngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { allFields } from "../selection/projection.js";
import { recordBuilder, type EngineSet } from "./built-record.js";
import { insertAllPacked } from "./insert-packed.js";
import { insertRow } from "./insert-row.js";
import { newRow } from "./new-row.js";
import { packGiven, type PackedRow } from "./packed-row.js";
import type { PlainRecord } from "../rows/plain-record.js";
import { inRow } from "./refused-row.js";
import type { RowValues } from "../rows/write-values.js";

// At 500 the way to the store is a hundredth of a row's time; more would keep other work of the process waiting.
export const rowsPerStatement = 500;
// A statement's text is copied three times on its way into SQLite.
const charactersPerStatement = 1_000_000;

/** A row that went in, and the record of it. */
export interface InsertedRow extends EngineSet {
  readonly record: PlainRecord;
  /** As {@link packGiven} gives it, for the rules; undefined for a row whose values had to be bound. */
  readonly given: string | undefined;
}

/** Rows of one statement: packed, or one whose values must be bound. */
interface Chunk {
  readonly start: number;
  readonly rows: readonly RowValues[];
  readonly set: readonly EngineSet[];
  readonly packed: readonly PackedRow[] | undefined;
}

/**
 * Inserts all rows, in their order. `unique_violation` naming the first row that clashes: then what went in must be
 * undone. `onInserted` hears how many are in after each statement.
 */
export async function insertMany(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly RowValues[],
  onInserted: (done: number) => void,
): Outcome<InsertedRow[]> {
  const build = recordBuilder(context, collection, allFields);
  // Kept for nobody, the texts of 10,000 rows cost the collector as much as their records.
  const { bypassesRules } = context.policy;
  const inserted: InsertedRow[] = [];
  let chunk: Chunk | undefined = nextChunk(context, collection, rows, 0);
  while (chunk !== undefined) {
    const underWay = insertChunk(context, db, collection, chunk);
    const { start, packed } = chunk;
    for (const [at, set] of chunk.set.entries()) {
      inserted.push({
        id: set.id,
        now: set.now,
        given: bypassesRules ? undefined : packed?.[at]?.given,
        record: build(chunk.rows[at] as RowValues, set),
      });
    }
    const following = nextChunk(context, collection, rows, start + chunk.rows.length);
    const outcome = await underWay;
    if (outcome.isErr()) return err(outcome.error);
    onInserted(inserted.length);
    chunk = following;
  }
  return ok(inserted);
}

function nextChunk(
  { services }: RecordContext,
  collection: Collection,
  all: readonly RowValues[],
  start: number,
): Chunk | undefined {
  if (start >= all.length) return undefined;
  const now = formatTimestamp(services.clock.now());
  const packed: PackedRow[] = [];
  let characters = 0;
  for (let at = start; at < all.length && packed.length < rowsPerStatement; at += 1) {
    const given = packGiven(services.dialect, collection, all[at] as RowValues);
    characters += given?.length ?? 0;
    if (given === undefined || (packed.length > 0 && characters > charactersPerStatement)) break;
    packed.push({ id: services.newId(), now, given });
  }
  const rows = all.slice(start, start + Math.max(1, packed.length));
  if (packed.length > 0) return { start, rows, set: packed, packed };
  return { start, rows, set: [{ id: services.newId(), now }], packed: undefined };
}

async function insertChunk(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  { start, rows, set, packed }: Chunk,
): Outcome<void> {
  const refused = (thrown: unknown, at: number): EngineError =>
    isEngineError(thrown) ? inRow(thrown, start + at) : new EngineError("internal", {}, { cause: thrown });
  try {
    if (packed !== undefined) {
      await insertAllPacked(context, db, collection, packed);
      return ok(undefined);
    }
  } catch (thrown) {
    // The statement was undone as a whole, and SQLite does not say which row it was: one by one, the first that
    // clashes is found. The transaction is rolled back in any case.
    if (!isEngineError(thrown) || !thrown.is("unique_violation")) return err(refused(thrown, 0));
  }
  for (const [at, row] of rows.entries()) {
    try {
      await insertRow(context, db, collection, newRow(row, set[at] as EngineSet));
    } catch (thrown) {
      return err(refused(thrown, at));
    }
  }
  return ok(undefined);
}
