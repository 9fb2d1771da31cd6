// One page of a collection's records: live rows that the filter selects, in order, as JSON that the store builds. Items
// and total come from one statement, so they fit together.
import { numberOf } from "../base/object-number.js";
import { err, ok, type Outcome } from "../base/result.js";
import { bindParameters } from "../query/values/bind-parameters.js";
import { readAfterCursor } from "./pages/list-after-cursor.js";
import {
  planList,
  totals,
  type ListOptions,
  type ListPlan,
  type PageText,
  type RecordPage,
} from "./pages/list-plan.js";
import { compilePage } from "./pages/list-queries.js";
import type { RecordContext } from "./record-context.js";
import { bindContext } from "./rows/bind-context.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { expandRecords } from "./selection/expand-records.js";
import { readOneRow } from "../storage/one-row.js";
import { readWithTotal } from "./totals/read-with-total.js";
import { totalQuestion } from "./totals/total-question.js";

/** `collection_not_found`, `filter_invalid`, `sort_invalid`, `request_invalid` (page, perPage, fields, expand, cursor). */
export async function listRecords(
  context: RecordContext,
  name: string,
  number: number,
  perPage: number,
  options: ListOptions = {},
): Outcome<RecordPage> {
  const plan = planList(context, name, number, perPage, options);
  if (plan.isErr()) return err(plan.error);
  const listed = await readPage(context, plan.value);
  if (listed.isErr()) return err(listed.error);
  // Parsed for each caller: the text may be shared, the records are his own.
  const items = JSON.parse(listed.value.items) as PlainRecord[];
  const page: RecordPage = { ...listed.value, items };
  const { selection } = plan.value;
  if (selection.expand.length === 0) return ok(page);
  return context.read(async (db) => {
    const expanded = await expandRecords(context, db, items, selection);
    return expanded.map(() => page);
  });
}

/** As {@link listRecords}, as JSON text: the records as the store built them, untouched where nothing is expanded. */
export async function listRecordsText(
  context: RecordContext,
  name: string,
  page: number,
  perPage: number,
  options: ListOptions = {},
): Outcome<string> {
  const plan = planList(context, name, page, perPage, options);
  if (plan.isErr()) return err(plan.error);
  if (plan.value.selection.expand.length > 0) {
    const listed = await listRecords(context, name, page, perPage, options);
    return listed.map((expanded) => JSON.stringify(expanded));
  }
  const listed = await readPage(context, plan.value);
  return listed.map(writePage);
}

/** A page whose records are still the JSON list that the store built. */
const readPage = (context: RecordContext, plan: ListPlan): Outcome<PageText> =>
  plan.options.cursor === undefined ? readByNumber(context, plan) : readAfterCursor(context, plan, plan.options.cursor);

/** The page as JSON, with its keys in the order of {@link RecordPage}. */
function writePage({ page, perPage, totalItems, totalPages, items, nextCursor }: PageText): string {
  const cursor = nextCursor === undefined ? "" : `,"nextCursor":${JSON.stringify(nextCursor)}`;
  return `{"page":${page},"perPage":${perPage},"totalItems":${totalItems},"totalPages":${totalPages},"items":${items}${cursor}}`;
}

interface ReadItems {
  readonly items: string;
}

async function readByNumber(context: RecordContext, plan: ListPlan): Outcome<PageText> {
  const { collection, filter, options, page, perPage } = plan;
  const { skipTotal = false } = options;
  const queries = compilePage(context, plan);
  if (queries.isErr()) return err(queries.error);
  const { items, count, both } = queries.value;
  const slots = { limit: perPage, offset: (page - 1) * perPage };
  const bind = bindContext(context, "list", { parameters: filter.parameters, slots });
  const itemsOnly = bindParameters(items, bind);
  if (itemsOnly.isErr()) return err(itemsOnly.error);
  const withTotal = skipTotal ? itemsOnly : bindParameters(both, bind);
  if (withTotal.isErr()) return err(withTotal.error);
  const { parameters } = withTotal.value;
  const key = JSON.stringify([numberOf(skipTotal ? items : both), parameters]);
  const read = await context.readShared(key, async (db) => {
    const readItems = (): Promise<ReadItems> => readOneRow(db, itemsOnly.value);
    if (skipTotal) return ok({ items: (await readItems()).items, total: -1 });
    // The values of the counting statement stand behind those of the page.
    const values = parameters.slice(items.parameters.length);
    return ok(
      await readWithTotal<ReadItems>(context, db, {
        question: totalQuestion({ collection, catalog: context.catalog, statement: count, values }),
        withoutTotal: readItems,
        withTotal: () => readOneRow(db, withTotal.value),
      }),
    );
  });
  return read.map(({ total, items: text }) => {
    const { totalItems, totalPages } = totals(total, perPage);
    return { page, perPage, totalItems, totalPages, items: text };
  });
}
