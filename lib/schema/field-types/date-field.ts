// A calendar day without a time or zone.
import { err, ok } from "../../base/result.js";
import type { FieldType } from "../field-type.js";
import { isCalendarDay } from "./calendar-day.js";

/** The field type `date`. */
export const dateField: FieldType = {
  name: "date",
  summary: "A day of the calendar, YYYY-MM-DD. A JavaScript Date stands for its day in UTC.",
  optionsSchema: {},
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => true,
  format: "date",
  valueSchema: () => ({ type: "string" }),
  fromHost(value) {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) return value;
    return value.toISOString().replace(/T.*$/, "");
  },
  canonicalise(value) {
    if (isCalendarDay(value as string)) return ok(value);
    return err({ code: "format", message: "This is not a day of the calendar; write YYYY-MM-DD, e.g. 2024-02-29." });
  },
  encode: (value) => value as string,
  comparison: "date",
};
