// Brings a soft-deleted record back, and with it those that its delete took along.
import { readCallOptions } from "../base/call-options.js";
import { err, refuse, type Outcome } from "../base/result.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { expandRecords } from "./selection/expand-records.js";
import { projectRecord } from "./selection/projection.js";
import { selectionKinds, selectRecordParts, type SelectionOptions } from "./selection/record-selection.js";
import { isRecordId, recordNotFound, requireWritable, type RecordContext } from "./record-context.js";
import { withoutSoftDelete } from "./delete-record.js";
import { showWithDependants } from "./rows/references.js";
import { requireBypass } from "./rows/row-access.js";
import { idIs } from "./rows/row-predicates.js";

/**
 * Gives the record, which is live again; one that was never deleted is given as it is. `record_not_found`;
 * `request_invalid` in a collection without softDelete; `unique_violation` when a live record has taken one of its
 * unique values meanwhile.
 */
export async function undeleteRecord(
  context: RecordContext,
  name: string,
  id: string,
  options: SelectionOptions = {},
): Outcome<PlainRecord> {
  const writable = requireWritable(context, name);
  if (writable.isErr()) return err(writable.error);
  const collection = writable.value;
  const selection = readCallOptions(options, selectionKinds).andThen((read) =>
    selectRecordParts(context, collection, read),
  );
  if (selection.isErr()) return err(selection.error);
  if (!isRecordId(id)) return recordNotFound(name, id);
  if (!collection.softDelete) return refuse("request_invalid", {}, { message: withoutSoftDelete(name, "undelete") });
  const allowed = requireBypass(context);
  if (allowed.isErr()) return err(allowed.error);
  return context.write(async (db) => {
    const row = await db
      .selectFrom(collection.name)
      .select(`${collection.name}.deleted`)
      .where(idIs(collection, id))
      .executeTakeFirst();
    if (!row) return recordNotFound(name, id);
    const { deleted } = row;
    if (typeof deleted === "string") await showWithDependants(context, db, collection, id, deleted);
    const item = projectRecord(context, collection, selection.value).as("item");
    const found = await db
      .selectFrom(collection.name)
      .select(item)
      .where(idIs(collection, id))
      .executeTakeFirstOrThrow();
    const record = JSON.parse(found.item) as PlainRecord;
    const expanded = await expandRecords(context, db, [record], selection.value);
    return expanded.map(() => record);
  });
}
