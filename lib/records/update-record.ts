// Changes the given fields of one record and leaves the others as they are.
import { readCallOptions } from "../base/call-options.js";
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Outcome } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import { validateUpdate } from "../schema/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import { checkRelations } from "./check-relations.js";
import { expandRecords, type PlainRecord } from "./expand-records.js";
import { projectRecord } from "./projection.js";
import { isRecordId, recordNotFound, requireWritable, type RecordContext } from "./record-context.js";
import { selectionKinds, selectRecordParts, type SelectionOptions } from "./record-selection.js";
import { idIs, liveRows } from "./row-predicates.js";
import { encodeRow, hashPasswords } from "./write-values.js";

/**
 * Changes a record and gives it as it is then stored. `record_not_found`, `validation_failed`,
 * `unique_violation`, `collection_not_found`, `database_reserved`.
 */
export async function updateRecord(
  context: RecordContext,
  name: string,
  id: string,
  patch: unknown,
  options: SelectionOptions = {},
): Outcome<PlainRecord> {
  const writable = requireWritable(context, name);
  if (writable.isErr()) return err(writable.error);
  const collection = writable.value;
  if (!isRecordId(id)) return recordNotFound(name, id);
  const selection = readCallOptions(options, selectionKinds).andThen((read) =>
    selectRecordParts(context, collection, read),
  );
  if (selection.isErr()) return err(selection.error);
  const valid = validateUpdate(collection, patch);
  if (valid.isErr()) return err(valid.error);
  const values = await hashPasswords(context, collection, valid.value);
  if (values.isErr()) return err(values.error);
  return context.write(async (db) => {
    const before = await updatedAt(db, collection, id);
    if (before === undefined) return recordNotFound(name, id);
    const related = await checkRelations(context, db, collection, [values.value]);
    if (related.isErr()) return err(related.error);
    const row = { ...encodeRow(collection, values.value), updated: timestampAfter(context, before) };
    const changed = await db
      .updateTable(collection.name)
      .set(row)
      .where(idIs(collection, id))
      .returning(projectRecord(context.services.dialect, collection, selection.value.fetched).as("item"))
      .executeTakeFirstOrThrow();
    const record = JSON.parse(changed.item) as PlainRecord;
    await expandRecords(context, db, [record], selection.value);
    return ok(record);
  });
}

async function updatedAt(db: StoreExecutor, collection: Collection, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom(collection.name)
    .select(`${collection.name}.updated`)
    .where(idIs(collection, id))
    .where(liveRows(collection))
    .executeTakeFirst();
  return row && String(row["updated"]);
}

/** Now, or one millisecond after the record's last change when the clock has not passed it: `updated` only grows. */
export function timestampAfter({ services }: RecordContext, last: string): string {
  return formatTimestamp(Math.max(services.clock.now(), Date.parse(last) + 1));
}
