// The one text of a clash with a unique value, whoever finds it: the store, or the engine that knows where one must be.
import { EngineError } from "./errors.js";

/** @param fields - of the unique index, in its order. */
export function uniqueViolation(
  collection: string,
  fields: readonly string[],
  cause?: unknown,
): EngineError<"unique_violation"> {
  const message = `Another live record of "${collection}" has the same ${fields.map((name) => `"${name}"`).join(" and ")} already.`;
  return new EngineError("unique_violation", { collection, fields }, { message, cause });
}
