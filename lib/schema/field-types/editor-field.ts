// Long formatted text (HTML, Markdown), kept as it is. Never cleaned here: who shows it must escape it.
import type { FieldType } from "../field-type.js";
import { smallerMax } from "./option-loosening.js";
import { storableText } from "./text-value.js";

// As many characters as fit into one request body of 1 MiB.
const defaultMax = 1_000_000;

/** The field type `editor`. */
export const editorField: FieldType = {
  name: "editor",
  summary: "A long formatted text, kept exactly as given and never cleaned. max counts characters.",
  optionsSchema: { max: { type: "integer", minimum: 1, maximum: defaultMax } },
  optionDefaults: { max: defaultMax },
  tightening: (before, after) => smallerMax(before, after, defaultMax),
  columnKind: () => "text",
  isMultiple: () => false,
  // An index would hold every document a second time.
  isIndexable: () => false,
  valueSchema: ({ options }) => ({ type: "string", maxLength: options["max"] ?? defaultMax }),
  canonicalise: storableText,
  encode: (value) => value as string,
  comparison: "text",
};
