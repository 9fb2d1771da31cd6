// The statements of lists, compiled once for all calls that ask alike: the page, how many there are, and both in one.
import { CompiledQuery, sql, type RawBuilder } from "kysely";
import type { EngineError } from "../../base/errors.js";
import type { Result } from "../../base/result.js";
import { afterCursor, type CursorValue } from "../../query/cursor.js";
import type { Sort } from "../../query/sort.js";
import type { Collection } from "../../schema/collection.js";
import { withoutTree } from "../query-cache.js";
import type { CompileContext } from "../record-context.js";
import { engineSlot } from "../rows/engine-slot.js";
import { projectionKey } from "../selection/projection.js";
import { countStatement } from "../totals/total-question.js";
import { compileParts, type ListParts, type ListPlan } from "./list-plan.js";
import { rowPredicate, type RecordFilter } from "./record-filter.js";

/** The statements of a page by number. */
export interface PageQueries {
  /** One row: the records as JSON text, `items`. Slots `limit` and `offset`. */
  readonly items: CompiledQuery;
  /** One row: how many there are on all pages, `total`. */
  readonly count: CompiledQuery;
  /** One row with `items` and `total`, which fit together. */
  readonly both: CompiledQuery;
}

/** `forbidden`, `filter_invalid`, `sort_invalid`. */
export function compilePage(context: CompileContext, plan: ListPlan): Result<PageQueries, EngineError> {
  const { collection, filter, options, selection } = plan;
  const { includeDeleted = false, sort } = options;
  const key = ["list", filter.text, filter.shapes, includeDeleted, sort, projectionKey(selection)];
  const compiled = context.services.queries.compiledAll(context, collection, key, () =>
    compileCount(context, collection, filter, includeDeleted).andThen((count) =>
      compileParts(context, plan).map((parts) => {
        const items = compileItems(context, collection, parts);
        return [items, count, inOne(items, count)];
      }),
    ),
  );
  return compiled.map(([items, count, both]) => ({ items, count, both }) as PageQueries);
}

/** How many records a filter selects, column `total`. `forbidden`, `filter_invalid`. */
export const compileCount = (
  context: CompileContext,
  collection: Collection,
  filter: RecordFilter,
  includeDeleted: boolean,
): Result<CompiledQuery, EngineError> =>
  context.services.queries.compiled(context, collection, ["count", filter.text, filter.shapes, includeDeleted], () =>
    rowPredicate(context, collection, filter, includeDeleted).map((predicate) =>
      countStatement(context.services.dialect.builder, collection, predicate),
    ),
  );

/** The statement of a page with its total, as it is explained. */
export function compileList(context: CompileContext, collection: Collection, parts: ListParts): CompiledQuery {
  const count = countStatement(context.services.dialect.builder, collection, parts.predicate);
  return inOne(compileItems(context, collection, parts), count);
}

function compileItems(
  { services: { dialect } }: CompileContext,
  collection: Collection,
  { predicate, sort, item }: ListParts,
): CompiledQuery {
  const { builder } = dialect;
  // Ids first, JSON for the page alone: a sort would otherwise build the JSON of every row that the filter selects
  // (8.2 ms against 5.1 ms for 20 of 20,000).
  const page = builder
    .selectFrom(collection.name)
    .select(`${collection.name}.id as id`)
    .where(predicate)
    .orderBy(sort.orderBy)
    .limit(sql<number>`${engineSlot("limit")}`)
    .offset(sql<number>`${engineSlot("offset")}`);
  const record = sql<string>`(${builder
    .selectFrom(collection.name)
    .select(item.as("item"))
    .where(sql<boolean>`${sql.ref(`${collection.name}.id`)} = ${sql.ref("page.id")}`)})`;
  return withoutTree(builder.selectFrom(page.as("page")).select(dialect.jsonArrayOf(record).as("items")).compile());
}

const inOne = (items: CompiledQuery, count: CompiledQuery): CompiledQuery =>
  CompiledQuery.raw(`select (${items.sql}) as "items", (${count.sql}) as "total"`, [
    ...items.parameters,
    ...count.parameters,
  ]);

export const keyColumn = (index: number): string => `key ${index}`;

/**
 * The rows of a page after a cursor: `item`, and the keys of the sort. Slots `limit`, and `after 0`, `after 1` … for the
 * values of the cursor that are not null. `forbidden`, `filter_invalid`.
 */
export function compileRowsAfter(
  context: CompileContext,
  plan: ListPlan,
  sort: Sort,
  last: readonly CursorValue[] | undefined,
): Result<CompiledQuery, EngineError> {
  const { collection, filter, options, selection } = plan;
  const { includeDeleted = false } = options;
  const nulls = last?.map((value) => value === null);
  const key = ["after", filter.text, filter.shapes, includeDeleted, options.sort, projectionKey(selection), nulls];
  return context.services.queries.compiled(context, collection, key, () =>
    compileParts(context, plan).map(({ predicate, item }) => {
      const isAfter =
        last &&
        afterCursor(
          sort,
          last.map((value, at) => (value === null ? null : engineSlot(slotOf(at)))),
        );
      const where: RawBuilder<boolean> = isAfter ? sql<boolean>`(${predicate}) and ${isAfter}` : predicate;
      return context.services.dialect.builder
        .selectFrom(collection.name)
        .select([item.as("item"), ...sort.keys.map(({ value }, index) => value.as(keyColumn(index)))])
        .where(where)
        .orderBy(sort.orderBy)
        .limit(sql<number>`${engineSlot("limit")}`)
        .compile();
    }),
  );
}

const slotOf = (index: number): string => `after ${index}`;

/** The values of the slots of {@link compileRowsAfter}. */
export const slotsAfter = (
  last: readonly CursorValue[] | undefined,
  limit: number,
): Readonly<Record<string, CursorValue>> => ({
  limit,
  ...Object.fromEntries((last ?? []).map((value, index) => [slotOf(index), value])),
});
