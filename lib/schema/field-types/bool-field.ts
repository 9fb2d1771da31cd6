// True or false; null when unset. No other value is read as one of them.
import type { FieldType } from "../field-type.js";

/** The field type `bool`. */
export const boolField: FieldType = {
  name: "bool",
  summary: "true or false.",
  optionsSchema: {},
  columnKind: () => "boolean",
  isMultiple: () => false,
  isIndexable: () => true,
  valueSchema: () => ({ type: "boolean" }),
  encode: (value) => value as boolean,
  comparison: "boolean",
};
