// Why a list shows what it shows: counts over all live rows, or the answer for one record.
import { sql, type RawBuilder } from "kysely";
import { err, ok, type Outcome } from "../../base/result.js";
import { bindContext } from "../rows/bind-context.js";
import { compileParts, planList, type ListPlan } from "../pages/list-plan.js";
import { compileList } from "../pages/list-queries.js";
import type { RecordContext } from "../record-context.js";
import { runBound } from "../../query/values/run-bound.js";
import { accessPredicate } from "../rows/row-access.js";
import { idIs, liveRows } from "../rows/row-predicates.js";
import type { ExplainContext, Subject } from "./explain-context.js";
import { explainFilter, filterTree } from "./explain-filter.js";
import { explainRules } from "./explain-rules.js";
import { explainStatement } from "./explain-statement.js";
import { missingIndexes } from "./missing-indexes.js";
import { unindexable } from "./unindexable.js";
import type { ExplainRequest, ExplainedSection, Explanation } from "./explanation.js";
import {
  deciding,
  failing,
  findRow,
  named,
  refusalOf,
  refusedAtOnce,
  ruleSentence,
  rulesOf,
  ruleTrees,
  shownRefusal,
  type OperationExplanation,
} from "./explain-parts.js";

// The page of the statement that is explained; its plan is that of every page.
const explainedPage = 30;

/** `original` is the caller's own context: what the list itself is asked with. */
export async function explainList(
  explain: ExplainContext,
  original: RecordContext,
  { id, filter, sort }: ExplainRequest,
): Outcome<OperationExplanation> {
  const { collection } = explain;
  const applied = rulesOf(explain);
  const plan = planList(original, collection.name, 1, explainedPage, { filter, sort });
  const parts = plan.andThen((found) => compileParts(original, found));
  const refusal = refusalOf(parts);
  if (refusal.isErr()) return err(refusal.error);
  if (plan.isErr() || parts.isErr() || refusal.value) return refused(explain, refusal.value);
  const rows = await countRows(explain, original, plan.value, parts.value.predicate);
  if (rows.isErr()) return err(rows.error);
  const subject: Subject = id === undefined ? { kind: "rows", where: liveRows(collection) } : { kind: "row", id };
  const rules = await explainRules(explain, applied.rules, subject);
  if (rules.isErr()) return err(rules.error);
  const tree = filterTree(explain, plan.value.filter);
  if (tree.isErr()) return err(tree.error);
  const permitted = accessPredicate(explain.context, collection, "list");
  if (permitted.isErr()) return err(permitted.error);
  const filtered: Subject =
    id === undefined ? { kind: "rows", where: both(liveRows(collection), permitted.value) } : { kind: "row", id };
  const explainedFilter = tree.value && (await explainFilter(explain, plan.value.filter, tree.value, filtered));
  if (explainedFilter?.isErr()) return err(explainedFilter.error);
  const statement = await explainStatement(explain, "list", compileList(original, collection, parts.value), {
    ...plan.value.filter,
    slots: { limit: explainedPage, offset: 0 },
  });
  if (statement.isErr()) return err(statement.error);
  const conditions = [...ruleTrees(explain, applied), ...(tree.value ? [tree.value] : [])];
  const section: ExplainedSection = { subject: id === undefined ? "rows" : "row", rules: rules.value };
  const common = {
    rows: rows.value,
    sections: rules.value.length === 0 ? [] : [section],
    ...(explainedFilter?.isOk() ? { filter: explainedFilter.value } : {}),
    statements: [statement.value.statement],
    missingIndexes: missingIndexes(collection, statement.value, conditions, parts.value.sort.keys),
    unindexable: unindexable(collection, statement.value, conditions),
  };
  const failed = failing(rules.value);
  if (id === undefined) {
    const isAll = rows.value.selected === rows.value.total;
    const decided = rows.value.permitted < rows.value.total ? failed : undefined;
    const outcome = isAll ? "allowed" : "filtered";
    return ok({
      outcome,
      reason: countSentence(rows.value, decided),
      decidedBy: deciding(decided, applied),
      ...common,
    });
  }
  const { state } = await findRow(explain, id);
  const isListed = await isSelected(explain, original, plan.value, both(parts.value.predicate, idIs(collection, id)));
  if (isListed.isErr()) return err(isListed.error);
  const record = `record "${id}"`;
  const reason =
    state !== "live"
      ? absence(collection.name, id, state)
      : !failed && !isListed.value
        ? `The rules let ${record} through, but the filter is ${explainedFilter?.isOk() ? explainedFilter.value.value : "false"} for it.`
        : ruleSentence(failed, applied, record);
  const decidedBy = state === "live" ? deciding(failed, applied) : null;
  return ok({ outcome: isListed.value ? "allowed" : "filtered", reason, decidedBy, record: state, ...common });
}

