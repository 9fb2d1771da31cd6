// `= null`, `= ''`, IS NULL and their opposites: tests that are always true or false, never unknown.
import { sql, type RawBuilder } from "kysely";
import { ok } from "../../base/result.js";
import { parameterOf, slot } from "./compile-constant.js";
import type { CompiledOperand, ConstantOperand, RowsOperand, ValueOperand } from "./compile-operand.js";
import type { CompileScope } from "./compile-scope.js";
import { quantify } from "./quantify.js";
import { requestValue } from "../values/request-value.js";

/** What counts as absent: null alone, or '' as well. */
export type Absence = "null" | "empty";

/** Whether the operand is absent; negated: whether it is there. */
export function testAbsence(
  scope: CompileScope,
  operand: CompiledOperand,
  absence: Absence,
  isNegated: boolean,
  isAny: boolean,
): RawBuilder<boolean> {
  switch (operand.form) {
    case "constant":
      return isSetConstant(scope, operand, absence, isNegated);
    case "value":
      return isNegated ? isSet(operand, absence) : isAbsent(operand, absence);
    case "rows": {
      const { rows, isEach } = operand;
      const set = isSet(operand, absence);
      if (isAny || isEach) return quantify(isAny ? "any" : "all", rows, isNegated ? set : isAbsent(operand, absence));
      const exists = sql<boolean>`exists (select 1 from ${rows} where ${set})`;
      return isNegated ? exists : sql<boolean>`not ${exists}`;
    }
  }
}

/** The opposite of `isSet`, in the form that an index answers. */
function isAbsent(operand: ValueOperand | RowsOperand, absence: Absence): RawBuilder<boolean> {
  const { kind, value } = operand;
  if (kind === "dynamic") return sql<boolean>`not (${isSet(operand, absence)})`;
  return absence === "empty" && kind === "text"
    ? sql<boolean>`(${value} is null or ${value} = '')`
    : sql<boolean>`${value} is null`;
}

function isSet({ kind, value, isPresent }: ValueOperand | RowsOperand, absence: Absence): RawBuilder<boolean> {
  if (absence === "null" || (kind !== "text" && kind !== "dynamic")) return isPresent;
  // Objects and lists of json have no scalar value, and are there.
  if (kind === "dynamic") return sql<boolean>`(${isPresent} and coalesce(${value} <> '', true))`;
  return sql<boolean>`(${value} is not null and ${value} <> '')`;
}

/** A list without elements is what a multiple field holds when it is unset. */
function isThere(value: unknown, absence: Absence): boolean {
  if (value === null || (Array.isArray(value) && value.length === 0)) return false;
  return absence === "null" || value !== "";
}

function isSetConstant(
  scope: CompileScope,
  { node }: ConstantOperand,
  absence: Absence,
  isNegated: boolean,
): RawBuilder<boolean> {
  const answer = (value: unknown): boolean => isThere(value, absence) === isNegated;
  if (node.kind === "request") {
    const { path, modifiers } = node;
    return sql<boolean>`${slot(({ request }) => ok(answer(requestValue(request, path, modifiers))))}`;
  }
  const value =
    node.kind === "literal" ? node.value : node.kind === "placeholder" ? parameterOf(scope, node) : node.name;
  return answer(value) ? sql<boolean>`true` : sql<boolean>`false`;
}
