// The filter of an explained list: its tree as the caller may write it, with what its parts came to.
import type { EngineError } from "../../base/errors.js";
import { ok, type Outcome, type Result } from "../../base/result.js";
import type { CompileOptions } from "../../query/compiler/compile-expression.js";
import type { Expression } from "../../query/language/expression.js";
import { parseExpression } from "../../query/language/parse-expression.js";
import { resolverFor, type RecordFilter } from "../pages/record-filter.js";
import type { ExplainContext, Subject } from "./explain-context.js";
import { explainTree } from "./explain-rules.js";
import type { ExplainedExpression } from "./explanation.js";

/** The tree of a filter; undefined for a blank one. `filter_invalid`. */
export const filterTree = (
  { context }: ExplainContext,
  { text }: RecordFilter,
): Result<Expression | undefined, EngineError> =>
  text.trim() === "" ? ok(undefined) : parseExpression(text, { limits: context.services.limits });

/** What the filter came to, for a row or for all that the rules let through. */
export function explainFilter(
  explain: ExplainContext,
  { text, parameters }: RecordFilter,
  tree: Expression,
  subject: Subject,
): Outcome<ExplainedExpression> {
  const { context, collection } = explain;
  const { dialect, limits } = context.services;
  const options: CompileOptions = { text, resolver: resolverFor(context, collection), dialect, parameters, limits };
  return explainTree(explain, text, tree, options, subject, { parameters });
}
