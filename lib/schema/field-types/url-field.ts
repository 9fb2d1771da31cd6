// A web address, read as the WHATWG URL standard does and kept as it is written.
import { err, ok } from "../../base/result.js";
import type { FieldType } from "../field-type.js";
import { isStorableText, textInvalid } from "./text-value.js";

// The longest request line that common servers take.
const maxLength = 8_192;

// The URL standard strips blanks and control characters and mends `http:x`; a text that needs that is not a URL yet.
const written = /^https?:\/\/[^\s\p{Cc}]+$/iu;

/** The field type `url`. */
export const urlField: FieldType = {
  name: "url",
  summary: "A web address with http or https, at most 8,192 characters.",
  optionsSchema: {},
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => true,
  format: "uri",
  valueSchema: () => ({ type: "string", maxLength }),
  canonicalise(value) {
    const text = value as string;
    if (!isStorableText(text)) return err(textInvalid);
    if (written.test(text) && URL.canParse(text)) return ok(text);
    return err({ code: "format", message: "This is not a web address; write it in full, e.g. https://example.com/a." });
  },
  encode: (value) => value as string,
  comparison: "text",
};
