// Changes the given fields of one record and leaves the others as they are.
import { readCallOptions } from "../base/call-options.js";
import { formatTimestamp } from "../base/clock.js";
import { sql } from "kysely";
import { forbidden, trustedPolicy } from "../access/access-policy.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import { validateUpdate, type RecordValues } from "../schema/validation/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import { changingRows } from "./rows/changing-rows.js";
import { checkRelations } from "./rows/check-relations.js";
import { expandRecords } from "./selection/expand-records.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { projectionKey, projectRecord, type ProjectedParts } from "./selection/projection.js";
import { isRecordId, recordNotFound, requireWritable, type RecordContext } from "./record-context.js";
import { selectionKinds, selectRecordParts, type SelectionOptions } from "./selection/record-selection.js";
import { engineSlot } from "./rows/engine-slot.js";
import { runKept } from "./rows/kept-statement.js";
import { idIs, liveRows } from "./rows/row-predicates.js";
import { epochBump, type EpochBump } from "./auth/epoch-bump.js";
import { requirePossible, satisfiesRules, shownAfterWrite } from "./rows/row-access.js";
import { replaceByChanged, tellClash } from "./rows/told-clash.js";
import { checkWrittenFields, maskRefusal, sentValues } from "./rows/written-fields.js";
import { encodeRow, hashPasswords, type RowValues } from "./rows/write-values.js";

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
  const valid = validateChange(context, collection, patch);
  if (valid.isErr()) return err(valid.error);
  const values = await hashPasswords(context, collection, valid.value);
  if (values.isErr()) return err(values.error);
  const data = sentValues(patch, valid.value);
  const changed = await context.write(async (db) => {
    const before = await recordBefore(context, db, collection, id, data);
    if (before.isErr()) return err(before.error);
    const related = await checkRelations(context, db, collection, [values.value]);
    if (related.isErr()) return err(related.error);
    const updated = timestampAfter(context, before.value.updated);
    const unproven = unverified(context, collection, values.value, before.value.record);
    const row: RowValues = { ...encodeRow(collection, values.value), ...unproven, updated };
    const bump = epochBump(collection, values.value);
    const written = { data, previous: before.value.record };
    // The rule must hold on both sides: else an owner could be given away, or a row moved out of view.
    const allow = async (): Outcome<void> => {
      const holds = await satisfiesRules(context, db, collection, "update", id, written);
      return holds.andThen((isAllowed) => (isAllowed ? ok(undefined) : err(forbidden())));
    };
    const after = await tellClash(
      context,
      () => updateRow(context, db, collection, { id, row, bump }, selection.value),
      () => replaceByChanged(db, collection, id, { ...row, ...bump }),
      allow,
    );
    if (after.isErr()) return err(after.error);
    const stillAllowed = await allow();
    if (stillAllowed.isErr()) return err(stillAllowed.error);
    const record = await shownAfterWrite(context, db, collection, id, after.value);
    const expanded = await expandRecords(context, db, [record], selection.value);
    if (expanded.isErr()) return err(expanded.error);
    return ok(record);
  });
  return changed.mapErr((error) => maskRefusal(context, collection, error));
}

const validateChange = (
  context: RecordContext,
  collection: Collection,
  patch: unknown,
): Result<RecordValues, EngineError> =>
  requirePossible(context, collection, "update")
    .andThen(() => checkWrittenFields(context, collection, "update", patch))
    .andThen(() => validateUpdate(collection, patch).mapErr((error) => maskRefusal(context, collection, error)));

/** Who changes his own address has not shown that the new one is his. Trusted code says itself what is verified. */
function unverified(
  { policy }: RecordContext,
  collection: Collection,
  values: RecordValues,
  before: PlainRecord,
): RowValues {
  if (policy.bypassesRules || collection.type !== "auth" || !values.has("email")) return {};
  return values.get("email") === before["email"] ? {} : encodeRow(collection, new Map([["verified", false]]));
}

interface RecordBefore {
  readonly updated: string;
  /** The whole record as rules see it; empty when no rule asks. */
  readonly record: PlainRecord;
}

/** The live row that the caller may update, as it is before. `record_not_found` also when a rule hides it. */
async function recordBefore(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  data: Readonly<Record<string, unknown>>,
): Outcome<RecordBefore> {
  const { bypassesRules } = context.policy;
  const compile = (builder: StoreExecutor) => {
    const item = bypassesRules
      ? sql<string>`'{}'`
      : projectRecord({ services: context.services, policy: trustedPolicy }, collection);
    return builder
      .selectFrom(collection.name)
      .select([`${collection.name}.updated as updated`, item.as("item")])
      .where(idIs(collection, engineSlot("id")))
      .where(liveRows(collection))
      .compile();
  };
  const [row] = await runKept(context, db, collection, { parts: ["before", bypassesRules], compile }, { id });
  if (!row) return recordNotFound(collection.name, id);
  const previous = JSON.parse(String(row["item"])) as PlainRecord;
  const allowed = await satisfiesRules(context, db, collection, "update", id, { data, previous });
  if (allowed.isErr()) return err(allowed.error);
  return allowed.value
    ? ok({ updated: String(row["updated"]), record: previous })
    : recordNotFound(collection.name, id);
}

interface RowChange {
  readonly id: string;
  readonly row: RowValues;
  readonly bump: EpochBump;
}

async function updateRow(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  { id, row, bump }: RowChange,
  parts: ProjectedParts,
): Promise<PlainRecord> {
  const columns = Object.keys(row);
  const compile = (builder: StoreExecutor) => {
    const slots = Object.fromEntries(columns.map((name) => [name, sql`${engineSlot(slotOf(name))}`]));
    return builder
      .updateTable(collection.name)
      .set({ ...slots, ...bump })
      .where(idIs(collection, engineSlot("id")))
      .returning(projectRecord(context, collection, parts).as("item"))
      .compile();
  };
  // The columns of a bump are always the same, with the same expressions.
  const statement = {
    parts: ["update", columns, Object.keys(bump), projectionKey(parts)],
    compile,
    isCallers: true,
  } as const;
  const slots = { id, ...Object.fromEntries(columns.map((name) => [slotOf(name), row[name] ?? null])) };
  const [changed] = await changingRows(context, db, collection, [id], () =>
    runKept(context, db, collection, statement, slots),
  );
  if (!changed) throw new Error("the record that was to be changed has gone within its transaction");
  return JSON.parse(String(changed["item"])) as PlainRecord;
}

// No field's name holds a space, so that none is taken for the id of the row.
const slotOf = (column: string): string => `set ${column}`;

/** Now, or one millisecond after the record's last change when the clock has not passed it: `updated` only grows. */
export function timestampAfter({ services }: RecordContext, last: string): string {
  return formatTimestamp(Math.max(services.clock.now(), Date.parse(last) + 1));
}