/** Why a record cannot be found whatever the rules say. */
export const absence = (collection: string, id: string, state: "deleted" | "absent"): string =>
  state === "deleted"
    ? `The record "${id}" of "${collection}" is soft-deleted, so it does not exist for any caller until undelete.`
    : `There is no record "${id}" in "${collection}".`;

async function refused(
  explain: ExplainContext,
  refusal: Parameters<typeof shownRefusal>[0] | undefined,
): Outcome<OperationExplanation> {
  const applied = rulesOf(explain);
  const isForbidden = refusal?.code === "forbidden";
  const rules = await explainRules(explain, applied.rules, { kind: isForbidden ? "request" : "nothing" });
  if (rules.isErr()) return err(rules.error);
  const failed = isForbidden ? failing(rules.value) : undefined;
  const unread = rules.value.find(({ problem }) => problem !== undefined);
  const reason = !isForbidden
    ? `The list was refused before any rule was asked: ${refusal?.message ?? ""}`
    : applied.refusal === undefined
      ? ruleSentence(unread, applied, "this request")
      : refusedAtOnce(explain, applied);
  return ok({
    outcome: "denied",
    reason,
    decidedBy: isForbidden
      ? deciding(unread ?? (applied.refusal === "superusers_only" ? failed : undefined), applied)
      : null,
    ...(refusal ? { refusal: shownRefusal(refusal) } : {}),
    sections: [{ subject: "request", rules: rules.value }],
    statements: [],
    missingIndexes: [],
    unindexable: [],
  });
}

const both = (a: RawBuilder<boolean>, b: RawBuilder<boolean> | undefined): RawBuilder<boolean> =>
  b === undefined ? a : sql<boolean>`${a} and (${b})`;

async function countRows(
  { db, collection }: ExplainContext,
  original: RecordContext,
  { filter }: ListPlan,
  selected: RawBuilder<boolean>,
): Outcome<NonNullable<Explanation["rows"]>> {
  const permitted = accessPredicate(original, collection, "list");
  if (permitted.isErr()) return err(permitted.error);
  const count = (where: RawBuilder<boolean>) =>
    sql<number>`(${db
      .selectFrom(collection.name)
      .select(sql<number>`count(*)`.as("n"))
      .where(where)})`;
  const live = liveRows(collection);
  // One statement, so that the three fit together.
  const query = db.selectNoFrom([
    count(live).as("total"),
    count(both(live, permitted.value)).as("permitted"),
    count(selected).as("selected"),
  ]);
  const rows = await runBound(db, query.compile(), bindContext(original, "list", filter));
  return rows.map(([row]) => ({
    total: row?.total ?? 0,
    permitted: row?.permitted ?? 0,
    selected: row?.selected ?? 0,
  }));
}

async function isSelected(
  { db, collection }: ExplainContext,
  original: RecordContext,
  { filter }: ListPlan,
  where: RawBuilder<boolean>,
): Outcome<boolean> {
  const query = db
    .selectFrom(collection.name)
    .select(sql<number>`1`.as("found"))
    .where(where);
  const rows = await runBound(db, query.compile(), bindContext(original, "list", filter));
  return rows.map(({ length }) => length > 0);
}

function countSentence(
  { total, permitted, selected }: NonNullable<Explanation["rows"]>,
  decided: Parameters<typeof named>[0] | undefined,
): string {
  if (selected === total) return `All ${total} live records are listed.`;
  const byRules =
    permitted < total && decided
      ? `the rules let ${permitted} of ${total} live records through (${named(decided)} is not true for the others)`
      : `the rules let all ${total} live records through`;
  return permitted === selected
    ? `${selected} of ${total} records are listed: ${byRules}.`
    : `${selected} of ${total} records are listed: ${byRules}, and the filter selects ${selected} of these.`;
}
