// A value as the JSON of a body. What JSON would silently change is refused.
import { refusal } from "./client-error.js";

/** The JSON text. Throws `request_invalid` for NaN and infinities (JSON makes null of them), cycles and big integers. */
export function requestBody(value: unknown): string {
  try {
    return JSON.stringify(value, (name, part: unknown) => {
      if (typeof part === "number" && !Number.isFinite(part)) throw new TypeError(`"${name}" is ${part}`);
      return part;
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal("request_invalid", `This cannot be sent as JSON: ${why}`, cause);
  }
}

/** An object of fields and values. Forms, maps, lists and the like are refused: as JSON they would be empty or something else. */
export function fieldsOf(data: unknown, what: string): object {
  const tag = Object.prototype.toString.call(data);
  if (tag === "[object Object]") return data as object;
  throw refusal(
    "request_invalid",
    `${what} is an object of fields and values, not ${tag.slice("[object ".length, -1)}.`,
  );
}
