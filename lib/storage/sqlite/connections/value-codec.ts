// What may be bound to a statement. Everything else is refused: node-sqlite3 turns a bigint or a symbol into NULL and
// an object into "[object Object]" without a word. Nothing is ever changed silently here, but for -0.
import { EngineError } from "../../../base/errors.js";
import type { DriverValue } from "../driver.js";

/** ES2024; every supported Node has it, TypeScript's library of the target does not. */
type WellFormedCheck = string & { isWellFormed(): boolean };

/**
 * The values as the driver takes them: strings, finite numbers, null and bytes as they are, booleans as 1 and 0, and
 * -0 as 0, because SQLite's integers know no other zero. Throws `request_invalid` with the zero-based place of the first
 * value that cannot be kept exactly.
 */
export function encodeParameters(values: readonly unknown[]): DriverValue[] {
  const encoded = new Array<DriverValue>(values.length);
  // By index: a hole of a sparse array is undefined and must be refused, not skipped.
  for (let index = 0; index < values.length; index += 1) encoded[index] = encode(values[index], index);
  return encoded;
}

function encode(value: unknown, index: number): DriverValue {
  switch (typeof value) {
    case "string":
      if (!(value as WellFormedCheck).isWellFormed())
        return reject(index, "a text with half of a surrogate pair has no UTF-8 form");
      // SQLite would keep it whole, but length() and LIKE stop there.
      if (value.includes("\0")) return reject(index, "a text with the character U+0000 cannot be compared or searched");
      return value;
    case "number":
      if (!Number.isFinite(value)) return reject(index, `${value} is not a finite number`);
      return value === 0 ? 0 : value;
    case "boolean":
      return value ? 1 : 0;
    case "object":
      if (value === null) return null;
      // A copy: the statement may wait in a queue while the caller goes on writing into its buffer.
      if (value instanceof Uint8Array) return Uint8Array.from(value);
      return reject(index, `an object (${nameOf(value)}) must be encoded first`);
    default:
      return reject(index, `a value of type ${typeof value} cannot be stored`);
  }
}

function nameOf(value: object): string {
  return Array.isArray(value) ? "Array" : value instanceof Date ? "Date" : "Object";
}

function reject(index: number, reason: string): never {
  throw new EngineError(
    "request_invalid",
    { parameter: String(index) },
    { message: `The value at place ${index} of the statement cannot be stored: ${reason}.` },
  );
}
