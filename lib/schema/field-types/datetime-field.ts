// A moment. Every spelling of RFC 3339 is read; one canonical form in UTC is kept, so that texts sort as moments do.
import type { FieldProblem } from "../../base/errors.js";
import { formatTimestamp } from "../../base/clock.js";
import { err, ok, type Result } from "../../base/result.js";
import type { FieldType } from "../field-type.js";
import { isCalendarDay } from "./calendar-day.js";

const written =
  /^(?<day>\d{4}-\d\d-\d\d)[Tt ](?<time>([01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.(?<fraction>\d{1,20}))?(?<offset>[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

// Canonical texts of years 0000 to 9999 all have this length; beyond them, they would no longer sort.
const canonicalLength = 24;

/** The field type `datetime`. */
export const datetimeField: FieldType = {
  name: "datetime",
  summary: "A moment, RFC 3339 with its offset; given back in UTC with milliseconds. A JavaScript Date is accepted.",
  optionsSchema: {},
  columnKind: () => "text",
  isMultiple: () => false,
  isIndexable: () => true,
  format: "date-time",
  valueSchema: () => ({ type: "string" }),
  fromHost: (value) =>
    value instanceof Date && !Number.isNaN(value.getTime()) ? formatTimestamp(value.getTime()) : value,
  canonicalise: (value) => canonicalMoment(value as string),
  encode: (value) => value as string,
  comparison: "datetime",
};

/**
 * Any RFC 3339 spelling of a moment as `YYYY-MM-DDTHH:mm:ss.SSSZ`. Code `format` when it is not one, is
 * finer than milliseconds, is a leap second, or lies outside of the years 0000 to 9999 in UTC.
 */
export function canonicalMoment(text: string): Result<string, FieldProblem> {
  const { day = "", time = "", fraction = "", offset = "" } = written.exec(text)?.groups ?? {};
  if (!isCalendarDay(day)) {
    return refused("This is not a moment; write RFC 3339 with its offset, e.g. 2024-02-29T12:00:00Z.");
  }
  if (/[1-9]/.test(fraction.slice(3)))
    return refused("Moments are kept in milliseconds; round this one to three decimals.");
  const ms = Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}${offset.toUpperCase()}`);
  const canonical = Number.isNaN(ms) ? "" : formatTimestamp(ms);
  return canonical.length === canonicalLength
    ? ok(canonical)
    : refused("In UTC, this lies outside of the years 0000 to 9999.");
}

const refused = (message: string): Result<never, FieldProblem> => err({ code: "format", message });
