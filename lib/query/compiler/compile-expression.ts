// Tree → SQL. A comparison with a missing value is unknown, NOT unknown is unknown, and only true selects: SQL's own
// logic everywhere. No byte of the expression gets into the SQL: names come from the schema, all else is bound.
//
// - `= null`, `!= null`, IS NULL and a literal '' at `=` or `!=` test for absence and are never unknown. '' counts as
//   absent in text and json. A placeholder stands for the literal of its value.
// - Both sides have one kind, which is checked here; json has its kind row by row: values of different kinds are never
//   equal and never ordered, true and false are 1 and 0, objects and lists are unknown but present.
// - Of several values (multiple fields, paths through them, `:each`) every one must satisfy and there must be one; with
//   `?` before the operator, some one. Two lists: all pairs. `= null` asks whether no value is set.
// - `?` and `:each` read json as a list; what is no list has no values. A number in a path is an index of a list.
import { sql, type RawBuilder } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { defaultLimits, type EngineLimits } from "../../base/limits.js";
import type { Result } from "../../base/result.js";
import type { StoreDialect } from "../../storage/store-dialect.js";
import { testAbsence } from "./compile-absence.js";
import { compileComparison } from "./compile-comparison.js";
import { compileMembership } from "./compile-membership.js";
import { compileOperand } from "./compile-operand.js";
import { CompileScope } from "./compile-scope.js";
import type { Expression } from "../language/expression.js";
import { refusable, type ExpressionContext } from "../language/expression-refusal.js";
import type { FieldResolver } from "./field-resolver.js";

export interface CompileOptions {
  /** The text of the tree, for the errors. */
  readonly text: string;
  readonly resolver: FieldResolver;
  readonly dialect: StoreDialect;
  /** Values of the placeholders. The SQL depends on their shapes alone: see `parameterShapes`. Default: none. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Default "filter". */
  readonly context?: ExpressionContext;
  /** Default: the limits of the engine that are on by default. */
  readonly limits?: EngineLimits;
}

/**
 * The predicate that a tree stands for. Values that differ from call to call are slots in it: `bindParameters` fills
 * them. `filter_invalid` or `rule_invalid` with the character and the reason: unknown fields, kinds that cannot be
 * compared, placeholders without a value.
 *
 * @example
 * ```ts
 * const predicate = compileExpression(tree, { text, resolver, dialect, parameters: { t: "x" } });
 * ```
 */
export function compileExpression(tree: Expression, options: CompileOptions): Result<RawBuilder<boolean>, EngineError> {
  const { text, resolver, dialect, parameters = {}, context = "filter", limits = defaultLimits } = options;
  const source = { text, code: context === "rule" ? "rule_invalid" : "filter_invalid" } as const;
  return refusable(source, () =>
    compileNode(new CompileScope(source, resolver, dialect, parameters, limits.inListLength), tree),
  );
}

/** One node of a tree within a compilation. Throws `ExpressionRefusal`. */
function compileNode(scope: CompileScope, node: Expression): RawBuilder<boolean> {
  switch (node.kind) {
    case "and":
    case "or":
      return balanced(
        node.operands.map((operand) => compileNode(scope, operand)),
        node.kind === "and" ? sql`and` : sql`or`,
      );
    case "not":
      return sql<boolean>`not (${compileNode(scope, node.operand)})`;
    case "comparison":
      return compileComparison(scope, node);
    case "membership":
      return compileMembership(scope, node);
    case "presence":
      return testAbsence(scope, compileOperand(scope, node.operand, false), "null", node.isNegated, false);
  }
}

/** Joined as a tree of little height: SQLite counts each AND of a chain as a level of depth. */
function balanced(parts: readonly RawBuilder<boolean>[], word: RawBuilder<unknown>): RawBuilder<boolean> {
  if (parts.length === 1) return parts[0] as RawBuilder<boolean>;
  const middle = parts.length >> 1;
  const [left, right] = [balanced(parts.slice(0, middle), word), balanced(parts.slice(middle), word)];
  return sql<boolean>`(${left} ${word} ${right})`;
}
