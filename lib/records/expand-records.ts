// Puts related records beside their records, under `expand`: one query per relation and level, whatever the number
// of records. Records that are not there, or deleted, are left out.
import { bindParameters } from "../query/bind-parameters.js";
import type { StoreExecutor } from "../storage/storage.js";
import { bindContext } from "./bind-context.js";
import { hopPredicate } from "./row-access.js";
import type { PlainRecord } from "./plain-record.js";
import { projectRecord } from "./projection.js";
import { idsIn, liveRows } from "./row-predicates.js";
import type { RecordContext } from "./record-context.js";
import type { ExpandStep, RecordSelection } from "./record-selection.js";

/** Expands the relations of `records` in place, then takes away the fields that were fetched for that alone. */
export async function expandRecords(
  context: RecordContext,
  db: StoreExecutor,
  records: readonly PlainRecord[],
  selection: RecordSelection,
): Promise<void> {
  for (const step of selection.expand) await expandRelation(context, db, records, step);
  const { picked, fetched } = selection;
  if (!picked || !fetched) return;
  const extra = [...fetched].filter((name) => !picked.has(name));
  for (const record of records) {
    for (const name of extra) delete record[name];
  }
}

async function expandRelation(
  context: RecordContext,
  db: StoreExecutor,
  records: readonly PlainRecord[],
  step: ExpandStep,
): Promise<void> {
  const wanted = new Set(records.flatMap((record) => relatedIds(record[step.field.name])));
  const targets = await fetchByIds(context, db, step, [...wanted]);
  const byId = new Map(targets.map((target) => [String(target["id"]), target]));
  await expandRecords(context, db, targets, step.selection);
  for (const record of records) {
    const related = record[step.field.name];
    const found = relatedIds(related).flatMap((id) => byId.get(id) ?? []);
    if (found.length === 0) continue;
    const expand = (record["expand"] ??= {}) as PlainRecord;
    expand[step.field.name] = Array.isArray(related) ? found : found[0];
  }
}

const relatedIds = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : typeof value === "string" ? [value] : [];

async function fetchByIds(
  context: RecordContext,
  db: StoreExecutor,
  { target, selection }: ExpandStep,
  ids: readonly string[],
): Promise<PlainRecord[]> {
  const viewable = hopPredicate(context, target, target.name);
  if (ids.length === 0) return [];
  let query = db
    .selectFrom(target.name)
    .select(projectRecord(context, target, selection.fetched).as("item"))
    .where(idsIn(context.services.dialect, target, ids))
    .where(liveRows(target));
  if (viewable) query = query.where(viewable);
  const bound = bindParameters(query.compile(), bindContext(context, "view"));
  // Only placeholders of a filter can fail to bind, and there is none here.
  if (bound.isErr()) throw bound.error;
  const { rows } = await db.executeQuery(bound.value);
  return rows.map((row) => JSON.parse(row.item) as PlainRecord);
}
