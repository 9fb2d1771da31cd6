// What a field type is: its column, the JSON Schema of its values, how they go in, and what they may be compared with.
// Each type is one definition object in field-types/; no other file switches over type names.
import type { FieldProblem } from "../base/errors.js";
import type { Result } from "../base/result.js";
import type { SchemaObject } from "../base/json-schema.js";
import type { ColumnKind } from "../storage/store-dialect.js";
import type { StoreValue } from "../storage/storage.js";
import type { Field, JsonValue } from "./collection.js";
import type { FieldTypeName } from "./field-type-names.js";

export { fieldTypeNames, type FieldTypeName } from "./field-type-names.js";

/**
 * What a value is to a comparison. Values of different kinds are never compared: the expression is refused.
 * `dynamic` is what stands in json: its kind is known only row by row.
 */
export type ComparisonKind = "text" | "number" | "boolean" | "date" | "datetime" | "dynamic";

export interface FieldType {
  readonly name: FieldTypeName;
  /** One sentence for docs and messages. */
  readonly summary: string;
  /** JSON Schema of the options that a definition may carry beside the common ones. */
  readonly optionsSchema: Readonly<Record<string, SchemaObject>>;
  /** Options with the value that leaving them out means. An option equal to it is not kept, so equal fields look equal. */
  readonly optionDefaults?: Readonly<Record<string, JsonValue>>;
  /** Checks between options that JSON Schema cannot say, e.g. min <= max. Option name → message. */
  checkOptions?(options: Readonly<Record<string, unknown>>): Readonly<Record<string, string>>;
  /** Why a field may not go from one form to the other: what it refuses from now on, or reads otherwise. Undefined when it only gets looser. */
  tightening?(before: Field, after: Field): string | undefined;
  /** Why no field of the type may have a default, where that is so. */
  readonly refusesDefault?: string;
  /** Why a definition may not name the type, where it belongs to the engine's own fields alone. */
  readonly reservedFor?: string;
  /** The name of the collection whose records the values refer to, for types that refer to any. */
  refersTo?(field: Pick<Field, "options">): string;
  /** How the column is kept; `json` when the field holds several values. */
  columnKind(field: Field): ColumnKind;
  /** Whether the field holds a list: unset is `[]`. */
  isMultiple(field: Field): boolean;
  /** Whether `unique` and indexes may name the field. */
  isIndexable(field: Field): boolean;
  /** The name that JSON Schema has for the form of its texts. Told to people and tools; `canonicalise` is what checks it. */
  readonly format?: string;
  /** JSON Schema of one set (non-null) value of the field, the list for multiple ones. */
  valueSchema(field: Field): SchemaObject;
  /** A value of the host language that stands for one of the type (a Date), as what the schema describes; others as they are. Runs before the schema. */
  fromHost?(value: unknown): unknown;
  /** Checks and forms that JSON Schema cannot say: gives the one canonical form, or the reason to refuse. Runs after the schema. */
  canonicalise?(value: unknown, field: Field): Result<unknown, FieldProblem>;
  /** A canonical value as the column keeps it. */
  encode(value: unknown, field: Field): StoreValue;
  /** What one value (one element of a multiple field) is to a comparison. */
  readonly comparison: ComparisonKind;
}
