// An expression with the value of each of its parts. The store answers: every part is compiled as the whole is, and
// selected as a column.
import { sql, type RawBuilder } from "kysely";
import { err, ok, type Outcome } from "../../base/result.js";
import { operandsOf } from "../../query/language/operands.js";
import { compileExpression } from "../../query/compiler/compile-expression.js";
import type { Expression } from "../../query/language/expression.js";
import { idIs } from "../rows/row-predicates.js";
import type { Asking, ExplainContext, Subject } from "./explain-context.js";
import type { ExplainedCounts, ExplainedNode, ExplainedValue } from "./explanation.js";
import { explainOperands } from "./explain-operands.js";

type Answer = Pick<ExplainedNode, "value" | "counts">;

// A statement of 50 columns stays far below SQLite's limits of columns (2,000) and bound values (32,766).
const nodesPerStatement = 50;

/** The tree with all values. `rule_invalid`, `filter_invalid`. */
export async function explainExpression(
  context: ExplainContext,
  tree: Expression,
  asking: Asking,
  subject: Subject,
): Outcome<ExplainedNode> {
  const asked = nodesOf(tree).filter((node) => isAnswerable(node, subject));
  const answers = new Map<Expression, Answer>();
  for (let from = 0; from < asked.length; from += nodesPerStatement) {
    const nodes = asked.slice(from, from + nodesPerStatement);
    const found = await answerNodes(context, nodes, asking, subject);
    if (found.isErr()) return err(found.error);
    nodes.forEach((node, index) => answers.set(node, found.value[index] as Answer));
  }
  return describe(context, tree, asking, subject, answers);
}

const partsOf = (node: Expression): readonly Expression[] =>
  node.kind === "and" || node.kind === "or" ? node.operands : node.kind === "not" ? [node.operand] : [];

const nodesOf = (node: Expression): readonly Expression[] => [node, ...partsOf(node).flatMap(nodesOf)];

const isAnswerable = (node: Expression, { kind }: Subject): boolean =>
  kind === "request" ? operandsOf(node).every((operand) => operand.kind !== "field") : kind !== "nothing";

async function answerNodes(
  { db, collection, watch }: ExplainContext,
  nodes: readonly Expression[],
  { options, bind }: Asking,
  subject: Subject,
): Outcome<readonly Answer[]> {
  const columns: RawBuilder<unknown>[] = [];
  for (const node of nodes) {
    const compiled = compileExpression(node, options);
    if (compiled.isErr()) return err(compiled.error);
    if (subject.kind === "rows") columns.push(...countColumns(compiled.value));
    else columns.push(compiled.value);
  }
  const selected = columns.map((column, index) => column.as(`c${index}`));
  const query =
    subject.kind === "row"
      ? db.selectFrom(collection.name).select(selected).where(idIs(collection, subject.id))
      : subject.kind === "rows"
        ? db.selectFrom(collection.name).select(selected).where(subject.where)
        : db.selectNoFrom(selected);
  const bound = watch.bind(query.compile(), bind);
  if (bound.isErr()) return err(bound.error);
  const { rows } = await db.executeQuery(bound.value.query);
  const row = rows[0] as Readonly<Record<string, unknown>> | undefined;
  return ok(nodes.map((_, index) => (subject.kind === "rows" ? countsOf(row, index) : { value: valueOf(row, index) })));
}

const countColumns = (predicate: RawBuilder<boolean>): readonly RawBuilder<unknown>[] => [
  sql`count(case when ${predicate} then 1 end)`,
  sql`count(case when not (${predicate}) then 1 end)`,
  sql`count(*)`,
];

function countsOf(row: Readonly<Record<string, unknown>> | undefined, index: number): Answer {
  const [holds = 0, fails = 0, all = 0] = [0, 1, 2].map((offset) => Number(row?.[`c${index * 3 + offset}`] ?? 0));
  const counts: ExplainedCounts = { true: holds, false: fails, unknown: all - holds - fails };
  return { counts };
}

function valueOf(row: Readonly<Record<string, unknown>> | undefined, index: number): ExplainedValue {
  if (row === undefined) return "not_asked";
  const value = row[`c${index}`];
  return value === null ? "unknown" : Number(value) === 0 ? "false" : "true";
}

async function describe(
  context: ExplainContext,
  node: Expression,
  asking: Asking,
  subject: Subject,
  answers: ReadonlyMap<Expression, Answer>,
): Outcome<ExplainedNode> {
  const { kind, position, end } = node;
  const parts: ExplainedNode[] = [];
  for (const part of partsOf(node)) {
    const described = await describe(context, part, asking, subject, answers);
    if (described.isErr()) return err(described.error);
    parts.push(described.value);
  }
  const operands = await explainOperands(context, node, asking, subject);
  if (operands.isErr()) return err(operands.error);
  const answer = answers.get(node) ?? { value: "not_asked" as const };
  const text = asking.options.text.slice(position, end);
  return ok({ kind, position, end, text, ...answer, operands: operands.value, parts });
}
