// A store whose lists remember their totals, as the engine's do, and what they have counted all the same.
import type { CompiledQuery } from "kysely";
import type { RecordContext } from "../../lib/records/record-context.js";
import type { RowWatch } from "../../lib/records/rows/changing-rows.js";
import type { Store, StoreExecutor } from "../../lib/storage/storage.js";
import { openRecordStore } from "./record-store.js";

export interface RememberingStore {
  readonly store: Store;
  /** Of trusted code. */
  readonly context: RecordContext;
  /** The statements that counted for lists, oldest first. */
  readonly counted: string[];
}

/** Closed with the test. `watchOf` gives who hears of changes in the place of the totals. */
export async function openRememberingStore(
  definitions: readonly unknown[],
  watchOf: (watch: RowWatch) => RowWatch = (watch) => watch,
): Promise<RememberingStore> {
  const { store, context } = await openRecordStore(definitions);
  const totals = context.services.totals.of(store);
  if (totals === undefined) throw new Error("nothing is remembered");
  const counted: string[] = [];
  const listening = (db: StoreExecutor): Pick<StoreExecutor, "executeQuery"> => ({
    executeQuery: (query: CompiledQuery<never>) => {
      if (query.sql.includes("count(*)")) counted.push(query.sql);
      return db.executeQuery(query);
    },
  });
  return {
    ...{ store, counted },
    context: {
      ...context,
      totals,
      watch: watchOf(totals),
      readShared: (key, work) => store.readShared(key, (db) => work(listening(db) as StoreExecutor)),
      write: (work, options) => store.write(work, { ...options, isFollowed: true }),
    },
  };
}
