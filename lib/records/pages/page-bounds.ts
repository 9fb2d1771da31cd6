// Which pages may be asked for.
import { EngineError } from "../../base/errors.js";
import type { EngineLimits } from "../../base/limits.js";
import { err, ok, type Result } from "../../base/result.js";

/** `request_invalid` for a page or perPage that is no whole number in range. */
export function checkPage(limits: EngineLimits, page: unknown, perPage: unknown): Result<void, EngineError> {
  if (!isCount(perPage) || perPage > limits.perPage) {
    return invalid(
      "perPage",
      `perPage is a whole number from 1 to ${limits.perPage}; read more with iterate or a cursor.`,
    );
  }
  if (!isCount(page) || !Number.isSafeInteger(page * perPage)) return invalid("page", "page is a whole number from 1.");
  return ok(undefined);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
