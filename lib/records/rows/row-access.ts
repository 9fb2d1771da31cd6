// What a caller may do with rows, as the operations ask it. Every predicate is answered by the store, in the statement or
// the transaction of the operation itself.
import { sql, type CompiledQuery, type Expression, type RawBuilder } from "kysely";
import { forbidden, type WrittenValues } from "../../access/access-policy.js";
import type { RecordOperation } from "../../access/rule-book.js";
import type { RuleScope } from "../../access/rule-compiler.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import type { ParameterSlot } from "../../query/values/bind-parameters.js";
import { runBound } from "../../query/values/run-bound.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { withoutTree } from "../query-cache.js";
import { bindContext } from "./bind-context.js";
import { engineSlot } from "./engine-slot.js";
import type { PlainRecord } from "./plain-record.js";
import type { CompileContext, RecordContext } from "../record-context.js";
import { idIs } from "./row-predicates.js";

/** What the rules of a context are compiled against. */
export const scopeOf = ({ catalog, scope, services }: CompileContext): RuleScope => ({
  catalog,
  scope,
  dialect: services.dialect,
  limits: services.limits,
});

/** What rows must satisfy for an operation; undefined for nothing. `forbidden` when no row can. */
export const accessPredicate = (
  context: CompileContext,
  collection: Collection,
  operation: RecordOperation,
  alias: string = collection.name,
): Result<RawBuilder<boolean> | undefined, EngineError> =>
  context.policy.predicate(scopeOf(context), collection, operation, alias);

/** What a record at the far end of a relation must satisfy to exist for the caller. */
export function hopPredicate(
  context: CompileContext,
  collection: Collection,
  alias: string,
): Expression<boolean> | undefined {
  const view = accessPredicate(context, collection, "view", alias);
  // Who may view no record of the collection reaches none through a relation.
  return view.isErr() ? sql<boolean>`false` : view.value;
}

/** The statement that asks whether a row satisfies a predicate: it gives the row or none. */
export const ruleCheck = (
  db: StoreExecutor,
  collection: Collection,
  id: string | ParameterSlot,
  predicate: RawBuilder<boolean>,
): CompiledQuery =>
  db
    .selectFrom(collection.name)
    .select(sql<number>`1`.as("holds"))
    .where(idIs(collection, id))
    .where(predicate)
    .compile();

/** The statement that asks whether the row of the slot `id` satisfies the rules of an operation; none when every row does. */
function ruleChecks(
  context: CompileContext,
  collection: Collection,
  operation: RecordOperation,
): Result<readonly CompiledQuery[], EngineError> {
  const { policy, services } = context;
  if (policy.bypassesRules) return ok([]);
  return services.queries.compiledAll(context, collection, ["holds", operation], () =>
    accessPredicate(context, collection, operation).map((predicate) =>
      predicate === undefined
        ? []
        : [withoutTree(ruleCheck(services.dialect.builder, collection, engineSlot("id"), predicate))],
    ),
  );
}

/** `forbidden` when no row can satisfy the rules of an operation. */
export const requirePossible = (
  context: CompileContext,
  collection: Collection,
  operation: RecordOperation,
): Result<void, EngineError> => ruleChecks(context, collection, operation).map(() => undefined);

/** Whether a row, as it stands in the transaction, satisfies the rules of an operation. `forbidden` when none can. */
export async function satisfiesRules(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  operation: RecordOperation,
  id: string,
  written?: WrittenValues,
): Outcome<boolean> {
  const checks = ruleChecks(context, collection, operation);
  if (checks.isErr()) return err(checks.error);
  const [check] = checks.value;
  if (check === undefined) return ok(true);
  const rows = await runBound(db, check, bindContext(context, operation, { written, slots: { id } }));
  return rows.map(({ length }) => length > 0);
}

/** Only trusted code and superusers look at soft-deleted records, bring them back or remove them for good. */
export function requireBypass({ policy }: RecordContext): Result<void, EngineError> {
  return policy.bypassesRules ? ok(undefined) : refuse("forbidden", {});
}

/** `forbidden` when the new row, as it stands in the transaction, does not satisfy the rules of its making. */
export async function requireCreatable(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  data: Readonly<Record<string, unknown>>,
): Outcome<void> {
  const holds = await satisfiesRules(context, db, collection, "create", id, { data });
  if (holds.isErr()) return err(holds.error);
  return holds.value ? ok(undefined) : err(forbidden());
}

/**
 * What the caller is shown of a record that he has just written: all that was asked for when he may view it, else its
 * id alone.
 */
export async function shownAfterWrite(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  record: PlainRecord,
): Promise<PlainRecord> {
  if (context.policy.bypassesRules) return record;
  const viewable = await satisfiesRules(context, db, collection, "view", id);
  return viewable.isOk() && viewable.value ? record : { id };
}
