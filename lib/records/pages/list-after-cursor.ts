// The page after a cursor: rows beyond the last one's sort keys, found by key and not by counting past them.
import { sql } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { runBound } from "../../query/values/run-bound.js";
import { afterCursor, decodeCursor, encodeCursor, type CursorScope, type CursorValue } from "../../query/cursor.js";
import type { Sort } from "../../query/sort.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import { compileParts, countOf, totals, type ListParts, type ListPlan, type PageText } from "./list-plan.js";
import type { RecordContext } from "../record-context.js";
import { bindContext } from "../rows/bind-context.js";
import { filterKey } from "./record-filter.js";

/** `request_invalid` for a cursor that was altered or belongs to another list. */
export async function readAfterCursor(
  context: RecordContext,
  db: StoreExecutor,
  plan: ListPlan,
  cursor: unknown,
): Outcome<PageText> {
  const compiled = compileParts(context, plan);
  if (compiled.isErr()) return err(compiled.error);
  const parts = compiled.value;
  const scope: CursorScope = {
    databaseId: context.databaseId,
    collectionId: plan.collection.id,
    sort: parts.sort,
    filter: filterKey(plan.filter),
  };
  const key = context.services.cursorKey(context.databaseId);
  const last = readCursor(key, scope, cursor);
  if (last.isErr()) return err(last.error);
  const rows = await rowsAfter(context, db, plan, parts, last.value);
  if (rows.isErr()) return err(rows.error);
  const shown = rows.value.slice(0, plan.perPage);
  const end = rows.value.length > plan.perPage ? shown.at(-1) : undefined;
  const nextCursor = end ? encodeCursor(key, scope, sortValues(parts.sort, end)) : null;
  const total = plan.options.skipTotal === true ? ok(-1) : await countAll(context, db, plan, parts);
  if (total.isErr()) return err(total.error);
  const items = `[${shown.map((row) => String(row["item"])).join(",")}]`;
  return ok({ page: plan.page, perPage: plan.perPage, ...totals(total.value, plan.perPage), items, nextCursor });
}

/** The sort keys of the last record seen; undefined for the first page. */
function readCursor(
  key: Uint8Array,
  scope: CursorScope,
  cursor: unknown,
): Result<readonly CursorValue[] | undefined, EngineError> {
  if (cursor === "") return ok(undefined);
  if (typeof cursor === "string") return decodeCursor(key, scope, cursor);
  return refuse("request_invalid", { parameter: "cursor" }, { message: 'cursor is a text: "" for the first page.' });
}

const keyColumn = (index: number): string => `key ${index}`;

const sortValues = (sort: Sort, row: StoreRow): readonly CursorValue[] =>
  sort.keys.map((_, index) => row[keyColumn(index)] as CursorValue);

async function rowsAfter(
  context: RecordContext,
  db: StoreExecutor,
  { collection, filter, perPage }: ListPlan,
  { predicate, sort, item }: ListParts,
  last: readonly CursorValue[] | undefined,
): Outcome<readonly StoreRow[]> {
  // One more than is shown tells whether there is a next page.
  const query = db
    .selectFrom(collection.name)
    .select([item.as("item"), ...sort.keys.map(({ value }, index) => value.as(keyColumn(index)))])
    .where(last ? sql<boolean>`(${predicate}) and ${afterCursor(sort, last)}` : predicate)
    .orderBy(sort.orderBy)
    .limit(perPage + 1);
  return runBound<StoreRow>(db, query.compile(), bindContext(context, "list", filter));
}

/** The total of all pages: the cursor takes no part in it. */
async function countAll(
  context: RecordContext,
  db: StoreExecutor,
  { collection, filter }: ListPlan,
  { predicate }: ListParts,
): Outcome<number> {
  const total = countOf(db, collection, predicate, false).as("total");
  const rows = await runBound(db, db.selectNoFrom(total).compile(), bindContext(context, "list", filter));
  return rows.map(([row]) => row?.total ?? 0);
}
