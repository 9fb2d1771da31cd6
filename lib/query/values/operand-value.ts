// What an operand stood for, beside the comparison that asked: for explanations. The same resolver and the same slots
// as the comparison has.
import { sql, type RawBuilder } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { defaultLimits } from "../../base/limits.js";
import type { Result } from "../../base/result.js";
import type { BindContext } from "./bind-parameters.js";
import type { CompileOptions } from "../compiler/compile-expression.js";
import { compileOperand } from "../compiler/compile-operand.js";
import { CompileScope } from "../compiler/compile-scope.js";
import type { Constant, FieldOperand } from "../language/expression.js";
import { refusable } from "../language/expression-refusal.js";
import { macroMoment } from "./macro-moment.js";
import { requestValue } from "./request-value.js";

/** Enough to see what is in a list; an explanation is for people. */
const shownElements = 20;

/** A field's value as one column. */
export interface FieldValue {
  /** One value, or a JSON text: a list of objects `{ "value": … }`. */
  readonly value: RawBuilder<unknown>;
  readonly isList: boolean;
  /** Whether the store keeps 1 and 0 for true and false. */
  readonly isBoolean: boolean;
}

/** The value of a field in the row at hand; of several values the first 20. `filter_invalid`, `rule_invalid`. */
export function compileFieldValue(
  node: FieldOperand,
  isAny: boolean,
  options: CompileOptions,
): Result<FieldValue, EngineError> {
  const { text, resolver, dialect, parameters = {}, context = "filter", limits = defaultLimits } = options;
  const source = { text, code: context === "rule" ? "rule_invalid" : "filter_invalid" } as const;
  return refusable(source, () => {
    const scope = new CompileScope(source, resolver, dialect, parameters, limits.inListLength);
    const operand = compileOperand(scope, node, isAny);
    if (operand.form === "constant") throw new Error("a field was compiled as a constant");
    const isBoolean = operand.kind === "boolean";
    if (operand.form === "value") return { value: operand.value, isList: false, isBoolean };
    const item = dialect.jsonObject([["value", sql.ref("values.value")]]);
    const rows = sql`(select ${operand.value} as "value" from ${operand.rows} limit ${sql.lit(shownElements)})`;
    return { value: sql`(select ${dialect.jsonArrayOf(item)} from ${rows} as "values")`, isList: true, isBoolean };
  });
}

/** What a constant stands for in a call. */
export function constantValue(node: Constant, { parameters, now, request }: BindContext): unknown {
  switch (node.kind) {
    case "literal":
      return node.value;
    case "placeholder":
      return Object.hasOwn(parameters, node.name) ? parameters[node.name] : null;
    case "macro":
      return macroMoment(node.name, now);
    case "request":
      return requestValue(request, node.path, node.modifiers);
  }
}
