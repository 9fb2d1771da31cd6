// A value from outside as a value of the kind that it is compared with. Only where nothing is lost: else it is refused.
import { err, ok, type Result } from "../../base/result.js";
import { canonicalMoment } from "../../schema/field-types/datetime-field.js";
import { isCalendarDay } from "../../schema/field-types/calendar-day.js";
import { isStorableText } from "../../schema/field-types/text-value.js";
import type { ComparisonKind } from "../../schema/field-type.js";
import { shown } from "../language/expression-refusal.js";

/** A value as it is bound. */
export type BoundValue = string | number | boolean;

/** What the kinds are called in messages. */
export const kindNames: Readonly<Record<ComparisonKind, string>> = {
  text: "text",
  number: "a number",
  boolean: "true or false",
  date: "a date (YYYY-MM-DD)",
  datetime: "a date and time (RFC 3339)",
  dynamic: "a value of json",
};

/** The value as one of the kind, or what it is instead (`'abc' is text`). */
export function coerceValue(kind: ComparisonKind, value: unknown): Result<BoundValue, string> {
  if (value instanceof Date) return coerceDate(kind, value);
  if (typeof value === "string") return coerceText(kind, value);
  if (typeof value === "number" && Number.isFinite(value) && (kind === "number" || kind === "dynamic")) {
    return ok(value === 0 ? 0 : value);
  }
  if (typeof value === "boolean" && (kind === "boolean" || kind === "dynamic")) return ok(value);
  return err(describe(value));
}

function coerceText(kind: ComparisonKind, text: string): Result<BoundValue, string> {
  if (!isStorableText(text)) return err("the text holds a lone surrogate or U+0000");
  switch (kind) {
    case "text":
    case "dynamic":
      return ok(text);
    case "date":
      return isCalendarDay(text) ? ok(text) : err(describe(text));
    case "datetime":
      if (isCalendarDay(text)) return ok(`${text}T00:00:00.000Z`);
      return canonicalMoment(text).mapErr(({ message }) => `${describe(text)}: ${message}`);
    default:
      return err(describe(text));
  }
}

function coerceDate(kind: ComparisonKind, date: Date): Result<BoundValue, string> {
  if (Number.isNaN(date.getTime())) return err("the Date is invalid");
  if (kind === "datetime" || kind === "dynamic") return canonicalMoment(date.toISOString()).mapErr((e) => e.message);
  return kind === "date" ? coerceText("date", date.toISOString().slice(0, 10)) : err("a Date is a moment");
}

function describe(value: unknown): string {
  if (typeof value === "string") return `'${shown(value)}' is text`;
  if (typeof value === "number")
    return Number.isFinite(value) ? `${value} is a number` : `${value} is no finite number`;
  if (typeof value === "boolean") return `${value} is true or false`;
  if (value === null) return "null is no value";
  return Array.isArray(value) ? "a list is several values" : `the value is of type ${typeof value}`;
}
