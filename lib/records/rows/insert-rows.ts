// New rows into a table, in one statement that is compiled once: building it anew took longer than SQLite took to run it
// (148 µs against 99 µs for one row of ten columns).
import { CompiledQuery, sql } from "kysely";
import { ok } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { allFields, projectionKey, projectRecord, type ProjectedParts } from "../selection/projection.js";
import type { PlainRecord } from "./plain-record.js";
import { changingRows } from "./changing-rows.js";
import type { NewRow } from "./new-row.js";

/** A row in the transaction, and the record that the caller may read of it. */
export interface InsertedRow {
  readonly id: string;
  readonly record: PlainRecord;
}

/** Inserts rows that all have the same columns; gives them in their order. Throws what the store throws. */
export async function insertRows(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly NewRow[],
  parts: ProjectedParts = allFields,
): Promise<readonly InsertedRow[]> {
  const columns = Object.keys(rows[0] ?? {});
  const text = insertText(context, db, collection, { rows, columns, parts });
  const values = rows.flatMap((row) => columns.map((name) => row[name]));
  const ids = rows.map(({ id }) => id);
  const { rows: inserted } = await changingRows(context, db, collection, ids, () =>
    db.executeQuery<StoreRow>(CompiledQuery.raw(text, values)),
  );
  // SQLite does not promise the order of RETURNING.
  const byId = new Map(inserted.map((row) => [row["id"], JSON.parse(row["item"] as string) as PlainRecord]));
  return rows.map(({ id }) => ({ id, record: byId.get(id) as PlainRecord }));
}

interface InsertShape {
  readonly rows: readonly NewRow[];
  readonly columns: readonly string[];
  readonly parts: ProjectedParts;
}

/** The statement's text. It depends on how many rows there are and which columns they have, not on what they hold. */
function insertText(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  { rows, columns, parts }: InsertShape,
): string {
  const key = ["insert", rows.length, columns, projectionKey(parts)];
  const compiled = context.services.queries.compiled(context, collection, key, () => {
    const query = db
      .insertInto(collection.name)
      .values(rows)
      .returning([sql.ref(`${collection.name}.id`).as("id"), projectRecord(context, collection, parts).as("item")])
      .compile();
    // The values are bound in this order by whoever runs the text.
    const expected = rows.flatMap((row) => columns.map((name) => row[name]));
    if (query.parameters.length !== expected.length || query.parameters.some((value, at) => value !== expected[at])) {
      throw new Error("an insert binds something else than its rows");
    }
    return ok(CompiledQuery.raw(query.sql));
  });
  if (compiled.isErr()) throw compiled.error;
  return compiled.value.sql;
}
