// One new record: validate, hash, then in one transaction check the relations and insert.
import { readCallOptions } from "../base/call-options.js";
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Outcome } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import { validateCreate, type RecordValues } from "../schema/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import { checkRelations } from "./check-relations.js";
import { expandRecords, type PlainRecord } from "./expand-records.js";
import { projectRecord } from "./projection.js";
import { requireWritable, type RecordContext } from "./record-context.js";
import { selectionKinds, selectRecordParts, type SelectionOptions } from "./record-selection.js";
import { encodeRow, hashPasswords, type RowValues } from "./write-values.js";

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
  const valid = validateCreate(collection, data);
  if (valid.isErr()) return err(valid.error);
  const values = await hashPasswords(context, collection, valid.value);
  if (values.isErr()) return err(values.error);
  return context.write(async (db) => {
    const related = await checkRelations(context, db, collection, [values.value]);
    if (related.isErr()) return err(related.error);
    const row = newRow(context, collection, values.value);
    const record = await insertRow(context, db, collection, row, selection.value.fetched);
    await expandRecords(context, db, [record], selection.value);
    return ok(record);
  });
}

/** The whole row of a new record: the engine's own columns beside the given values. */
export function newRow({ services }: RecordContext, collection: Collection, values: RecordValues): RowValues {
  const now = formatTimestamp(services.clock.now());
  return { ...encodeRow(collection, values), id: services.newId(), created: now, updated: now, deleted: null };
}

async function insertRow(
  { services: { dialect } }: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  row: RowValues,
  fetched: ReadonlySet<string> | undefined,
): Promise<PlainRecord> {
  const inserted = await db
    .insertInto(collection.name)
    .values(row)
    .returning(projectRecord(dialect, collection, fetched).as("item"))
    .executeTakeFirstOrThrow();
  return JSON.parse(inserted.item) as PlainRecord;
}
