// Brings a soft-deleted record back, and with it those that its delete took along.
import { sql, type RawBuilder } from "kysely";
import { readCallOptions } from "../base/call-options.js";
import { err, refuse, type Outcome } from "../base/result.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { expandRecords } from "./selection/expand-records.js";
import { projectionKey, projectRecord } from "./selection/projection.js";
import { selectionKinds, selectRecordParts, type SelectionOptions } from "./selection/record-selection.js";
import { isRecordId, recordNotFound, requireWritable, type RecordContext } from "./record-context.js";
import { withoutSoftDelete } from "./delete-record.js";
import type { StoreExecutor } from "../storage/storage.js";
import { showWithDependants } from "./rows/references.js";
import { requireBypass } from "./rows/row-access.js";
import { engineSlot } from "./rows/engine-slot.js";
import { runKept } from "./rows/kept-statement.js";
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
    const ofRow = (selected: RawBuilder<unknown>) => (builder: StoreExecutor) =>
      builder
        .selectFrom(name)
        .select(selected.as("item"))
        .where(idIs(collection, engineSlot("id")))
        .compile();
    const when = { parts: ["deleted when"], compile: ofRow(sql.ref(`${name}.deleted`)) };
    const [row] = await runKept(context, db, collection, when, { id });
    if (!row) return recordNotFound(name, id);
    const { item: deleted } = row;
    if (typeof deleted === "string") await showWithDependants(context, db, collection, id, deleted);
    const parts = ["item", projectionKey(selection.value)];
    const compile = (builder: StoreExecutor) => ofRow(projectRecord(context, collection, selection.value))(builder);
    const [found] = await runKept(context, db, collection, { parts, compile, isCallers: true }, { id });
    const record = JSON.parse(String(found?.["item"])) as PlainRecord;
    const expanded = await expandRecords(context, db, [record], selection.value);
    return expanded.map(() => record);
  });
}
