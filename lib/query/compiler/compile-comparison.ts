// One comparison as SQL. Null makes it unknown, as SQL has it; kinds are checked here, before anything runs.
import { comparisonWords } from "../../storage/comparison-words.js";
import { sql, type RawBuilder } from "kysely";
import type { ComparisonKind } from "../../schema/field-type.js";
import type { ComparisonOperator } from "../../storage/store-dialect.js";
import { testAbsence } from "./compile-absence.js";
import { bindConstant, bindPattern, bindRequestList } from "./compile-constant.js";
import {
  compileOperand,
  type CompiledOperand,
  type ConstantOperand,
  type RowsOperand,
  type ValueOperand,
} from "./compile-operand.js";
import type { CompileScope } from "./compile-scope.js";
import { kindNames } from "../values/coerce-value.js";
import type { Comparison, Operator } from "../language/expression.js";
import { ExpressionRefusal } from "../language/expression-refusal.js";
import { quantify } from "./quantify.js";
import { containsPattern, likePattern } from "../values/text-pattern.js";

/** What a comparison looks at, once both sides have a kind. */
type BoundSide = Pick<ValueOperand, "value"> & Partial<Pick<RowsOperand, "rows" | "knownBy">>;

/** `left operator right`. */
export function compileComparison(scope: CompileScope, node: Comparison): RawBuilder<boolean> {
  const { operator, isAny } = node;
  const left = compileOperand(scope, node.left, isAny);
  const right = compileOperand(scope, node.right, isAny);
  if (operator === "=" || operator === "!=") {
    const isNegated = operator === "!=";
    if (isAbsence(right)) return testAbsence(scope, left, right.absence, isNegated, isAny);
    if (isAbsence(left)) return testAbsence(scope, right, left.absence, isNegated, isAny);
  }
  for (const side of [left, right]) {
    if (side.form === "constant" && side.absence === "null") {
      throw new ExpressionRefusal(side.node.position, "null is compared with = and != or IS NULL");
    }
  }
  return isComparisonOperator(operator)
    ? compileOrder(scope, operator, isAny, left, right)
    : compileText(scope, operator, isAny, left, right);
}

const isAbsence = (side: CompiledOperand): side is ConstantOperand & { readonly absence: "null" | "empty" } =>
  side.form === "constant" && side.absence !== undefined;

const isComparisonOperator = (operator: Operator): operator is ComparisonOperator => operator in comparisonWords;

function compileOrder(
  scope: CompileScope,
  operator: ComparisonOperator,
  isAny: boolean,
  left: CompiledOperand,
  right: CompiledOperand,
): RawBuilder<boolean> {
  const kind = commonKind(scope, left, right);
  const [a, b] = [bindSide(scope, left, right, kind, isAny), bindSide(scope, right, left, kind, isAny)];
  const predicate =
    kind === "dynamic"
      ? scope.dialect.compareScalars(operator, a.value, b.value)
      : sql<boolean>`${a.value} ${comparisonWords[operator]} ${b.value}`;
  return overRows(isAny, [a, b], predicate);
}

/** The kind in which two sides are compared; refuses two that never can be equal. */
export function commonKind(scope: CompileScope, left: CompiledOperand, right: CompiledOperand): ComparisonKind {
  if (left.form === "constant" && right.form === "constant") {
    const kinds = [left.kind, right.kind].filter((kind) => kind !== undefined);
    if (kinds.includes("datetime")) return "datetime";
    if (kinds[0] !== undefined && kinds[1] !== undefined && kinds[0] !== kinds[1]) throw mismatch(scope, left, right);
    return kinds[0] ?? "dynamic";
  }
  if (left.form === "constant") return (right as ValueOperand).kind;
  if (right.form === "constant" || left.kind === right.kind) return left.kind;
  if (left.kind === "dynamic" || right.kind === "dynamic") return "dynamic";
  throw mismatch(scope, left, right);
}

