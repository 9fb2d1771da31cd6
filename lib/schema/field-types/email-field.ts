// An e-mail address, kept as it is written. Never lower-cased: only the uniqueness of auth's own ignores case.
import type { FieldType } from "../field-type.js";
import { storableText } from "./text-value.js";

// RFC 5321 §4.5.3.1.3: a path is 256 octets with its angle brackets.
const maxLength = 254;

/** The field type `email`. */
export const emailField: FieldType = {
  name: "email",
  summary: "An e-mail address of at most 254 characters.",
  optionsSchema: {},
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => true,
  valueSchema: () => ({ type: "string", format: "email", maxLength }),
  canonicalise: storableText,
  encode: (value) => value as string,
  comparison: "text",
};
