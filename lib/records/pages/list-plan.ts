// What a list was asked for, read and checked against the schema, and the parts that its SQL is made of.
import type { RawBuilder } from "kysely";
import { readCallOptions, type OptionKinds } from "../../base/call-options.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import { compileSort, type Sort } from "../../query/sort.js";
import type { Collection } from "../../schema/collection.js";
import type { PlainRecord } from "../rows/plain-record.js";
import { checkPage } from "./page-bounds.js";
import { projectRecord } from "../selection/projection.js";
import { requireCollection, type CompileContext, type RecordContext } from "../record-context.js";
import { readFilter, resolverFor, rowPredicate, type FilterInput, type RecordFilter } from "./record-filter.js";
import { requireBypass } from "../rows/row-access.js";
import {
  selectionKinds,
  selectRecordParts,
  type RecordSelection,
  type SelectionOptions,
} from "../selection/record-selection.js";

export interface ListOptions extends SelectionOptions {
  /** Which records: a text, or a pair of a text and the values of its placeholders. Default: all live ones. */
  readonly filter?: FilterInput | undefined;
  /** `"-created,title"` or a list of such keys; nulls come first ascending. Default: as the records were made. */
  readonly sort?: string | readonly string[] | undefined;
  /** Leaves out counting: totals are -1. Default false. */
  readonly skipTotal?: boolean | undefined;
  /**
   * Pages by key instead of by number: `""` for the first page, then the `nextCursor` of the page before. Costs the
   * same for any page, and neither repeats nor misses records when others come or go. `page` is not used then.
   */
  readonly cursor?: string | undefined;
  /** Soft-deleted records too. Default false. */
  readonly includeDeleted?: boolean | undefined;
}

/** One page. */
export interface RecordPage<Item = PlainRecord> {
  readonly page: number;
  readonly perPage: number;
  /** Records that the filter selects, on all pages; -1 with skipTotal. */
  readonly totalItems: number;
  /** -1 with skipTotal. */
  readonly totalPages: number;
  readonly items: Item[];
  /** Only when `cursor` was given: the cursor of the next page, null after the last. */
  readonly nextCursor?: string | null;
}

/** A page whose records are the JSON list that the store built. */
export interface PageText extends Omit<RecordPage, "items"> {
  readonly items: string;
}

/** What a list was asked for, read and checked against the schema. */
export interface ListPlan {
  readonly collection: Collection;
  readonly page: number;
  readonly perPage: number;
  readonly filter: RecordFilter;
  readonly selection: RecordSelection;
  readonly options: ListOptions;
}

const listKinds = {
  ...selectionKinds,
  filter: "any",
  sort: "any",
  skipTotal: "boolean",
  cursor: "any",
  includeDeleted: "boolean",
} as const satisfies OptionKinds<ListOptions>;

/** `collection_not_found`, `filter_invalid` and `sort_invalid` (their shape), `request_invalid` (page, perPage, options). */
export function planList(
  context: RecordContext,
  name: string,
  page: number,
  perPage: number,
  options: ListOptions,
): Result<ListPlan, EngineError> {
  const found = requireCollection(context, name);
  if (found.isErr()) return err(found.error);
  const bounds = checkPage(context.services.limits, page, perPage);
  if (bounds.isErr()) return err(bounds.error);
  const read = readCallOptions(options, listKinds);
  if (read.isErr()) return err(read.error);
  const allowed = read.value.includeDeleted === true ? requireBypass(context) : ok(undefined);
  if (allowed.isErr()) return err(allowed.error);
  const filter = readFilter(read.value.filter);
  if (filter.isErr()) return err(filter.error);
  const sort = readSort(read.value.sort);
  if (sort.isErr()) return err(sort.error);
  return selectRecordParts(context, found.value, read.value).map((selection) => ({
    collection: found.value,
    page,
    perPage,
    filter: filter.value,
    selection,
    options: { ...read.value, sort: sort.value },
  }));
}

/** What a list's SQL is made of. */
export interface ListParts {
  readonly predicate: RawBuilder<boolean>;
  readonly sort: Sort;
  readonly item: RawBuilder<string>;
}

/** Filter, sort and projection against the schema. `filter_invalid`, `sort_invalid`. */
export function compileParts(context: CompileContext, plan: ListPlan): Result<ListParts, EngineError> {
  const { collection, filter, options, selection } = plan;
  const { limits } = context.services;
  return rowPredicate(context, collection, filter, options.includeDeleted ?? false).andThen((predicate) =>
    compileSort(options.sort, resolverFor(context, collection), limits).map((sort) => ({
      predicate,
      sort,
      item: projectRecord(context, collection, selection),
    })),
  );
}

export const totals = (total: number, perPage: number): { totalItems: number; totalPages: number } => ({
  totalItems: total,
  totalPages: total < 0 ? -1 : Math.ceil(total / perPage),
});

/** A sort as one text; what stands in it is for {@link compileSort} to say. */
function readSort(sort: unknown): Result<string, EngineError> {
  const keys: readonly unknown[] = Array.isArray(sort) ? Array.from<unknown>(sort) : [sort ?? ""];
  if (keys.every((key) => typeof key === "string")) return ok(keys.join(","));
  const message = 'A sort is a text of keys with commas between them, or a list of keys: "-created,title".';
  return refuse("sort_invalid", { expression: "", position: 0 }, { message });
}
