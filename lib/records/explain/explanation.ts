// What an explanation says. Data alone: it can be logged or sent as JSON. Holds no password, and of hidden fields nothing
// but that they were asked.
import type { ErrorCode } from "../../base/errors.js";
import type { RecordOperation } from "../../access/rule-book.js";
import type { Expression } from "../../query/language/expression.js";
import type { FilterInput } from "../pages/record-filter.js";

/** What is to be explained. */
export interface ExplainRequest {
  readonly operation: RecordOperation;
  /** The record: needed for view, update and delete. With list: whether and why that record is in the list. */
  readonly id?: string | undefined;
  /** What would be written by create or update. Default `{}`. */
  readonly data?: object | undefined;
  /** With list: as in `getList`. */
  readonly filter?: FilterInput | undefined;
  /** With list: as in `getList`. */
  readonly sort?: string | readonly string[] | undefined;
}

/**
 * What an expression came to. Only `true` lets a row through; `unknown` is what a missing value makes of a comparison;
 * `not_asked` when there was no row to ask about, or the call ended before.
 */
export type ExplainedValue = "true" | "false" | "unknown" | "not_asked";

/** For how many rows an expression was what. */
export interface ExplainedCounts {
  readonly true: number;
  readonly false: number;
  readonly unknown: number;
}

/** What stands in place of a hidden field's value, and of everything that is made of it. */
export const hiddenValue = "(hidden)";

/** One side of a comparison. */
export interface ExplainedOperand {
  /** Zero-based offset in the expression. */
  readonly position: number;
  /** The offset after its last character. */
  readonly end: number;
  readonly text: string;
  /** What it was; `"(hidden)"` for hidden fields and passwords; absent where no row was asked. Lists: the first 20. */
  readonly value?: unknown;
}

/** A part of an expression: AND, OR, NOT, or a comparison. */
export interface ExplainedNode {
  readonly kind: Expression["kind"];
  /** Zero-based offset in the expression. */
  readonly position: number;
  /** The offset after its last character. */
  readonly end: number;
  readonly text: string;
  /** What it came to for the row or the request; absent for the rows of a list. */
  readonly value?: ExplainedValue;
  /** For the rows of a list: how many were what. */
  readonly counts?: ExplainedCounts;
  /** The two sides of a comparison, the operand of IN and its list. Empty for AND, OR and NOT. */
  readonly operands: readonly ExplainedOperand[];
  /** The parts of AND, OR and NOT. */
  readonly parts: readonly ExplainedNode[];
}

/** Which rule is meant. */
export interface RuleReference {
  readonly source: "collection" | "database";
  /** `listRule` and its kin, or the name of the database-level rule. */
  readonly name: string;
  /** Of a database-level rule. */
  readonly id?: string;
  /** `""` lets everyone, null superusers alone. */
  readonly text: string | null;
}

/** An expression with what it came to. */
export interface ExplainedExpression {
  readonly text: string | null;
  readonly value?: ExplainedValue;
  readonly counts?: ExplainedCounts;
  /** Absent for `""` and null, and when the text cannot be read. */
  readonly tree?: ExplainedNode;
  /** Why the expression cannot be read any more, e.g. its field was deleted. Then it lets nobody through. */
  readonly problem?: string;
}

export interface ExplainedRule extends ExplainedExpression, RuleReference {}

/** All rules of the request, asked about one thing. */
export interface ExplainedSection {
  /**
   * `row`: the stored record; `before` and `after`: the record on both sides of the write; `rows`: the live records of a
   * list; `request`: no record, so only what asks about the request alone has a value.
   */
  readonly subject: "row" | "before" | "after" | "rows" | "request";
  readonly rules: readonly ExplainedRule[];
}

/** A request from a principal of another database. */
export interface ExplainedCrossing {
  /** The database of the principal. */
  readonly from: string;
  readonly isAdmitted: boolean;
  /** The rules that name the database and hold. */
  readonly admittedBy: readonly RuleReference[];
  /** The rules about the request that do not hold. */
  readonly refusedBy: readonly RuleReference[];
}

/** A statement of the call. */
export interface ExplainedStatement {
  /** `list` and `get` read; `check` asks a row whether the rules hold, inside the write's transaction. */
  readonly purpose: "list" | "get" | "check";
  readonly sql: string;
  /** The bound values in their order; `"(hidden)"` for what is made of hidden fields. */
  readonly values: readonly unknown[];
  /** How the store answers it. */
  readonly plan: readonly {
    /** In the store's own words. */
    readonly detail: string;
    /** 0 for the outermost. */
    readonly depth: number;
  }[];
}

/** An index that would spare work: for `indexes` of the collection. */
export interface IndexHint {
  /** What goes into `collections.update(name, { indexes: [{ fields }] })`. */
  readonly fields: readonly string[];
  readonly reason: string;
}

/** A comparison that no index can answer, in a statement that reads everything for it. */
export interface UnindexableHint {
  /** The path that is compared, as it was written. */
  readonly path: string;
  /** Why not, and what to do instead. */
  readonly reason: string;
}

/** The answer of `explain`. */
export interface Explanation {
  readonly operation: RecordOperation;
  readonly database: string;
  readonly collection: string;
  /**
   * What the call does: `allowed`; `denied`, it ends in {@link refusal}; `filtered`, a list leaves out records, or the
   * record that was asked for.
   */
  readonly outcome: "allowed" | "denied" | "filtered";
  /** Why, in a sentence. */
  readonly reason: string;
  /** The rule that decided; null when none did. */
  readonly decidedBy: RuleReference | null;
  /** What the caller hears of a denied call. */
  readonly refusal?: { readonly code: ErrorCode; readonly message: string };
  /** Of a list: how many live records there are, how many the rules let through, how many the filter selects of these. */
  readonly rows?: { readonly total: number; readonly permitted: number; readonly selected: number };
  /** Of a record asked for by id. */
  readonly record?: "live" | "deleted" | "absent";
  /** Only for a principal of another database. */
  readonly crossing?: ExplainedCrossing;
  /** Empty when no rule applies. */
  readonly sections: readonly ExplainedSection[];
  /** The list's filter. Its counts are over the rows that the rules let through. */
  readonly filter?: ExplainedExpression;
  readonly statements: readonly ExplainedStatement[];
  readonly missingIndexes: readonly IndexHint[];
  /** Of a list that reads every record: what rules and filter ask that no index can answer. */
  readonly unindexable: readonly UnindexableHint[];
}
