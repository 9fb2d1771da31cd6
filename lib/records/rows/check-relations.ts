// Relations point to live records of the same database, checked inside the write's transaction.
import { sql, type Expression } from "kysely";
import { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Collection, Field } from "../../schema/collection.js";
import { relationTarget } from "../../schema/relation-target.js";
import type { RecordValues } from "../../schema/validation/record-validator.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { bindContext } from "./bind-context.js";
import { hopPredicate } from "./row-access.js";
import { runBound } from "../../query/values/run-bound.js";
import { engineSlot } from "./engine-slot.js";
import { idIs, idList, idsIn, liveRows } from "./row-predicates.js";

/** `validation_failed` with code `relation_not_found`, and the index of the row when there are several. */
export async function checkRelations(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly RecordValues[],
): Outcome<void> {
  for (const field of collection.fields.values()) {
    if (field.type !== "relation") continue;
    const missing = await missingIds(context, db, field, rows);
    if (missing.isErr()) return err(missing.error);
    if (missing.value.size === 0) continue;
    const index = rows.findIndex((row) => idsOf(row.get(field.name)).some((id) => missing.value.has(id)));
    const id = idsOf(rows[index]?.get(field.name)).find((candidate) => missing.value.has(candidate));
    const target = relationTarget(field);
    const problem = {
      code: "relation_not_found",
      message: `There is no record "${id}" in "${target}" of this database.`,
    };
    const details = { fields: { [field.name]: problem }, ...(rows.length > 1 ? { row: index } : {}) };
    return err(new EngineError("validation_failed", details, { message: `${field.name}: ${problem.message}` }));
  }
  return ok(undefined);
}

async function missingIds(
  context: RecordContext,
  db: StoreExecutor,
  field: Field,
  rows: readonly RecordValues[],
): Outcome<ReadonlySet<string>> {
  const { catalog, scope, services } = context;
  const wanted = new Set(rows.flatMap((row) => idsOf(row.get(field.name))));
  const target = catalog.live(relationTarget(field), scope);
  if (wanted.size === 0 || !target) return ok(wanted);
  const { self } = context.policy;
  const isOfSelf = self?.collection === target.name && self.databaseId === context.databaseId;
  const compiled = services.queries.compiled(context, target, ["reachable", isOfSelf], () => {
    const query = services.dialect.builder
      .selectFrom(target.name)
      .select(`${target.name}.id as id`)
      .where(idsIn(services.dialect, target, engineSlot("ids")))
      .where(liveRows(target));
    const reachable = reachablePredicate(context, target, isOfSelf);
    return ok((reachable ? query.where(reachable) : query).compile());
  });
  const slots = { ids: idList([...wanted]), self: self?.id ?? null };
  const found = await runBound<StoreRow>(db, compiled, bindContext(context, "view", { slots }));
  return found.map((present) => {
    for (const { id } of present) wanted.delete(String(id));
    return wanted;
  });
}

/** A record that the caller may not view does not exist for him, also as a relation; but he may always name himself. */
function reachablePredicate(
  context: RecordContext,
  target: Collection,
  isOfSelf: boolean,
): Expression<boolean> | undefined {
  const viewable = hopPredicate(context, target, target.name);
  if (viewable === undefined || !isOfSelf) return viewable;
  return sql<boolean>`(${viewable} or ${idIs(target, engineSlot("self"))})`;
}

const idsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : typeof value === "string" ? [value] : [];
