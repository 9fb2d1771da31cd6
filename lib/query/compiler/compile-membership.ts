// `x IN (…)` as SQL: what `x = a || x = b || …` gives, in one comparison.
import { sql, type RawBuilder } from "kysely";
import type { ComparisonKind } from "../../schema/field-type.js";
import { testAbsence } from "./compile-absence.js";
import { commonKind, overRows } from "./compile-comparison.js";
import { bindConstant, bindParameterList, bindRequestList, parameterOf } from "./compile-constant.js";
import { compileOperand, type CompiledOperand } from "./compile-operand.js";
import type { CompileScope } from "./compile-scope.js";
import type { Constant, Membership } from "../language/expression.js";
import { shapeOf } from "../values/parameter-shape.js";

/** `operand IN (…)`, `operand NOT IN (…)`. */
export function compileMembership(scope: CompileScope, node: Membership): RawBuilder<boolean> {
  const operand = compileOperand(scope, node.operand, false);
  const kind = kindOf(scope, operand, node.values);
  const side = sideOf(scope, operand, kind);
  const single: CompiledOperand = operand.form === "rows" ? { ...operand, form: "value", kind: operand.kind } : operand;
  const scalars: RawBuilder<unknown>[] = [];
  const requested: RawBuilder<unknown>[] = [];
  const parts: RawBuilder<boolean>[] = [];
  const { value } = side;
  for (const each of node.values) {
    const shape = each.kind === "literal" || each.kind === "placeholder" ? shapeOf(valueOf(scope, each)) : "value";
    if (shape.endsWith("empty")) parts.push(testAbsence(scope, single, "empty", false, false));
    else if (shape.endsWith("null")) parts.push(testAbsence(scope, single, "null", false, false));
    if (shape === "value") {
      const constant = bindConstant(scope, each, kind, scope.show(node.operand));
      scalars.push(constant);
      if (each.kind === "request") requested.push(constant);
    }
    if (each.kind === "placeholder" && shape.startsWith("list")) {
      const list = bindParameterList(scope, each, kind, scope.show(node.operand));
      parts.push(sql<boolean>`${value} in (select ${list.value} from ${list.rows})`);
    }
  }
  if (scalars.length > 0) parts.push(sql<boolean>`${value} in (${sql.join(scalars)})`);
  // Nothing is in an empty list, an unset value neither: as with an empty list given for a placeholder.
  const isIn = parts.length === 0 ? sql<boolean>`(1 = 0)` : sql<boolean>`(${sql.join(parts, sql` or `)})`;
  const compared = overRows(false, [side], node.isNegated ? sql<boolean>`not ${isIn}` : isIn);
  return operand.form === "rows" ? unknownWhenMissing(operand.rows, requested, compared) : compared;
}

/** A list without members is in no list, but nobody knows it of a missing `@request` value: else its negation held. */
function unknownWhenMissing(
  rows: RawBuilder<unknown>,
  requested: readonly RawBuilder<unknown>[],
  compared: RawBuilder<boolean>,
): RawBuilder<boolean> {
  if (requested.length === 0) return compared;
  const isMissing = sql.join(
    requested.map((value) => sql`${value} is null`),
    sql` or `,
  );
  return sql<boolean>`case when (${isMissing}) and not exists (select 1 from ${rows}) then null else ${compared} end`;
}

function kindOf(scope: CompileScope, operand: CompiledOperand, values: readonly Constant[]): ComparisonKind {
  if (operand.form !== "constant") return operand.kind;
  const kinds = values.map((value) => commonKind(scope, operand, compileOperand(scope, value, false)));
  return kinds.find((kind) => kind !== "dynamic") ?? "dynamic";
}

function sideOf(scope: CompileScope, operand: CompiledOperand, kind: ComparisonKind) {
  if (operand.form !== "constant") return operand;
  const { node } = operand;
  if (node.kind === "request" && node.modifiers.some(({ name }) => name === "each")) {
    const { rows, value, list } = bindRequestList(scope, node, kind);
    return { rows, value, knownBy: list };
  }
  return { value: bindConstant(scope, node, kind, "the list") };
}

const valueOf = (scope: CompileScope, node: Constant): unknown =>
  node.kind === "literal" ? node.value : node.kind === "placeholder" ? parameterOf(scope, node) : undefined;
