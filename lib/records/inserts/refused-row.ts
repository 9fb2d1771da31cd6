// The refusal of one of many rows.
import { EngineError } from "../../base/errors.js";

/** The same error, naming the row of the list. */
export function inRow(error: EngineError, row: number): EngineError {
  const message = `Row ${row}: ${error.message}`;
  if (error.is("validation_failed"))
    return new EngineError("validation_failed", { ...error.details, row }, { message });
  if (error.is("unique_violation")) return new EngineError("unique_violation", { ...error.details, row }, { message });
  return error;
}
