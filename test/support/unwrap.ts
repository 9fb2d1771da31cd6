// Results in tests: the value or a readable failure.
import type { EngineError, ErrorCode } from "../../lib/base/errors.js";
import type { Result } from "../../lib/base/result.js";

/** The value; throws the error, which fails the test with its message. */
export function valueOf<T>(result: Result<T, EngineError>): T {
  if (result.isErr()) throw result.error;
  return result.value;
}

/** The error, which must have the code; throws when there is none or another. */
export function refusalOf<Code extends ErrorCode>(result: Result<unknown, EngineError>, code: Code): EngineError<Code> {
  if (result.isOk()) throw new Error(`expected ${code}, got a value`);
  if (!result.error.is(code)) throw new Error(`expected ${code}, got ${result.error.code}`, { cause: result.error });
  return result.error;
}
