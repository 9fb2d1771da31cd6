// One, or with multiple several, of a fixed list of texts.
import type { FieldType } from "../field-type.js";
import { changedMultiple } from "./option-loosening.js";
import { isStorableText } from "./text-value.js";

// A choice that has more options, or longer ones, is a collection and a relation to it.
const maxOptions = 1_000;
const maxOptionLength = 255;

/** The field type `select`. */
export const selectField: FieldType = {
  name: "select",
  summary: "One of the texts in options; with multiple: true a list of them, each once.",
  optionsSchema: {
    options: {
      type: "array",
      items: { type: "string", minLength: 1, maxLength: maxOptionLength },
      minItems: 1,
      maxItems: maxOptions,
      uniqueItems: true,
    },
    multiple: { type: "boolean" },
  },
  optionDefaults: { multiple: false },
  checkOptions({ options }): Readonly<Record<string, string>> {
    if (options === undefined) return { options: "A select needs options: the list of texts to choose from." };
    return (options as readonly string[]).every(isStorableText)
      ? {}
      : { options: "An option holds a lone surrogate or U+0000; remove it." };
  },
  tightening(before, after) {
    const kept = new Set(after.options["options"] as readonly string[]);
    const lost = (before.options["options"] as readonly string[]).filter((option) => !kept.has(option));
    if (lost.length === 0) return changedMultiple(before, after);
    return `options may only be added; ${lost.map((option) => `'${option}'`).join(", ")} may be stored already`;
  },
  columnKind: (field) => (isMultiple(field) ? "json" : "text"),
  isMultiple: (field) => isMultiple(field),
  isIndexable: (field) => !isMultiple(field),
  valueSchema(field) {
    const one = { type: "string", enum: field.options["options"] };
    return isMultiple(field) ? { type: "array", items: one, uniqueItems: true } : one;
  },
  encode: (value, field) => (isMultiple(field) ? JSON.stringify(value) : (value as string)),
  comparison: "text",
};

const isMultiple = (field: { readonly options: Readonly<Record<string, unknown>> }): boolean =>
  field.options["multiple"] === true;
