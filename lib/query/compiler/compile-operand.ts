// An operand as the comparison sees it: one value, rows of values, or a constant that takes the other side's kind.
import { sql, type RawBuilder } from "kysely";
import type { ComparisonKind } from "../../schema/field-type.js";
import { parameterOf } from "./compile-constant.js";
import type { CompileScope } from "./compile-scope.js";
import type { Constant, FieldOperand, ModifierName, Operand } from "../language/expression.js";
import { ExpressionRefusal } from "../language/expression-refusal.js";
import type { ResolvedPath } from "./field-resolver.js";
import { shapeOf } from "../values/parameter-shape.js";

/** One value per record. */
export interface ValueOperand {
  readonly form: "value";
  readonly node: Operand;
  readonly kind: ComparisonKind;
  readonly value: RawBuilder<unknown>;
  /** Whether it is set; never unknown. */
  readonly isPresent: RawBuilder<boolean>;
}

/** Any number of values per record. */
export interface RowsOperand {
  readonly form: "rows";
  readonly node: Operand;
  readonly kind: ComparisonKind;
  readonly rows: RawBuilder<unknown>;
  readonly value: RawBuilder<unknown>;
  readonly isPresent: RawBuilder<boolean>;
  /** `:each`: tests for absence ask every value, not the list. */
  readonly isEach: boolean;
  /** Null when the comparison is unknown whatever the rows are. */
  readonly knownBy?: RawBuilder<unknown>;
}

/** One value for all records. */
export interface ConstantOperand {
  readonly form: "constant";
  readonly node: Constant;
  /** The kind it has of itself; undefined when it takes the other side's. */
  readonly kind: ComparisonKind | undefined;
  /** A literal (or a placeholder that stands for one) that tests for absence. */
  readonly absence: "null" | "empty" | undefined;
}

export type CompiledOperand = ValueOperand | RowsOperand | ConstantOperand;

/** `isAny`: the operand stands at an operator such as `?=`, which reads json as a list. */
export function compileOperand(scope: CompileScope, node: Operand, isAny: boolean): CompiledOperand {
  if (node.kind === "field") return compileField(scope, node, isAny);
  return { form: "constant", node, kind: kindOf(node), absence: absenceOf(scope, node) };
}

function kindOf(node: Constant): ComparisonKind | undefined {
  if (node.kind === "macro") return "datetime";
  if (node.kind === "request") {
    const last = node.modifiers.at(-1)?.name;
    return last === "length" ? "number" : last === "isset" || last === "changed" ? "boolean" : undefined;
  }
  if (node.kind === "placeholder" || node.value === null) return undefined;
  return typeof node.value === "string" ? "text" : typeof node.value === "number" ? "number" : "boolean";
}

function absenceOf(scope: CompileScope, node: Constant): "null" | "empty" | undefined {
  if (node.kind !== "literal" && node.kind !== "placeholder") return undefined;
  const shape = shapeOf(node.kind === "literal" ? node.value : parameterOf(scope, node));
  return shape === "null" || shape === "empty" ? shape : undefined;
}

function compileField(scope: CompileScope, node: FieldOperand, isAny: boolean): ValueOperand | RowsOperand {
  const has = (wanted: ModifierName): boolean => node.modifiers.some(({ name }) => name === wanted);
  const resolved = scope.resolve(node.path);
  if (has("length")) return compileLength(scope, node, resolved);
  const isEach = has("each");
  const isList = resolved.multiplicity === "multiple";
  if (isEach && isAny) throw new ExpressionRefusal(node.position, "':each' and '?' contradict each other");
  if (isEach && !isList && resolved.json === undefined) {
    throw new ExpressionRefusal(node.position, `':each' stands after lists; '${scope.show(node)}' is one value`);
  }
  if (has("lower") && resolved.kind !== "text" && resolved.kind !== "dynamic") {
    throw new ExpressionRefusal(node.position, `':lower' stands after text; '${scope.show(node)}' is none`);
  }
  const found = { ...rowsOrValue(scope, resolved, isEach || isAny), node, kind: resolved.kind };
  const value = has("lower") ? lowerOf(scope, resolved.kind, found.value) : found.value;
  return found.form === "rows" ? { ...found, value, isEach } : { ...found, value };
}

function rowsOrValue({ dialect, aliases }: CompileScope, resolved: ResolvedPath, asList: boolean) {
  if (resolved.multiplicity === "multiple") {
    const { rows, value, isPresent } = resolved;
    return { form: "rows" as const, rows, value, isPresent };
  }
  if (asList && resolved.json !== undefined) {
    const alias = aliases.next();
    const rows = sql`${dialect.elementsOf(resolved.json.list)} as ${sql.id(alias)}`;
    return {
      ...{ form: "rows" as const, rows, value: dialect.elementScalar(alias) },
      isPresent: dialect.elementPresent(alias),
    };
  }
  const { value, json } = resolved;
  return { form: "value" as const, value, isPresent: json?.isPresent ?? sql<boolean>`${value} is not null` };
}

function compileLength(scope: CompileScope, node: FieldOperand, resolved: ResolvedPath): ValueOperand {
  const list = resolved.multiplicity === "multiple" ? resolved.list : resolved.json?.list;
  if (list === undefined || node.modifiers.length > 1) {
    const message = `':length' stands alone, after a list that each record has once; '${scope.show(node)}' is none`;
    throw new ExpressionRefusal(node.position, message);
  }
  const value = scope.dialect.elementCount(list);
  return { form: "value", node, kind: "number", value, isPresent: sql<boolean>`true` };
}

function lowerOf({ dialect }: CompileScope, kind: ComparisonKind, value: RawBuilder<unknown>): RawBuilder<unknown> {
  const lowered = dialect.lower(value);
  if (kind === "text") return lowered;
  return sql`case when ${dialect.isTextScalar(value)} then ${lowered} else ${value} end`;
}
