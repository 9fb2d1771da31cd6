// Literals, placeholders, macros and @request values as bound values of the kind that they are compared with.
// Must never put one of them into the SQL text.
import { sql, type RawBuilder } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { ComparisonKind } from "../../schema/field-type.js";
import { ParameterSlot, PassingSlot, type BindContext } from "../values/bind-parameters.js";
import { coerceValue, kindNames } from "../values/coerce-value.js";
import type { CompileScope } from "./compile-scope.js";
import { fractionValue, numberFraction } from "../values/exact-number.js";
import type { Constant, Literal, Macro, Placeholder, RequestOperand } from "../language/expression.js";
import { ExpressionRefusal, refuseExpression } from "../language/expression-refusal.js";
import { columnOf } from "./field-resolver.js";
import { macroMoment } from "../values/macro-moment.js";
import { shapeOf } from "../values/parameter-shape.js";
import { asciiLower, requestValue } from "../values/request-value.js";

/** What a value is turned into before it is bound; the reason if it cannot be. */
type Preparation = (value: unknown) => Result<string | number | boolean, string>;

/** Rows over the values of a list that is bound at the call. */
export interface ListRows {
  readonly rows: RawBuilder<unknown>;
  readonly value: RawBuilder<unknown>;
  /** The bound list itself; null when it is missing. */
  readonly list: RawBuilder<unknown>;
}

/** The constant as a value of the kind. `against` is what it stands beside, for the message. */
export function bindConstant(
  scope: CompileScope,
  node: Constant,
  kind: ComparisonKind,
  against: string,
): RawBuilder<unknown> {
  if (node.kind === "macro") return bindMacro(scope, node, kind, against);
  const reason = (problem: string): string => `${against} is ${kindNames[kind]}; ${problem}`;
  return bindPrepared(scope, node, (value) => coerceValue(kind, value).mapErr(reason));
}

/** The constant as a pattern, made from its text. */
export function bindPattern(
  scope: CompileScope,
  node: Constant,
  toPattern: (text: string) => Result<string, string>,
): RawBuilder<unknown> {
  if (node.kind === "macro") {
    throw new ExpressionRefusal(node.position, `'${scope.show(node)}' is a moment; ~ and LIKE compare texts`);
  }
  const reason = (problem: string): string => `~ and LIKE compare texts; ${problem}`;
  return bindPrepared(scope, node, (value) =>
    coerceValue("text", value)
      .mapErr(reason)
      .andThen((text) => toPattern(text as string)),
  );
}

function bindPrepared(
  scope: CompileScope,
  node: Literal | Placeholder | RequestOperand,
  prepare: Preparation,
): RawBuilder<unknown> {
  if (node.kind === "request") {
    // What does not fit is as good as missing: the body is the client's, and a rule must not fail over it.
    const { path, modifiers } = node;
    return slot(({ request }) => ok(prepare(requestValue(request, path, modifiers)).unwrapOr(null)));
  }
  if (node.kind === "literal") {
    const prepared = prepare(node.value);
    if (prepared.isErr()) throw new ExpressionRefusal(node.position, prepared.error);
    return sql`${prepared.value}`;
  }
  const { source } = scope;
  const refused = (problem: string): Result<never, EngineError> => refuseExpression(source, node.position, problem);
  // Now too, so that a text that can never run is refused where it is compiled.
  const prepared = prepare(parameterOf(scope, node));
  if (prepared.isErr()) throw new ExpressionRefusal(node.position, prepared.error);
  return slot(({ parameters }) => prepare(ownParameter(parameters, node.name)).orElse(refused));
}

function bindMacro(scope: CompileScope, { name, position, end }: Macro, kind: ComparisonKind, against: string) {
  switch (kind) {
    case "datetime":
    case "dynamic":
      return name === "now"
        ? sql`${new PassingSlot(({ now }) => ok(macroMoment(name, now)))}`
        : slot(({ now }) => ok(macroMoment(name, now)));
    case "date":
      return slot(({ now }) => ok(macroMoment(name, now).slice(0, "YYYY-MM-DD".length)));
    default:
      throw new ExpressionRefusal(
        position,
        `${against} is ${kindNames[kind]}; '${scope.show({ position, end })}' is a moment`,
      );
  }
}

/** The value that a placeholder has in this compilation. */
export function parameterOf({ parameters }: CompileScope, { name, position }: Placeholder): unknown {
  const value = ownParameter(parameters, name);
  if (value === undefined) throw new ExpressionRefusal(position, `no value was given for {:${name}}`);
  return value;
}

const ownParameter = (parameters: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(parameters, name) ? parameters[name] : undefined;

/** The values of a placeholder that is a list, without null and ''. */
export function bindParameterList(
  scope: CompileScope,
  node: Placeholder,
  kind: ComparisonKind,
  against: string,
): ListRows {
  const { maxListLength } = scope;
  const prepare = (list: unknown): Result<string, string> => {
    const values = Array.isArray(list) ? list.filter((value) => shapeOf(value) === "value") : [list];
    if (values.length > maxListLength) return err(`a list has at most ${maxListLength} values`);
    const encoded: unknown[] = [];
    for (const value of values) {
      const coerced = coerceValue(kind, value);
      if (coerced.isErr()) return err(`${against} is ${kindNames[kind]}; ${coerced.error}`);
      encoded.push(encodeElement(kind, coerced.value));
    }
    return ok(JSON.stringify(encoded));
  };
  return listRows(scope, kind, bindPrepared(scope, node, prepare));
}

/** The values of an `@request` list; one value is a list of one. What does not fit the kind is null. */
export function bindRequestList(scope: CompileScope, node: RequestOperand, kind: ComparisonKind): ListRows {
  const isLower = node.modifiers.some(({ name }) => name === "lower");
  const list = slot(({ request }) => {
    const found = requestValue(request, node.path, []);
    if (found === null) return ok(null);
    const values = (Array.isArray(found) ? found : [found]).map((value: unknown) => {
      const lowered = isLower && typeof value === "string" ? asciiLower(value) : value;
      return coerceValue(kind, lowered).match(
        (coerced) => encodeElement(kind, coerced),
        () => null,
      );
    });
    return ok(JSON.stringify(values));
  });
  return listRows(scope, kind, list);
}

function listRows(scope: CompileScope, kind: ComparisonKind, list: RawBuilder<unknown>): ListRows {
  const { dialect, aliases } = scope;
  const alias = aliases.next();
  const rows = sql`${dialect.elementsOf(list)} as ${sql.id(alias)}`;
  const element = columnOf(alias, "value");
  if (kind === "number") return { rows, value: fractionValue(dialect, element), list };
  return { rows, value: kind === "dynamic" ? dialect.elementScalar(alias) : element, list };
}

const encodeElement = (kind: ComparisonKind, value: string | number | boolean): unknown =>
  kind === "number" ? numberFraction(value as number) : value;

/** A value that is known at the call. */
export function slot(
  resolve: (context: BindContext) => Result<string | number | boolean | null, EngineError>,
): RawBuilder<unknown> {
  return sql`${new ParameterSlot(resolve)}`;
}
