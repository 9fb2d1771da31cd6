// The one door to neverthrow, and the guard that keeps every public call from throwing.
import { err, ok, Result, ResultAsync } from "neverthrow";
import { EngineError, isEngineError } from "./errors.js";
import type { Logger } from "./logger.js";

export { err, ok, Result, ResultAsync };

/** What the engine's inner operations give: `await` them and return early on `isErr()`. */
export type Outcome<T> = Promise<Result<T, EngineError>>;

/** `err(new EngineError(…))` in fewer words. */
export function refuse<Code extends EngineError["code"]>(
  ...args: ConstructorParameters<typeof EngineError<Code>>
): Result<never, EngineError> {
  return err(new EngineError(...args));
}

/** What was thrown, as an error: an `EngineError` stays itself, anything else becomes `internal` with its cause. */
export const toEngineError = (thrown: unknown): EngineError =>
  isEngineError(thrown) ? thrown : new EngineError("internal", {}, { cause: thrown });

/** What the outer operations give: what is known at once need not wait for its turn. */
export type OutcomeOrResult<T> = Outcome<T> | Result<T, EngineError>;

/**
 * The surface of every public call: runs the work, turns the unexpected into `internal` (logged with
 * its cause), and gives a `ResultAsync` that never rejects. `finish` is given what the work waited for, and must not throw.
 */
export function guard<T>(
  logger: Logger,
  work: () => OutcomeOrResult<T>,
  finish?: (result: Result<T, EngineError>) => Result<T, EngineError>,
): ResultAsync<T, EngineError> {
  const unexpected = (thrown: unknown): Result<T, EngineError> => {
    const error = toEngineError(thrown);
    if (error.code === "internal") logger.error({ err: thrown }, "unexpected error in the engine");
    return err(error);
  };
  try {
    const done = work();
    return new ResultAsync("then" in done ? done.then(finish, unexpected) : Promise.resolve(done));
  } catch (thrown) {
    return new ResultAsync(Promise.resolve(unexpected(thrown)));
  }
}
