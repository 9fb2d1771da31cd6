// The rules of a request, each with what it came to.
import type { NamedRule } from "../../access/access-policy.js";
import { ruleResolver } from "../../access/rule-compiler.js";
import { err, ok, type Outcome } from "../../base/result.js";
import { compileExpression, type CompileOptions } from "../../query/compiler/compile-expression.js";
import type { Expression } from "../../query/language/expression.js";
import { parseExpression } from "../../query/language/parse-expression.js";
import type { BoundValues } from "../rows/bind-context.js";
import { scopeOf } from "../rows/row-access.js";
import { boundTo, type ExplainContext, type Subject } from "./explain-context.js";
import { explainExpression } from "./explain-expression.js";
import type { ExplainedCounts, ExplainedExpression, ExplainedRule, RuleReference } from "./explanation.js";
import { isSecret } from "./secret-watch.js";

/** Which rule is meant, for people. */
export const referenceTo = ({ source, name, id, text }: RuleReference): RuleReference => ({
  ...{ source, name, text },
  ...(id === undefined ? {} : { id }),
});

/** All rules, asked about one subject. */
export async function explainRules(
  context: ExplainContext,
  rules: readonly NamedRule[],
  subject: Subject,
  values: BoundValues = {},
): Outcome<readonly ExplainedRule[]> {
  const explained: ExplainedRule[] = [];
  for (const rule of rules) {
    const found = await explainRule(context, rule, subject, values);
    if (found.isErr()) return err(found.error);
    explained.push({ ...referenceTo(rule), ...found.value });
  }
  return ok(explained);
}

async function explainRule(
  context: ExplainContext,
  { text }: NamedRule,
  subject: Subject,
  values: BoundValues,
): Outcome<ExplainedExpression> {
  if (text === null) return ok({ text, value: "false" });
  if (text.trim() === "") return ok({ text, value: "true" });
  const { services } = context.context;
  const { limits, dialect } = services;
  const tree = parseExpression(text, { context: "rule", limits });
  if (tree.isErr()) return ok({ text, value: "not_asked", problem: tree.error.message });
  const resolver = ruleResolver(scopeOf(context.context), context.collection, context.collection.name, (field) => {
    if (isSecret(field)) context.watch.note();
  });
  return explainTree(context, text, tree.value, { text, resolver, dialect, limits, context: "rule" }, subject, values);
}

/** An expression whose text was read, as its policy compiles it. */
export async function explainTree(
  context: ExplainContext,
  text: string,
  tree: Expression,
  options: CompileOptions,
  subject: Subject,
  values: BoundValues,
): Outcome<ExplainedExpression> {
  // A text whose fields are gone is no rule any more, whatever its other parts come to.
  const compiled = compileExpression(tree, options);
  if (compiled.isErr()) return ok({ text, value: "not_asked", problem: compiled.error.message });
  const explained = await explainExpression(context, tree, { options, bind: boundTo(context, values) }, subject);
  return explained.map(({ value, counts, ...rest }) => {
    const answer = { ...(value === undefined ? {} : { value }), ...(counts === undefined ? {} : { counts }) };
    return { text, ...answer, tree: { ...rest, ...answer } };
  });
}

/** Whether a rule lets the subject through: the row, or every row. */
export const holds = ({ value, counts, problem }: ExplainedExpression): boolean =>
  problem === undefined && (counts === undefined ? value === "true" : isAlwaysTrue(counts));

const isAlwaysTrue = (counts: ExplainedCounts): boolean => counts.false === 0 && counts.unknown === 0;
