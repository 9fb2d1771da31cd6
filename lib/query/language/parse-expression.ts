// Text → tree. Checks the grammar and its limits; knows no collection, so names are not looked up here.
// `!` binds closest, then AND, then OR.
import { LRUCache } from "lru-cache";
import type { EngineError } from "../../base/errors.js";
import { defaultLimits, type EngineLimits } from "../../base/limits.js";
import type { Result } from "../../base/result.js";
import type { Expression } from "./expression.js";
import { ExpressionParser } from "./expression-parser.js";
import { refusable, refuseExpression, type ExpressionContext, type ExpressionSource } from "./expression-refusal.js";

export interface ParseOptions {
  /** `@request` values are there in rules only, placeholders in filters only. Default "filter". */
  readonly context?: ExpressionContext;
  /** Default: the limits of the engine that are on by default. */
  readonly limits?: EngineLimits;
}

// A tree takes up to 52 bytes for each character of its text (measured), so this is at most 20 MB, whatever callers
// send, and holds some thousand usual filters: values come apart from their texts.
const maxCachedCharacters = 400_000;

const trees = new LRUCache<string, Expression>({
  maxSize: maxCachedCharacters,
  sizeCalculation: (_, key) => key.length,
});

/**
 * The tree of a filter or rule. `filter_invalid` or `rule_invalid` with the character and the reason, also for a
 * text beyond a limit and for an empty one.
 *
 * @example
 * ```ts
 * const tree = parseExpression("title ~ {:t} && views > 10");
 * ```
 */
export function parseExpression(text: string, options: ParseOptions = {}): Result<Expression, EngineError> {
  const { context = "filter", limits = defaultLimits } = options;
  const source: ExpressionSource = { text, code: context === "rule" ? "rule_invalid" : "filter_invalid" };
  if (text.length > limits.expressionLength) {
    const message = `the expression has ${text.length} characters; at most ${limits.expressionLength} are allowed`;
    return refuseExpression(source, limits.expressionLength, message);
  }
  const { expressionComparisons, expressionNesting, inListLength } = limits;
  const key = `${context} ${expressionComparisons} ${expressionNesting} ${inListLength} ${text}`;
  const known = trees.get(key);
  return refusable(source, () => {
    if (known !== undefined) return known;
    const tree = new ExpressionParser(text, context, limits).parse();
    trees.set(key, tree);
    return tree;
  });
}
