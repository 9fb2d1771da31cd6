// Equality of JSON values. The order of an object's keys does not matter, that of a list's elements does.
import type { JsonValue } from "../collection.js";

/** Whether two JSON values say the same. `undefined` is equal to itself alone. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a, b] as [Record<string, JsonValue>, Record<string, JsonValue>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}
