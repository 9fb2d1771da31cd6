// The one place where SQLite's and the file system's errors become the engine's. The original stays as the cause;
// its text, which may name tables and paths, never gets into a message.
import { EngineError, isEngineError } from "../../../base/errors.js";
import { translateFileError } from "../../../base/file-errors.js";
import { isErrno } from "../../../base/file-system.js";
import { uniqueViolation } from "../../../base/unique-violation.js";
import { DriverError, type DriverErrorCode } from "../driver.js";
import { maxValueBytes } from "./pragmas.js";

/** After these SQLite may have rolled the transaction back on its own: whatever runs next would commit alone. */
const transactionEndingCodes: ReadonlySet<DriverErrorCode> = new Set([
  "FULL",
  "IOERR",
  "NOMEM",
  "BUSY",
  "INTERRUPT",
  "CORRUPT",
  "NOTADB",
  "ABORT",
  "MISUSE",
]);

/** After these the handle itself is not to be trusted: an fsync that failed once succeeds the next time and lies. */
const handleBreakingCodes: ReadonlySet<DriverErrorCode> = new Set(["IOERR", "CORRUPT", "NOTADB", "MISUSE", "PROTOCOL"]);

/** Whether the transaction in which the error came must be given up as a whole. */
export const endsTransaction = (error: DriverError): boolean => transactionEndingCodes.has(error.code);

/** The driver's error behind one of the engine's; undefined when there is none. */
export function driverErrorOf(error: EngineError): DriverError | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DriverError) return cause;
  }
  return undefined;
}

/** Whether the connection must be closed and opened anew. */
export const breaksHandle = (error: DriverError): boolean => handleBreakingCodes.has(error.code);

/**
 * Whether something failed because the process, or the machine, has as many files open as it may. SQLite says only that it
 * could not open the file, which has other reasons too.
 */
export function isShortOfHandles(thrown: unknown): boolean {
  const error = isEngineError(thrown) ? thrown.cause : thrown;
  return error instanceof DriverError ? error.code === "CANTOPEN" : isErrno(error, "EMFILE", "ENFILE");
}

/** The name of the index that a unique violation names when it stands on an expression; null in all other cases. */
export function violatedIndexOf(error: DriverError): string | null {
  if (error.code !== "CONSTRAINT") return null;
  return /^UNIQUE constraint failed: index '(.+)'$/.exec(error.message)?.[1] ?? null;
}

/** An index as `sqlite_schema` keeps it. */
export interface IndexDefinition {
  readonly table: string;
  readonly sql: string;
}

/** `unique_violation` for an index on expressions: its columns are the quoted names within its column list. */
export function uniqueViolationOfIndex(error: DriverError, index: IndexDefinition): EngineError {
  const columnList = /\bon\s+(?:"[^"]+"|\w+)\s*\((.*)$/is.exec(index.sql)?.[1]?.split(/\)\s*where\b/i)[0] ?? "";
  const columns = [...columnList.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
  return uniqueViolation(index.table, [...new Set(columns)], error);
}

/** A driver's error as the engine's. `name` is the database in whose work it came. */
export function translateDriverError(error: DriverError, name: string): EngineError {
  const cause = error;
  switch (error.code) {
    case "CONSTRAINT":
      return translateConstraint(error);
    case "FULL":
      return new EngineError("storage_full", { name }, { cause });
    case "READONLY":
    case "PERM":
    case "AUTH":
      return new EngineError("storage_readonly", { name }, { cause });
    case "CORRUPT":
    case "NOTADB":
      return new EngineError("database_corrupt", { name, reason: "SQLite found that the file is damaged." }, { cause });
    case "BUSY":
    case "LOCKED":
    case "INTERRUPT":
    case "PROTOCOL":
      return new EngineError("database_busy", { name }, { cause });
    case "CANTOPEN":
    case "IOERR":
    case "NOMEM":
      return new EngineError("storage_failed", { name }, { cause });
    case "TOOBIG":
      return new EngineError("payload_too_large", { limitBytes: maxValueBytes }, { cause });
    default:
      return new EngineError("internal", {}, { cause });
  }
}

// SQLite's extended codes do not come through: which constraint it was stands only in the message.
function translateConstraint(error: DriverError): EngineError {
  const [, kind, target = ""] =
    /^(UNIQUE|NOT NULL|FOREIGN KEY) constraint failed(?:: (.+))?$/.exec(error.message) ?? [];
  const columns = target.split(", ").map((name) => name.slice(name.lastIndexOf(".") + 1));
  if (kind === "UNIQUE") {
    const [first = ""] = target.split(", ");
    return uniqueViolation(first.slice(0, Math.max(0, first.lastIndexOf("."))), columns, error);
  }
  if (kind === "NOT NULL") {
    const problem = { code: "required", message: "A value is required." };
    const fields = Object.fromEntries(columns.map((column) => [column, problem]));
    return new EngineError("validation_failed", { fields }, { cause: error });
  }
  if (kind === "FOREIGN KEY") return new EngineError("conflict", {}, { cause: error });
  return new EngineError("internal", {}, { cause: error });
}

/** Anything thrown beneath a store or by the file system as the engine's error. `name` is the database, if any. */
export function translateStorageError(thrown: unknown, name?: string): EngineError {
  return thrown instanceof DriverError ? translateDriverError(thrown, name ?? "") : translateFileError(thrown, name);
}
