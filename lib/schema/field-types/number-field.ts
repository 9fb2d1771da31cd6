// A finite double. -0 becomes 0, because SQL cannot tell them apart; every other bit is kept.
import { ok } from "../../base/result.js";
import type { FieldType } from "../field-type.js";
import { greaterMin, smallerMax } from "./option-loosening.js";

/** The field type `number`. */
export const numberField: FieldType = {
  name: "number",
  summary: "A finite number (a double); with integer: true a whole one. -0 is kept as 0.",
  optionsSchema: { min: { type: "number" }, max: { type: "number" }, integer: { type: "boolean" } },
  optionDefaults: { integer: false },
  checkOptions: ({ min, max }): Readonly<Record<string, string>> =>
    typeof min === "number" && typeof max === "number" && min > max ? { min: "min is greater than max." } : {},
  tightening(before, after) {
    const becomesInteger = after.options["integer"] === true && before.options["integer"] !== true;
    if (becomesInteger) return "integer may only be turned off, because stored values may have a fraction";
    return smallerMax(before, after) ?? greaterMin(before, after);
  },
  columnKind: () => "number",
  isMultiple: () => false,
  isIndexable: () => true,
  valueSchema: ({ options: { min, max, integer } }) => ({
    type: integer === true ? "integer" : "number",
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  }),
  canonicalise: (value) => ok(value === 0 ? 0 : value),
  encode: (value) => value as number,
  comparison: "number",
};
