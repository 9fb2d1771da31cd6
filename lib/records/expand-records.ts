// Puts related records beside their records, under `expand`: one query per relation and level, whatever the number
// of records. Records that are not there, or deleted, are left out.
import type { StoreExecutor } from "../storage/storage.js";
import { projectRecord } from "./projection.js";
import { idsIn, liveRows } from "./row-predicates.js";
import type { RecordContext } from "./record-context.js";
import type { ExpandStep, RecordSelection } from "./record-selection.js";

/** A record on its way out: parsed JSON. */
export type PlainRecord = Record<string, unknown>;

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
  { services: { dialect } }: RecordContext,
  db: StoreExecutor,
  { target, selection }: ExpandStep,
  ids: readonly string[],
): Promise<PlainRecord[]> {
  if (ids.length === 0) return [];
  const item = projectRecord(dialect, target, selection.fetched).as("item");
  const rows = await db
    .selectFrom(target.name)
    .select(item)
    .where(idsIn(dialect, target, ids))
    .where(liveRows(target))
    .execute();
  return rows.map((row) => JSON.parse(row.item) as PlainRecord);
}
