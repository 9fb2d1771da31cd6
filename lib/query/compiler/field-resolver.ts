// The port through which the compiler asks what a path means. Filters and rules differ in their resolver alone.
import { sql, type RawBuilder } from "kysely";
import type { ComparisonKind } from "../../schema/field-type.js";
import type { PathSegment } from "../language/expression.js";

/** A path that leads to at most one value per record. */
export interface SinglePath {
  readonly multiplicity: "single";
  readonly kind: ComparisonKind;
  /** The value; null when unset, and for objects and lists of json. */
  readonly value: RawBuilder<unknown>;
  /** What stands in json: whether there is anything at all, and the list if it is one. */
  readonly json?: { readonly isPresent: RawBuilder<boolean>; readonly list: RawBuilder<unknown> };
  /** How many relations the path follows. */
  readonly hops: number;
}

/** A path that leads to any number of values per record. */
export interface MultiplePath {
  readonly multiplicity: "multiple";
  /** What each value is. */
  readonly kind: ComparisonKind;
  /** What follows FROM to give one row per value. */
  readonly rows: RawBuilder<unknown>;
  /** The value in such a row. */
  readonly value: RawBuilder<unknown>;
  /** Whether there is anything in such a row, objects and lists of json too. */
  readonly isPresent: RawBuilder<boolean>;
  /** The list itself, where the record has a single one. */
  readonly list?: RawBuilder<unknown>;
  readonly hops: number;
}

export type ResolvedPath = SinglePath | MultiplePath;

/** Gives names to the tables of subqueries that no table of the schema can have. */
export class AliasSource {
  #last = 0;

  /** A name with a space: no collection has one. */
  next(): string {
    this.#last += 1;
    return `hop ${this.#last}`;
  }
}

/** Says what paths mean. */
export interface FieldResolver {
  /** Throws `ExpressionRefusal` at the segment that means nothing to this caller. */
  resolve(path: readonly PathSegment[], aliases: AliasSource): ResolvedPath;
}

/** A column, always with its table: without it, SQLite reads an unknown name as a text. */
export const columnOf = (alias: string, column: string): RawBuilder<unknown> => sql`${sql.id(alias, column)}`;
