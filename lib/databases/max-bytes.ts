// What may be said of a database's greatest size. Checked here for every door it comes in by.
import type { EngineError } from "../base/errors.js";
import { ok, refuse, type Result } from "../base/result.js";

// SQLite counts in pages, and one of them is the least that a file can have.
const leastBytes = 4_096;

/** A limit in bytes, or null for none of its own. `request_invalid` naming the parameter. */
export function checkMaxBytes(maxBytes: unknown, parameter = "maxBytes"): Result<number | null, EngineError> {
  if (maxBytes === undefined || maxBytes === null) return ok(null);
  if (Number.isSafeInteger(maxBytes) && (maxBytes as number) >= leastBytes) return ok(maxBytes as number);
  const message = `${parameter} is a whole number of bytes, at least ${leastBytes}, or null for no limit.`;
  return refuse("request_invalid", { parameter }, { message });
}
