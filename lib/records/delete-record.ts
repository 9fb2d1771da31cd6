// A delete removes the record for good, or, in a collection with softDelete, hides it until undelete or purge.
import { formatTimestamp } from "../base/clock.js";
import { ok, refuse, type Outcome } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import type { StoreExecutor } from "../storage/storage.js";
import { err } from "../base/result.js";
import { isRecordId, recordNotFound, requireWritable, type RecordContext } from "./record-context.js";
import { engineSlot } from "./rows/engine-slot.js";
import { runKept } from "./rows/kept-statement.js";
import { hideWithDependants, removeWithReferences } from "./rows/references.js";
import { requireBypass, satisfiesRules } from "./rows/row-access.js";
import { deletedRows, idIs, liveRows } from "./rows/row-predicates.js";

// Of a database that is as large as it may be, too.
const makesRoom = { makesRoom: true };

/**
 * Deletes a live record. `record_not_found`; `conflict` when a required relation of another record points to it.
 *
 * Relations with cascadeDelete take their records along; others are unset. With softDelete, records of collections
 * that have softDelete too are hidden along and come back with it; nothing else is changed until the purge.
 */
export async function deleteRecord(context: RecordContext, name: string, id: string): Outcome<void> {
  const writable = requireWritable(context, name);
  if (writable.isErr()) return err(writable.error);
  const collection = writable.value;
  if (!isRecordId(id)) return recordNotFound(name, id);
  return context.write(async (db) => {
    const allowed = await satisfiesRules(context, db, collection, "delete", id);
    if (allowed.isErr()) return err(allowed.error);
    if (!allowed.value || !(await isThere(context, db, collection, id, "live"))) return recordNotFound(name, id);
    if (!collection.softDelete) return removeWithReferences(context, db, collection, id);
    await hideWithDependants(context, db, collection, id, formatTimestamp(context.services.clock.now()));
    return ok(undefined);
  }, makesRoom);
}

/**
 * Removes a soft-deleted record for good. `request_invalid` in a collection without softDelete;
 * `record_not_found`; `conflict` when it is not deleted yet, or a required relation points to it.
 */
export async function purgeRecord(context: RecordContext, name: string, id: string): Outcome<void> {
  const writable = requireWritable(context, name);
  if (writable.isErr()) return err(writable.error);
  const collection = writable.value;
  if (!isRecordId(id)) return recordNotFound(name, id);
  if (!collection.softDelete) return refuse("request_invalid", {}, { message: withoutSoftDelete(name, "purge") });
  const allowed = requireBypass(context);
  if (allowed.isErr()) return err(allowed.error);
  return context.write(async (db) => {
    if (await isThere(context, db, collection, id, "deleted")) return removeWithReferences(context, db, collection, id);
    if (!(await isThere(context, db, collection, id, "live"))) return recordNotFound(name, id);
    return refuse(
      "conflict",
      { collection: name, id },
      { message: `The record "${id}" is live; delete it first, then purge it.` },
    );
  }, makesRoom);
}

export const withoutSoftDelete = (collection: string, call: string): string =>
  `"${collection}" has no softDelete, so there is nothing to ${call}: its deletes remove records for good. Turn it on with collections.update("${collection}", { softDelete: true }).`;

async function isThere(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  state: "live" | "deleted",
): Promise<boolean> {
  const compile = (builder: StoreExecutor) =>
    builder
      .selectFrom(collection.name)
      .select(`${collection.name}.id`)
      .where(idIs(collection, engineSlot("id")))
      .where(state === "live" ? liveRows(collection) : deletedRows(collection))
      .compile();
  const rows = await runKept(context, db, collection, { parts: ["there", state], compile }, { id });
  return rows.length > 0;
}
