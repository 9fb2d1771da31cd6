// A caller's filter: from what was passed to a predicate over a collection's rows.
import { sql, type RawBuilder } from "kysely";
import { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import { createCollectionResolver } from "../../query/compiler/collection-resolver.js";
import { compileExpression } from "../../query/compiler/compile-expression.js";
import type { FieldResolver } from "../../query/compiler/field-resolver.js";
import { parameterShapes } from "../../query/values/parameter-shape.js";
import { parseExpression } from "../../query/language/parse-expression.js";
import type { Collection } from "../../schema/collection.js";
import type { CompileContext } from "../record-context.js";
import { accessPredicate, hopPredicate } from "../rows/row-access.js";
import { liveRows } from "../rows/row-predicates.js";

/** A filter's text, or the text with the values of its placeholders: `["title ~ {:word}", { word: "x" }]`. */
export type FilterInput = string | readonly [text: string, parameters: Readonly<Record<string, unknown>>];

/** A filter as it was passed, checked for its outer shape. */
export interface RecordFilter {
  readonly text: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** With the text, the key under which a compiled query may be kept. */
  readonly shapes: string;
}

/** `filter_invalid` for anything but a text, or a pair of a text and an object of values. */
export function readFilter(filter: FilterInput | undefined | null): Result<RecordFilter, EngineError> {
  try {
    const isPair = Array.isArray(filter) && filter.length === 2;
    const [text, values]: readonly unknown[] = isPair ? filter : [filter ?? "", {}];
    if (typeof text === "string" && typeof values === "object" && values !== null && !Array.isArray(values)) {
      // A copy: what was checked is what is bound, whatever a getter gives the second time.
      const parameters: Readonly<Record<string, unknown>> = { ...values };
      return ok({ text, parameters, shapes: parameterShapes(parameters) });
    }
  } catch {
    // A getter or a proxy threw; the refusal below says what a filter is.
  }
  const message =
    'A filter is a text, or a pair of a text and the values of its placeholders: ["title ~ {:word}", { word: "x" }].';
  return err(new EngineError("filter_invalid", { expression: "", position: 0 }, { message }));
}

/** The resolver of what paths mean to this caller: fields that he may read, and records that he may view at every hop. */
export const resolverFor = (context: CompileContext, collection: Collection): FieldResolver =>
  createCollectionResolver({
    catalog: context.catalog,
    scope: context.scope,
    collection,
    tableAlias: collection.name,
    dialect: context.services.dialect,
    maxHops: context.services.limits.expandDepth,
    mayRead: (owner, field) => context.policy.mayRead(owner, field),
    hopPredicate: (target, alias) => hopPredicate(context, target, alias),
  });

/**
 * Which rows a list sees: the live ones (or all) that the caller may list and the filter selects. `forbidden`,
 * `filter_invalid`.
 */
export function rowPredicate(
  context: CompileContext,
  collection: Collection,
  filter: RecordFilter,
  includeDeleted: boolean,
): Result<RawBuilder<boolean>, EngineError> {
  const allowed = accessPredicate(context, collection, "list");
  if (allowed.isErr()) return err(allowed.error);
  const parts: RawBuilder<boolean>[] = includeDeleted ? [] : [liveRows(collection)];
  if (allowed.value) parts.push(sql<boolean>`(${allowed.value})`);
  if (filter.text.trim() !== "") {
    const selected = compileFilter(context, collection, filter);
    if (selected.isErr()) return err(selected.error);
    parts.push(sql<boolean>`(${selected.value})`);
  }
  return ok(parts.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(parts, sql` and `)}`);
}

function compileFilter(
  context: CompileContext,
  collection: Collection,
  { text, parameters }: RecordFilter,
): Result<RawBuilder<boolean>, EngineError> {
  const { dialect, limits } = context.services;
  return parseExpression(text, { limits }).andThen((tree) =>
    compileExpression(tree, { text, resolver: resolverFor(context, collection), dialect, parameters, limits }),
  );
}

/** Texts that differ where two filters or their values differ; a cursor is bound to it. */
export function filterKey({ text, parameters }: RecordFilter): string {
  try {
    return JSON.stringify([text, parameters]);
  } catch {
    // Values that JSON cannot say are refused where they are bound.
    return text;
  }
}
