// An e-mail address, kept as it is written. Never lower-cased: only the uniqueness of auth's own ignores case.
import { err, ok } from "../../base/result.js";
import type { FieldType } from "../field-type.js";

// RFC 5321 §4.5.3.1.3: a path is 256 octets with its angle brackets.
const maxLength = 254;

// Labels of at most 63 characters, as DNS has them: without that bound the expression takes time in the square of the
// length. It runs after the length was checked.
const written =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The field type `email`. */
export const emailField: FieldType = {
  name: "email",
  summary: "An e-mail address of at most 254 characters.",
  optionsSchema: {},
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => true,
  format: "email",
  valueSchema: () => ({ type: "string", maxLength }),
  canonicalise(value) {
    if (written.test(value as string)) return ok(value);
    return err({ code: "format", message: "This is not an e-mail address; write one like ada@example.com." });
  },
  encode: (value) => value as string,
  comparison: "text",
};
