// How a query by key is filled and, inside of a transaction, asked.
import { CompiledQuery } from "kysely";
import { ok } from "../base/result.js";
import type { KeyedQuery, Store, StoreExecutor, StoreValue } from "./storage.js";

/** All values of a statement. */
export const withKey = ({ keyAt }: KeyedQuery, values: readonly StoreValue[], key: string): readonly StoreValue[] =>
  values.length === 0 ? [key] : values.toSpliced(keyAt, 0, key);

/** `Store.readByKey` inside of a transaction: each read is asked alone. Throws what the store throws. */
export const keyedReaderOf =
  (db: StoreExecutor): Store["readByKey"] =>
  async (query, values, key) => {
    const bound = CompiledQuery.raw(query.one, [...withKey(query, values, key)]);
    const { rows } = await db.executeQuery<{ readonly item: string }>(bound);
    return ok(rows[0]?.item);
  };
