// How many things at once, as a caller says it.
import type { EngineError } from "./errors.js";
import { ok, refuse, type Result } from "./result.js";

// Far more than disk and processor have use for; a slip of a thousand would open as many files.
const mostConcurrency = 64;

/** The number itself. `request_invalid` when it is none from 1 to 64. */
export function readConcurrency(concurrency: unknown): Result<number, EngineError> {
  const isCount = typeof concurrency === "number" && Number.isInteger(concurrency);
  if (isCount && concurrency >= 1 && concurrency <= mostConcurrency) return ok(concurrency);
  const message = `concurrency is a whole number from 1 to ${mostConcurrency}.`;
  return refuse("request_invalid", { parameter: "concurrency" }, { message });
}
