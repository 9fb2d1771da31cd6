// What a field type is: its column, the JSON Schema of its values, how they go in, and what they may be compared with.
// Each type is one definition object in field-types/; no other file switches over type names.
import type { Result } from "../base/result.js";
import type { SchemaObject } from "../base/json-schema.js";
import type { ColumnKind } from "../storage/store-dialect.js";
import type { StoreValue } from "../storage/storage.js";
import type { Field } from "./collection.js";

export const fieldTypeNames = [
  "text",
  "editor",
  "email",
  "url",
  "number",
  "bool",
  "date",
  "datetime",
  "select",
  "json",
  "relation",
  "password",
] as const;

export type FieldTypeName = (typeof fieldTypeNames)[number];

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
  /** Checks between options that JSON Schema cannot say, e.g. min <= max. Option name → message. */
  checkOptions?(options: Readonly<Record<string, unknown>>): Readonly<Record<string, string>>;
  /** How the column is kept; `json` when the field holds several values. */
  columnKind(field: Field): ColumnKind;
  /** Whether the field holds a list: unset is `[]`. */
  isMultiple(field: Field): boolean;
  /** Whether `unique` and indexes may name the field. */
  isIndexable(field: Field): boolean;
  /** JSON Schema of one set (non-null) value of the field, the list for multiple ones. */
  valueSchema(field: Field): SchemaObject;
  /** Checks and forms that JSON Schema cannot say: gives the one canonical form, or the reason to refuse. Runs after the schema. */
  canonicalise?(value: unknown, field: Field): Result<unknown, { code: string; message: string }>;
  /** A canonical value as the column keeps it. */
  encode(value: unknown, field: Field): StoreValue;
  /** What one value (one element of a multiple field) is to a comparison. */
  readonly comparison: ComparisonKind;
}
