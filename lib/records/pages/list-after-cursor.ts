// The page after a cursor: rows beyond the last one's sort keys, found by key and not by counting past them.
import type { QueryResult } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { numberOf } from "../../base/object-number.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { decodeCursor, encodeCursor, type CursorScope, type CursorValue } from "../../query/cursor.js";
import { compileSort, type Sort } from "../../query/sort.js";
import { bindParameters, type BindContext } from "../../query/values/bind-parameters.js";
import type { StoreRow } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { readWithTotal } from "../totals/read-with-total.js";
import { totalQuestion } from "../totals/total-question.js";
import { bindContext } from "../rows/bind-context.js";
import { totals, type ListPlan, type PageText } from "./list-plan.js";
import { compileCount, compileRowsAfter, keyColumn, slotsAfter } from "./list-queries.js";
import { filterKey, resolverFor } from "./record-filter.js";

/** `request_invalid` for a cursor that was altered or belongs to another list. */
export async function readAfterCursor(context: RecordContext, plan: ListPlan, cursor: unknown): Outcome<PageText> {
  const { collection, filter, options, page, perPage } = plan;
  const { databaseId, services } = context;
  const sort = compileSort(options.sort, resolverFor(context, collection), services.limits);
  if (sort.isErr()) return err(sort.error);
  const key = services.cursorKey(databaseId);
  const scope: CursorScope = { databaseId, collectionId: collection.id, sort: sort.value, filter: filterKey(filter) };
  const last = readCursor(key, scope, cursor);
  if (last.isErr()) return err(last.error);
  const read = await readRows(context, plan, sort.value, last.value);
  if (read.isErr()) return err(read.error);
  const { rows, total } = read.value;
  const shown = rows.slice(0, perPage);
  const end = rows.length > perPage ? shown.at(-1) : undefined;
  const nextCursor = end ? encodeCursor(key, scope, sortValues(sort.value, end)) : null;
  const items = `[${shown.map((row) => String(row["item"])).join(",")}]`;
  return ok({ page, perPage, ...totals(total, perPage), items, nextCursor });
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

const sortValues = (sort: Sort, row: StoreRow): readonly CursorValue[] =>
  sort.keys.map((_, index) => row[keyColumn(index)] as CursorValue);

interface RowsAfter {
  readonly rows: readonly StoreRow[];
  /** Of all pages, because the cursor takes no part in it; -1 when nobody asks. */
  readonly total: number;
}

async function readRows(
  context: RecordContext,
  plan: ListPlan,
  sort: Sort,
  last: readonly CursorValue[] | undefined,
): Outcome<RowsAfter> {
  const { filter, options, perPage } = plan;
  const { skipTotal = false } = options;
  // One more than is shown tells whether there is a next page.
  const slots = slotsAfter(last, perPage + 1);
  const bind = bindContext(context, "list", { parameters: filter.parameters, slots });
  const compiled = compileRowsAfter(context, plan, sort, last);
  if (compiled.isErr()) return err(compiled.error);
  const rows = bindParameters(compiled.value, bind);
  if (rows.isErr()) return err(rows.error);
  const count = skipTotal ? ok(undefined) : compileTotal(context, plan, bind);
  if (count.isErr()) return err(count.error);
  const key = JSON.stringify([numberOf(compiled.value), skipTotal, rows.value.parameters]);
  return context.readShared(key, async (db) => {
    const find = () => db.executeQuery<StoreRow>(rows.value);
    if (!count.value) return ok({ rows: (await find()).rows, total: -1 });
    const { question, query } = count.value;
    return ok(
      await readWithTotal<QueryResult<StoreRow>>(context, db, {
        question,
        withoutTotal: find,
        withTotal: async () => {
          const found = await find();
          const counted = await db.executeQuery<{ readonly total: number }>(query);
          return { ...found, total: counted.rows[0]?.total ?? 0 };
        },
      }),
    );
  });
}

/** The counting statement, as a question and with its values. */
const compileTotal = (context: RecordContext, { collection, filter, options }: ListPlan, bind: BindContext) =>
  compileCount(context, collection, filter, options.includeDeleted ?? false).andThen((statement) =>
    bindParameters(statement, bind).map((query) => ({
      query,
      question: totalQuestion({ collection, catalog: context.catalog, statement, values: query.parameters }),
    })),
  );
