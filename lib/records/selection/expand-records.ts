// Puts related records beside their records, under `expand`: one query per relation and level, whatever the number
// of records. Records that are not there, or deleted, are left out.
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { runBound } from "../../query/values/run-bound.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import { bindContext } from "../rows/bind-context.js";
import { hopPredicate } from "../rows/row-access.js";
import type { PlainRecord } from "../rows/plain-record.js";
import { projectionKey, projectRecord } from "./projection.js";
import { engineSlot } from "../rows/engine-slot.js";
import { idList, idsIn, liveRows } from "../rows/row-predicates.js";
import type { RecordContext } from "../record-context.js";
import type { ExpandStep, RecordSelection } from "./record-selection.js";

// 1,000 records with 100 related ones each: about 30 MB of JSON. Related records are shared in memory, but each place
// is written out: 40 records that name each other were 4 GB at the third level.
const mostPlaced = 100_000;

/**
 * Expands the relations of `records` in place, then takes away the fields that were fetched for that alone.
 * `request_invalid` when the answer would hold more than 100,000 records.
 */
export async function expandRecords(
  context: RecordContext,
  db: StoreExecutor,
  records: readonly PlainRecord[],
  selection: RecordSelection,
): Outcome<void> {
  const expanded = await expandTrees(context, db, records, selection);
  return expanded.map(() => undefined);
}

/** As {@link expandRecords}; gives how many records each one is with all that is expanded in it. */
async function expandTrees(
  context: RecordContext,
  db: StoreExecutor,
  records: readonly PlainRecord[],
  selection: RecordSelection,
): Outcome<ReadonlyMap<PlainRecord, number>> {
  const sizes = new Map(records.map((record) => [record, 1]));
  for (const step of selection.expand) {
    const expanded = await expandRelation(context, db, sizes, step);
    if (expanded.isErr()) return err(expanded.error);
  }
  dropUnpicked(records, selection);
  return ok(sizes);
}

/** Takes the fields away that were fetched for other reasons than being asked for. */
function dropUnpicked(records: readonly PlainRecord[], { picked, fetched }: RecordSelection): void {
  if (!picked || !fetched) return;
  const extra = [...fetched].filter((name) => !picked.has(name));
  for (const record of records) {
    for (const name of extra) delete record[name];
  }
}

async function expandRelation(
  context: RecordContext,
  db: StoreExecutor,
  sizes: Map<PlainRecord, number>,
  step: ExpandStep,
): Outcome<void> {
  const records = [...sizes.keys()];
  const wanted = new Set(records.flatMap((record) => relatedIds(record[step.field.name])));
  if (wanted.size > mostPlaced) return tooMuch();
  const targets = await fetchByIds(context, db, step, [...wanted]);
  if (targets.isErr()) return err(targets.error);
  const byId = new Map(targets.value.map((target) => [String(target["id"]), target]));
  const targetSizes = await expandTrees(context, db, targets.value, step.selection);
  if (targetSizes.isErr()) return err(targetSizes.error);
  let placed = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  for (const record of records) {
    const related = record[step.field.name];
    const found = relatedIds(related)
      .map((id) => byId.get(id))
      .filter((target) => target !== undefined);
    if (found.length === 0) continue;
    const added = found.reduce((sum, target) => sum + (targetSizes.value.get(target) ?? 1), 0);
    placed += added;
    if (placed > mostPlaced) return tooMuch();
    sizes.set(record, (sizes.get(record) ?? 1) + added);
    const expand = (record["expand"] ??= {}) as PlainRecord;
    expand[step.field.name] = Array.isArray(related) ? found : found[0];
  }
  return ok(undefined);
}

const tooMuch = (): Result<never, EngineError> =>
  refuse(
    "request_invalid",
    { parameter: "expand" },
    {
      message: `expand would put more than ${mostPlaced} records into one answer; expand fewer relations, or ask for fewer records at once.`,
    },
  );

const relatedIds = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : typeof value === "string" ? [value] : [];

async function fetchByIds(
  context: RecordContext,
  db: StoreExecutor,
  { target, selection }: ExpandStep,
  ids: readonly string[],
): Outcome<readonly PlainRecord[]> {
  if (ids.length === 0) return ok([]);
  const { dialect, queries } = context.services;
  const compiled = queries.compiled(context, target, ["expand", projectionKey(selection)], () => {
    const viewable = hopPredicate(context, target, target.name);
    const query = dialect.builder
      .selectFrom(target.name)
      .select(projectRecord(context, target, selection).as("item"))
      .where(idsIn(dialect, target, engineSlot("ids")))
      .where(liveRows(target));
    return ok((viewable ? query.where(viewable) : query).compile());
  });
  const rows = await runBound<StoreRow>(db, compiled, bindContext(context, "view", { slots: { ids: idList(ids) } }));
  return rows.map((found) => found.map(({ item }) => JSON.parse(String(item)) as PlainRecord));
}
