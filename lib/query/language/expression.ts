// The tree of a parsed expression. Every node says which part of the text it stands for. Knows nothing of SQL.

/** Where a node stands in the text: zero-based, `end` is the offset after its last character. */
export interface Span {
  readonly position: number;
  readonly end: number;
}

/** A filter or rule. */
export type Expression = Junction | Negation | Comparison | Membership | PresenceTest;

/** `a && b && c`, flat: two or more operands. */
export interface Junction extends Span {
  readonly kind: "and" | "or";
  readonly operands: readonly Expression[];
}

/** `!a`, `NOT a`. */
export interface Negation extends Span {
  readonly kind: "not";
  readonly operand: Expression;
}

/** Operators between two operands. `<>` is `!=`. */
export type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~" | "!~" | "like" | "not like";

/** `left operator right`. */
export interface Comparison extends Span {
  readonly kind: "comparison";
  readonly operator: Operator;
  /** `?=` and its kin: some value satisfies, not every one. */
  readonly isAny: boolean;
  readonly left: Operand;
  readonly right: Operand;
}

/** `operand IN (…)`, `operand NOT IN (…)`. */
export interface Membership extends Span {
  readonly kind: "membership";
  readonly isNegated: boolean;
  readonly operand: Operand;
  readonly values: readonly Constant[];
}

/** `operand IS NULL`, `operand IS NOT NULL`. */
export interface PresenceTest extends Span {
  readonly kind: "presence";
  readonly isNegated: boolean;
  readonly operand: Operand;
}

/** What stands on either side of an operator. */
export type Operand = FieldOperand | Constant;

/** What has one value for all records. */
export type Constant = Literal | Placeholder | Macro | RequestOperand;

/** `'text'`, `1.5`, `true`, `null`. */
export interface Literal extends Span {
  readonly kind: "literal";
  readonly value: string | number | boolean | null;
}

/** `{:name}`: a value that is given apart from the text. */
export interface Placeholder extends Span {
  readonly kind: "placeholder";
  readonly name: string;
}

/** `@now` and its kin, without the `@`. */
export interface Macro extends Span {
  readonly kind: "macro";
  readonly name: MacroName;
}

/** `title`, `author.name`, `meta.tags.0`. */
export interface FieldOperand extends Span {
  readonly kind: "field";
  readonly path: readonly PathSegment[];
  readonly modifiers: readonly Modifier[];
}

/** `@request.auth.id`: the path without `@request`. Only in rules. */
export interface RequestOperand extends Span {
  readonly kind: "request";
  readonly path: readonly PathSegment[];
  readonly modifiers: readonly Modifier[];
}

/** One name between dots. */
export interface PathSegment extends Span {
  readonly name: string;
}

/** What may follow a path after a colon. */
export const modifierNames = ["lower", "length", "each", "isset", "changed"] as const;
export type ModifierName = (typeof modifierNames)[number];

/** `:lower` and its kin. */
export interface Modifier extends Span {
  readonly name: ModifierName;
}

/** The moments that an expression can name, all in UTC. */
export const macroNames = ["now", "todayStart", "todayEnd", "monthStart", "monthEnd", "yearStart", "yearEnd"] as const;
export type MacroName = (typeof macroNames)[number];
