// Plain text: names, titles, codes.
import type { FieldType } from "../field-type.js";
import { greaterMin, smallerMax } from "./option-loosening.js";
import { storableText } from "./text-value.js";

// As many characters as fit into one request body of 1 MiB; longer documents belong into files.
const defaultMax = 1_000_000;
// A pattern longer than this is a program; it is compiled and run for every write.
const maxPatternLength = 500;

const lengthSchema = { type: "integer", minimum: 0, maximum: defaultMax };

/** The field type `text`. */
export const textField: FieldType = {
  name: "text",
  summary: "A text. min and max count characters; pattern is a regular expression that some part must match.",
  optionsSchema: {
    min: lengthSchema,
    max: { ...lengthSchema, minimum: 1 },
    pattern: { type: "string", minLength: 1, maxLength: maxPatternLength },
  },
  optionDefaults: { min: 0, max: defaultMax },
  checkOptions({ min, max, pattern }) {
    const problems: Record<string, string> = {};
    if (typeof min === "number" && typeof max === "number" && min > max) problems["min"] = "min is greater than max.";
    if (typeof pattern === "string" && !isPattern(pattern)) {
      problems["pattern"] = "pattern is not a regular expression (JavaScript's syntax with the u flag).";
    }
    return problems;
  },
  tightening(before, after) {
    const isNewPattern =
      after.options["pattern"] !== undefined && after.options["pattern"] !== before.options["pattern"];
    if (isNewPattern) return "pattern may only be removed (pattern: null), or stored values would no longer be valid";
    return smallerMax(before, after, defaultMax) ?? greaterMin(before, after);
  },
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => true,
  valueSchema: ({ options }) => ({ type: "string", ...lengths(options), ...pattern(options["pattern"]) }),
  canonicalise: storableText,
  encode: (value) => value as string,
  comparison: "text",
};

const lengths = ({ min, max }: Readonly<Record<string, unknown>>) => ({
  ...(min === undefined ? {} : { minLength: min }),
  maxLength: max ?? defaultMax,
});

const pattern = (source: unknown) => (source === undefined ? {} : { pattern: source });

function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}
