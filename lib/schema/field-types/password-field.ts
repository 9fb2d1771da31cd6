// The password of an auth collection. Written in the clear, kept only as a hash that the access floor makes; never read.
import type { FieldType } from "../field-type.js";
import { storableText } from "./text-value.js";

/** The field type `password`. */
export const passwordField: FieldType = {
  name: "password",
  summary: "The password of an auth record: 8 to 1,000 characters, write-only, kept as a hash.",
  optionsSchema: {},
  refusesDefault: "A password has no default.",
  reservedFor: "Only the field password of an auth collection has the type password.",
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => false,
  // NIST SP 800-63B asks for at least 8; above 1,000 a hash only costs memory and time.
  valueSchema: () => ({ type: "string", minLength: 8, maxLength: 1_000 }),
  canonicalise: storableText,
  encode: (value) => value as string,
  comparison: "text",
};
