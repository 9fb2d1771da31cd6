// One new record: validate, hash, then in one transaction check the relations and insert.
import { readCallOptions } from "../base/call-options.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import { validateCreate, type RecordValues } from "../schema/validation/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import { recordBuilder } from "./inserts/built-record.js";
import { createShortcut } from "./create-shortcut.js";
import { insertRow } from "./inserts/insert-row.js";
import { engineSet, newRow } from "./inserts/new-row.js";
import { checkRelations } from "./rows/check-relations.js";
import { expandRecords } from "./selection/expand-records.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { requireWritable, type RecordContext } from "./record-context.js";
import { selectionKinds, selectRecordParts, type SelectionOptions } from "./selection/record-selection.js";
import { requireCreatable, requirePossible, shownAfterWrite } from "./rows/row-access.js";
import { replaceByNew, tellClash } from "./rows/told-clash.js";
import { checkWrittenFields, maskRefusal, sentValues } from "./rows/written-fields.js";
import { encodeRow, hashPasswords } from "./rows/write-values.js";

/**
 * Makes a record and gives it as it is stored. `validation_failed`, `unique_violation`, `collection_not_found`,
 * `database_reserved`.
 */
export async function createRecord(
  context: RecordContext,
  name: string,
  data: unknown,
  options: SelectionOptions = {},
): Outcome<PlainRecord> {
  const writable = requireWritable(context, name);
  if (writable.isErr()) return err(writable.error);
  const collection = writable.value;
  const selection = readCallOptions(options, selectionKinds).andThen((read) =>
    selectRecordParts(context, collection, read),
  );
  if (selection.isErr()) return err(selection.error);
  const valid = validateNew(context, collection, data);
  if (valid.isErr()) return err(valid.error);
  const values = await hashPasswords(context, collection, valid.value);
  if (values.isErr()) return err(values.error);
  const given = encodeRow(collection, values.value);
  const sent = (): Readonly<Record<string, unknown>> => sentValues(data, valid.value);
  const work = async (db: StoreExecutor): Outcome<PlainRecord> => {
    const related = await checkRelations(context, db, collection, [values.value]);
    if (related.isErr()) return err(related.error);
    const set = engineSet(context);
    const row = newRow(given, set);
    const allow = () => requireCreatable(context, db, collection, row.id, sent());
    const inserted = await tellClash(
      context,
      () => insertRow(context, db, collection, row),
      () => replaceByNew(db, collection, row),
      allow,
    );
    if (inserted.isErr()) return err(inserted.error);
    const allowed = await allow();
    if (allowed.isErr()) return err(allowed.error);
    const build = recordBuilder(context, collection, selection.value);
    const written = build(given, set);
    const record = await shownAfterWrite(context, db, collection, row.id, written);
    const expanded = await expandRecords(context, db, [record], selection.value);
    if (expanded.isErr()) return err(expanded.error);
    return ok(record);
  };
  const shortcut = createShortcut(context, {
    collection,
    values: values.value,
    given,
    selection: selection.value,
    sent,
  });
  const created = await context.write(work, shortcut && { shortcut });
  return created.mapErr((error) => maskRefusal(context, collection, error));
}

/** The values of a new record. `forbidden` before anything is told of the fields, `validation_failed`. */
export const validateNew = (
  context: RecordContext,
  collection: Collection,
  data: unknown,
): Result<RecordValues, EngineError> =>
  requirePossible(context, collection, "create")
    .andThen(() => checkWrittenFields(context, collection, "create", data))
    .andThen(() => validateCreate(collection, data).mapErr((error) => maskRefusal(context, collection, error)));
