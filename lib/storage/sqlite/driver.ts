// The seam to a SQLite library, about eight calls. Whoever implements it passes test/conformance/driver.suite.ts.
// Nothing above it may know which library is behind it.

/** A value as SQLite takes it, after the codec. */
export type DriverValue = string | number | null | Uint8Array;

/** A row by column name. */
export type DriverRow = Record<string, unknown>;

/** `readwrite` and `readonly` refuse a missing file; only `create` makes one. */
export type OpenMode = "readwrite" | "create" | "readonly";

/** SQLite's primary result codes as far as the engine tells them apart, without their prefix. */
export const driverErrorCodes = [
  "ERROR",
  "INTERNAL",
  "PERM",
  "ABORT",
  "BUSY",
  "LOCKED",
  "NOMEM",
  "READONLY",
  "INTERRUPT",
  "IOERR",
  "CORRUPT",
  "FULL",
  "CANTOPEN",
  "PROTOCOL",
  "SCHEMA",
  "TOOBIG",
  "CONSTRAINT",
  "MISMATCH",
  "MISUSE",
  "AUTH",
  "RANGE",
  "NOTADB",
] as const;

export type DriverErrorCode = (typeof driverErrorCodes)[number];

/** What every call of a driver rejects with. Its message is SQLite's and may name tables: it never leaves the floor. */
export class DriverError extends Error {
  readonly code: DriverErrorCode;

  constructor(code: DriverErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "DriverError";
    this.code = code;
  }
}

/** SQLite's run-time limits that the engine sets. */
export type DriverLimit =
  "length" | "sqlLength" | "expressionDepth" | "compoundSelect" | "attached" | "likePatternLength" | "triggerDepth";

/** One compiled statement. */
export interface DriverStatement {
  /** Binds all values, runs to the end, gives the rows. Afterwards it is at rest, an EXPLAIN too. */
  all(values: readonly DriverValue[]): Promise<DriverRow[]>;
  /** Binds all values and runs. Only for statements that give no rows. */
  run(values: readonly DriverValue[]): Promise<{ readonly changes: number }>;
  finalize(): Promise<void>;
}

/** One connection. Its owner makes at most one call at a time; calls after `close` reject with MISUSE. */
export interface DriverConnection {
  /** Compiles one statement. */
  prepare(sql: string): Promise<DriverStatement>;
  /** Runs several statements without values; rows are dropped. */
  exec(sql: string): Promise<void>;
  /** Only while nothing runs. */
  setLimit(limit: DriverLimit, value: number): void;
  /** Stops what runs now: it rejects with INTERRUPT. Nothing when nothing runs. */
  interrupt(): void;
  /** Finalizes what is left, then lets the file go. When it rejects the handle is still open. */
  close(): Promise<void>;
}

export interface Driver {
  readonly name: string;
  open(path: string, mode: OpenMode): Promise<DriverConnection>;
}