function mismatch(scope: CompileScope, left: CompiledOperand, right: CompiledOperand): ExpressionRefusal {
  const name = ({ node, kind }: CompiledOperand): string => `${scope.show(node)} is ${kindNames[kind ?? "dynamic"]}`;
  return new ExpressionRefusal(right.node.position, `${name(left)}; ${name(right)}`);
}

function bindSide(
  scope: CompileScope,
  side: CompiledOperand,
  other: CompiledOperand,
  kind: ComparisonKind,
  isAny: boolean,
): BoundSide {
  if (side.form !== "constant") return side;
  const { node } = side;
  const asList = node.kind === "request" && (isAny || node.modifiers.some(({ name }) => name === "each"));
  if (asList && side.kind === undefined) {
    const { rows, value, list } = bindRequestList(scope, node, kind);
    return { rows, value, knownBy: list };
  }
  const value = bindConstant(scope, node, kind, scope.show(other.node));
  // A missing @request value leaves the comparison unknown over a list without members too: else its negation held.
  return node.kind === "request" ? { value, knownBy: value } : { value };
}

function compileText(
  scope: CompileScope,
  operator: "~" | "!~" | "like" | "not like",
  isAny: boolean,
  left: CompiledOperand,
  right: CompiledOperand,
): RawBuilder<boolean> {
  for (const side of [left, right]) checkText(scope, side);
  const isLike = operator === "like" || operator === "not like";
  if (isLike && right.form !== "constant") {
    throw new ExpressionRefusal(right.node.position, "LIKE takes a pattern: a text, or a placeholder for one");
  }
  const a = bindSide(scope, left, right, left.form === "constant" ? "text" : left.kind, isAny);
  const isPattern = right.form === "constant";
  const b = isPattern
    ? { value: bindPattern(scope, right.node, isLike ? likePattern : containsPattern) }
    : bindSide(scope, right, left, right.kind, isAny);
  const { dialect } = scope;
  const found = isPattern ? dialect.like(a.value, b.value) : dialect.contains(a.value, b.value);
  const dynamic = [left.kind === "dynamic" ? [a.value] : [], right.kind === "dynamic" ? [b.value] : []].flat();
  const guarded = dynamic.length === 0 ? found : onlyTexts(scope, dynamic, [a.value, b.value], found);
  const predicate = operator === "!~" || operator === "not like" ? sql<boolean>`not (${guarded})` : guarded;
  return overRows(isAny, [a, b], predicate);
}

function checkText(scope: CompileScope, { node, kind, form }: CompiledOperand): void {
  if (kind !== "number" && kind !== "boolean" && !(form === "constant" && kind === "datetime")) return;
  const what = kind === "datetime" ? "a moment" : kindNames[kind];
  throw new ExpressionRefusal(node.position, `~ and LIKE compare texts; ${scope.show(node)} is ${what}`);
}

/** What stands in json and is set but no text holds no text. */
function onlyTexts(
  { dialect }: CompileScope,
  dynamic: readonly RawBuilder<unknown>[],
  all: readonly RawBuilder<unknown>[],
  predicate: RawBuilder<boolean>,
): RawBuilder<boolean> {
  const areTexts = sql.join(
    dynamic.map((value) => dialect.isTextScalar(value)),
    sql` and `,
  );
  const isUnknown = sql.join(
    all.map((value) => sql`${value} is null`),
    sql` or `,
  );
  return sql<boolean>`case when ${areTexts} then ${predicate} when ${isUnknown} then null else false end`;
}

/** The predicate over all pairs of what the sides hold. */
export function overRows(
  isAny: boolean,
  sides: readonly BoundSide[],
  predicate: RawBuilder<boolean>,
): RawBuilder<boolean> {
  const rows = sides.flatMap((side) => (side.rows === undefined ? [] : [side.rows]));
  if (rows.length === 0) return predicate;
  const quantified = quantify(isAny ? "any" : "all", sql`${sql.join(rows, sql` cross join `)}`, predicate);
  const known = sides.flatMap(({ knownBy }) => (knownBy === undefined ? [] : [sql`${knownBy} is null`]));
  if (known.length === 0) return quantified;
  return sql<boolean>`case when ${sql.join(known, sql` or `)} then null else ${quantified} end`;
}
