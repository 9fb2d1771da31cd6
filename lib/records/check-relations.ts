// Relations point to live records of the same database, checked inside the write's transaction.
import { EngineError } from "../base/errors.js";
import { err, ok, type Outcome } from "../base/result.js";
import type { Collection, Field } from "../schema/collection.js";
import { relationTarget } from "../schema/relation-target.js";
import type { RecordValues } from "../schema/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import type { RecordContext } from "./record-context.js";
import { idsIn, liveRows } from "./row-predicates.js";

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
    if (missing.size === 0) continue;
    const index = rows.findIndex((row) => idsOf(row.get(field.name)).some((id) => missing.has(id)));
    const id = idsOf(rows[index]?.get(field.name)).find((candidate) => missing.has(candidate));
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
  { catalog, scope, services: { dialect } }: RecordContext,
  db: StoreExecutor,
  field: Field,
  rows: readonly RecordValues[],
): Promise<ReadonlySet<string>> {
  const wanted = new Set(rows.flatMap((row) => idsOf(row.get(field.name))));
  const target = catalog.live(relationTarget(field), scope);
  if (wanted.size === 0 || !target) return wanted;
  const found = await db
    .selectFrom(target.name)
    .select(`${target.name}.id`)
    .where(idsIn(dialect, target, [...wanted]))
    .where(liveRows(target))
    .execute();
  for (const row of found) wanted.delete(String(row["id"]));
  return wanted;
}

const idsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : typeof value === "string" ? [value] : [];
