// The one way by which rows of collections are made, changed and removed: whoever keeps what follows from them hears of
// it here.
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";

/** Hears of every change of rows in one database. */
export interface RowWatch {
  /**
   * Called inside a write before it makes, changes or removes rows of these ids; `onTransactionEnd(db, …)` tells how that
   * ends. Gives what is to run around the change in the same transaction, or undefined for nothing.
   */
  changing(db: StoreExecutor, collection: Collection, ids: readonly string[]): AroundChange | undefined;
  /** Whether `changing` would give something now: then a write of the collection is more than one statement. */
  asksAround(collection: Collection): boolean;
}

export interface AroundChange {
  readonly before: () => Promise<void>;
  /** Not called when the change was refused: then nothing of it is left. */
  readonly after: () => Promise<void>;
}

interface Watched {
  readonly watch?: RowWatch | undefined;
}

/** Runs one statement that makes, changes or removes the rows of these ids and no others. */
export async function changingRows<T>(
  { watch }: Watched,
  db: StoreExecutor,
  collection: Collection,
  ids: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  const around = watch?.changing(db, collection, ids);
  if (around === undefined) return change();
  await around.before();
  const given = await change();
  await around.after();
  return given;
}

/** Whether a change of the collection's rows may be the only statement of its write. */
export const mayBeOneStatement = ({ watch }: Watched, collection: Collection): boolean =>
  watch?.asksAround(collection) !== true;
