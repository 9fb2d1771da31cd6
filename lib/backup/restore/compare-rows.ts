// Two tables walked side by side in the order of their ids, in batches: the memory does not grow with them.
import { isEngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";

/** How one of the two databases is read; each call may find it newer. */
export type RowReader = <T>(work: (db: StoreExecutor) => Outcome<T>) => Outcome<T>;

/** How many rows are where. */
export interface RowComparison {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

interface KeyedRow {
  readonly id: string;
  /** What every write changes. */
  readonly mark: string;
}

// Some 100 kB of rows on either side, and a hundredth of a second of reading.
const batchRows = 1_000;

/** `added` are in `backup` alone, `removed` in `live` alone. A side that is undefined has no rows. */
export async function compareRows(
  table: string,
  backup: RowReader | undefined,
  live: RowReader | undefined,
): Outcome<RowComparison> {
  const counts = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const left = rowsOf(table, backup);
  const right = rowsOf(table, live);
  try {
    let [old, now] = await Promise.all([next(left), next(right)]);
    while (old ?? now) {
      const order = !now ? -1 : !old ? 1 : compareIds(old.id, now.id);
      if (order < 0) counts.added += 1;
      else if (order > 0) counts.removed += 1;
      else if (old?.mark === now?.mark) counts.unchanged += 1;
      else counts.changed += 1;
      if (order <= 0) old = await next(left);
      if (order >= 0) now = await next(right);
    }
    return ok(counts);
  } catch (thrown) {
    if (isEngineError(thrown)) return err(thrown);
    throw thrown;
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
}

async function* rowsOf(table: string, read: RowReader | undefined): AsyncGenerator<KeyedRow, void, undefined> {
  let last: string | undefined;
  while (read) {
    const after = last;
    const batch = await read(async (db) => {
      const query = db.selectFrom(table).select(["id", "updated", "deleted"]).orderBy("id").limit(batchRows);
      return ok(await (after === undefined ? query : query.where("id", ">", after)).execute());
    });
    if (batch.isErr()) throw batch.error;
    yield* batch.value.map(keyed);
    last = batch.value.length < batchRows ? undefined : keyed(batch.value.at(-1) ?? {}).id;
    if (last === undefined) return;
  }
}

const keyed = (row: StoreRow): KeyedRow => ({
  id: String(row["id"]),
  mark: `${String(row["updated"])} ${String(row["deleted"])}`,
});

async function next(rows: AsyncGenerator<KeyedRow, void, undefined>): Promise<KeyedRow | undefined> {
  const { value } = await rows.next();
  return value ?? undefined;
}

/** The store's order: by the bytes of UTF-8, which for the ids that the engine makes is the order of strings. */
const compareIds = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));
