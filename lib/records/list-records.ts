// One page of a collection's records: live rows that the filter selects, in order, as JSON that the store builds. Items
// and total come from one statement, so they fit together.
import { sql, type CompiledQuery } from "kysely";
import { err, ok, type Outcome } from "../base/result.js";
import { runBound } from "../query/values/run-bound.js";
import type { Collection } from "../schema/collection.js";
import type { StoreExecutor } from "../storage/storage.js";
import { engineSlot } from "./rows/engine-slot.js";
import { expandRecords } from "./selection/expand-records.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { readAfterCursor } from "./pages/list-after-cursor.js";
import {
  compileParts,
  countOf,
  planList,
  totals,
  type ListOptions,
  type ListParts,
  type ListPlan,
  type PageText,
  type RecordPage,
} from "./pages/list-plan.js";
import type { RecordContext } from "./record-context.js";
import { projectionKey } from "./selection/projection.js";
import { bindContext } from "./rows/bind-context.js";

/** `collection_not_found`, `filter_invalid`, `sort_invalid`, `request_invalid` (page, perPage, fields, expand, cursor). */
export async function listRecords(
  context: RecordContext,
  name: string,
  page: number,
  perPage: number,
  options: ListOptions = {},
): Outcome<RecordPage> {
  const plan = planList(context, name, page, perPage, options);
  if (plan.isErr()) return err(plan.error);
  return context.read(async (db) => {
    const listed = await readPage(context, db, plan.value);
    if (listed.isErr()) return err(listed.error);
    const items = JSON.parse(listed.value.items) as PlainRecord[];
    const expanded = await expandRecords(context, db, items, plan.value.selection);
    if (expanded.isErr()) return err(expanded.error);
    return ok({ ...listed.value, items });
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
  const listed = await context.read((db) => readPage(context, db, plan.value));
  return listed.map(writePage);
}

/** A page whose records are still the JSON list that the store built. */
const readPage = (context: RecordContext, db: StoreExecutor, plan: ListPlan): Outcome<PageText> =>
  plan.options.cursor === undefined
    ? readByNumber(context, db, plan)
    : readAfterCursor(context, db, plan, plan.options.cursor);

/** The page as JSON, with its keys in the order of {@link RecordPage}. */
function writePage({ page, perPage, totalItems, totalPages, items, nextCursor }: PageText): string {
  const cursor = nextCursor === undefined ? "" : `,"nextCursor":${JSON.stringify(nextCursor)}`;
  return `{"page":${page},"perPage":${perPage},"totalItems":${totalItems},"totalPages":${totalPages},"items":${items}${cursor}}`;
}

async function readByNumber(context: RecordContext, db: StoreExecutor, plan: ListPlan): Outcome<PageText> {
  const { collection, filter, options, page, perPage, selection } = plan;
  const { includeDeleted = false, skipTotal = false, sort } = options;
  const { queries } = context.services;
  const key = ["list", filter.text, filter.shapes, sort, projectionKey(selection), includeDeleted, skipTotal];
  const compiled = queries.compiled(context, collection, key, () =>
    compileParts(context, plan).map((parts) => compileList(context, db, collection, parts, skipTotal)),
  );
  const slots = { limit: perPage, offset: (page - 1) * perPage };
  const rows = await runBound(db, compiled, bindContext(context, "list", { ...filter, slots }));
  if (rows.isErr()) return err(rows.error);
  const row = rows.value[0] as { readonly items: string; readonly total: number };
  return ok({ page, perPage, ...totals(row.total, perPage), items: row.items });
}

/** The statement of a page: slots `limit` and `offset`. */
export function compileList(
  { services: { dialect } }: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  { predicate, sort, item }: ListParts,
  skipTotal: boolean,
): CompiledQuery {
  // Ids first, JSON for the page alone: a sort would otherwise build the JSON of every row that the filter selects
  // (8.2 ms against 5.1 ms for 20 of 20,000).
  const page = db
    .selectFrom(collection.name)
    .select(`${collection.name}.id as id`)
    .where(predicate)
    .orderBy(sort.orderBy)
    .limit(sql<number>`${engineSlot("limit")}`)
    .offset(sql<number>`${engineSlot("offset")}`);
  const record = sql<string>`(${db
    .selectFrom(collection.name)
    .select(item.as("item"))
    .where(sql<boolean>`${sql.ref(`${collection.name}.id`)} = ${sql.ref("page.id")}`)})`;
  const items = db.selectFrom(page.as("page")).select(dialect.jsonArrayOf(record).as("items"));
  const total = countOf(db, collection, predicate, skipTotal);
  return db.selectNoFrom([items.as("items"), total.as("total")]).compile();
}
