// Any JSON value, kept exactly. What JSON cannot say is refused, never dropped or turned into something else.
import { err, ok } from "../../base/result.js";
import type { FieldType } from "../field-type.js";
import { copyJson } from "./json-value.js";
import { smallerMax } from "./option-loosening.js";

// The contract's limit, and that of one request body.
const defaultMaxBytes = 1_048_576;

// The text of a canonical value, made to know its size: writing it needs the same text again. Nobody else holds the value.
const texts = new WeakMap<object, string>();

/** The field type `json`. */
export const jsonField: FieldType = {
  name: "json",
  summary: "Any JSON value, kept exactly (-0 as 0). maxSize counts bytes of its compact UTF-8 text.",
  optionsSchema: { maxSize: { type: "integer", minimum: 2, maximum: defaultMaxBytes } },
  optionDefaults: { maxSize: defaultMaxBytes },
  tightening: (before, after) => smallerMax(before, after, defaultMaxBytes, "maxSize"),
  columnKind: () => "json",
  isMultiple: () => false,
  isIndexable: () => false,
  valueSchema: () => ({}),
  canonicalise(value, field) {
    const copied = copyJson(value);
    if (copied.isErr()) return copied;
    const maxBytes = (field.options["maxSize"] as number | undefined) ?? defaultMaxBytes;
    const text = JSON.stringify(copied.value);
    const bytes = Buffer.byteLength(text);
    if (typeof copied.value === "object" && copied.value !== null) texts.set(copied.value, text);
    if (bytes <= maxBytes) return ok(copied.value);
    return err({ code: "max", message: `As JSON text this has ${bytes} bytes; at most ${maxBytes} are allowed.` });
  },
  encode: (value) => (typeof value === "object" && value !== null && texts.get(value)) || JSON.stringify(value),
  comparison: "dynamic",
};
