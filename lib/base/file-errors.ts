// Node's errors of files as the engine's. The original stays as the cause; its text names paths and never gets into a message.
import { EngineError, isEngineError } from "./errors.js";

/** `storage_full`, `storage_readonly`, `storage_failed`; `internal` for what is no error of a file. `name` is the database, if any. */
export function translateFileError(thrown: unknown, name?: string): EngineError {
  if (isEngineError(thrown)) return thrown;
  const details = name === undefined ? {} : { name };
  const errno = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  switch (errno) {
    case "ENOSPC":
    case "EDQUOT":
      return new EngineError("storage_full", details, { cause: thrown });
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new EngineError("storage_readonly", details, { cause: thrown });
    default:
      return typeof errno === "string"
        ? new EngineError("storage_failed", details, { cause: thrown })
        : new EngineError("internal", {}, { cause: thrown });
  }
}
