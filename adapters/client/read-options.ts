// Which records a read asks for, and which parts of them: options → query parameters.
import { callOptionNames, type CallOptions, type OptionNames } from "./call-options.js";
import { filterText, type FilterInput } from "./filter-text.js";
import type { Query } from "./request-path.js";

/** Options of a call that gives records. */
export interface SelectionOptions extends CallOptions {
  /** Which fields to give: `"id,title,expand.author.name"`, or a list. Default: all. */
  readonly fields?: string | readonly string[] | undefined;
  /** Relations to put beside each record under `expand`: `"author,comments.user"`, or a list. Default: none. */
  readonly expand?: string | readonly string[] | undefined;
}

/** Options of {@link CollectionClient.getFirst}. */
export interface GetFirstOptions extends SelectionOptions {
  /** `"-created,title"` or a list of such keys; nulls come first ascending. Default: as the records were made. */
  readonly sort?: string | readonly string[] | undefined;
}

/** Options of {@link CollectionClient.iterate} and {@link CollectionClient.getFullList}. */
export interface IterateOptions extends GetFirstOptions {
  /** Which records: a text, or a pair of a text and the values of its placeholders. Default: all live ones. */
  readonly filter?: FilterInput | undefined;
  /** Records of one request, up to the server's `limits.perPage`. Default 200. */
  readonly batch?: number | undefined;
}

/** Options of {@link CollectionClient.getList}. */
export interface ListOptions extends Omit<IterateOptions, "batch"> {
  /** Leaves out counting: totals are -1. Default false. */
  readonly skipTotal?: boolean | undefined;
  /**
   * Pages by key instead of by number: `""` for the first page, then the `nextCursor` of the page before. Costs the same
   * for any page, and neither repeats nor misses records when others come or go. `page` is not used then.
   */
  readonly cursor?: string | undefined;
}

/** The names of {@link SelectionOptions}. */
export const selectionNames = {
  ...callOptionNames,
  fields: true,
  expand: true,
} as const satisfies OptionNames<SelectionOptions>;

/** The names of {@link GetFirstOptions}. */
export const getFirstNames = { ...selectionNames, sort: true } as const satisfies OptionNames<GetFirstOptions>;

/** The names of {@link IterateOptions}. */
export const iterateNames = {
  ...getFirstNames,
  filter: true,
  batch: true,
} as const satisfies OptionNames<IterateOptions>;

/** The names of {@link ListOptions}. */
export const listNames = {
  ...getFirstNames,
  filter: true,
  skipTotal: true,
  cursor: true,
} as const satisfies OptionNames<ListOptions>;

/** The query of a read. Throws `filter_invalid`. */
export function readQuery({ fields, expand, sort, filter, skipTotal, cursor }: ListOptions): Query {
  return {
    ...{ fields: listed(fields), expand: listed(expand), sort: listed(sort) },
    filter: filter === undefined ? undefined : filterText(filter),
    ...{ skipTotal, cursor },
  };
}

const listed = (words: string | readonly string[] | undefined): string | undefined =>
  typeof words === "object" ? words.join(",") : words;
