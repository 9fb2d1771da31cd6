// What stood on both sides of a comparison. Hidden fields are never read for it.
import { ownOperands } from "../../query/language/operands.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Expression, Operand } from "../../query/language/expression.js";
import { compileFieldValue, constantValue, type FieldValue } from "../../query/values/operand-value.js";
import { idIs } from "../rows/row-predicates.js";
import type { Asking, ExplainContext, Subject } from "./explain-context.js";
import { hiddenValue, type ExplainedOperand } from "./explanation.js";

/** Enough to recognise a long text; an explanation is for people. */
const shownCharacters = 200;

/** The operands of a node of its own, not those of its parts. */
export async function explainOperands(
  context: ExplainContext,
  node: Expression,
  asking: Asking,
  subject: Subject,
): Outcome<readonly ExplainedOperand[]> {
  const explained: ExplainedOperand[] = [];
  const isAny = node.kind === "comparison" && node.isAny;
  for (const operand of ownOperands(node)) {
    const { position, end } = operand;
    const text = asking.options.text.slice(position, end);
    const value = await operandValue(context, operand, isAny, asking, subject);
    if (value.isErr()) return err(value.error);
    explained.push({ position, end, text, ...(value.value === undefined ? {} : { value: shorten(value.value) }) });
  }
  return ok(explained);
}

async function operandValue(
  { db, collection, watch }: ExplainContext,
  operand: Operand,
  isAny: boolean,
  { options, bind }: Asking,
  subject: Subject,
): Outcome<unknown> {
  if (operand.kind !== "field") {
    if (subject.kind === "nothing" && operand.kind === "request") return ok(undefined);
    const { value, wasRead } = watch.watch(() => constantValue(operand, bind));
    return ok(wasRead ? hiddenValue : value);
  }
  // The resolver notes every hidden field that the path goes through.
  const { value: compiled, wasRead } = watch.watch(() => compileFieldValue(operand, isAny, options));
  if (compiled.isErr()) return err(compiled.error);
  if (subject.kind !== "row") return ok(undefined);
  if (wasRead) return ok(hiddenValue);
  const query = db
    .selectFrom(collection.name)
    .select(compiled.value.value.as("value"))
    .where(idIs(collection, subject.id));
  const bound = watch.bind(query.compile(), bind);
  if (bound.isErr()) return err(bound.error);
  const { rows } = await db.executeQuery(bound.value.query);
  const [row] = rows as { readonly value: unknown }[];
  return ok(row === undefined ? undefined : plainValue(compiled.value, row.value));
}

function plainValue({ isList, isBoolean }: FieldValue, value: unknown): unknown {
  const plain = (each: unknown): unknown => (isBoolean && each !== null ? Number(each) !== 0 : each);
  if (!isList) return plain(value);
  return (JSON.parse(String(value)) as { readonly value: unknown }[]).map((each) => plain(each.value));
}

const shorten = (value: unknown): unknown =>
  typeof value === "string" && value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value;
