// Every refusal of the engine, in one table: its code, the shape of its details, its default text.
// Must never learn of HTTP: statuses live in the adapters.

/** Why one field of a record or definition was refused. */
export interface FieldProblem {
  /** A stable word for programs: `required`, `unknown_field`, `type`, `min`, `max`, `pattern`, `format`, `options`, … */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

/** Where in an expression the reading stopped, and why. */
export interface ExpressionProblem {
  /** The expression as it was given. Cut after 200 characters. */
  readonly expression: string;
  /** Zero-based offset of the first character of the offending part. */
  readonly position: number;
}

/** The `details` of each error code. A code that is missing here does not exist. */
export interface ErrorDetails {
  /** A record or a definition does not fit. `row` is the zero-based index within `createMany`. */
  validation_failed: {
    readonly fields: Readonly<Record<string, FieldProblem>>;
    readonly row?: number;
  };
  filter_invalid: ExpressionProblem;
  sort_invalid: ExpressionProblem;
  rule_invalid: ExpressionProblem & { readonly rule?: string };
  schema_append_only: { readonly collection: string; readonly field?: string };
  database_name_invalid: { readonly name: string };
  request_invalid: { readonly parameter?: string };
  unauthenticated: Readonly<Record<string, never>>;
  forbidden: Readonly<Record<string, never>>;
  database_reserved: { readonly name: string };
  database_not_found: { readonly name: string };
  collection_not_found: { readonly collection: string };
  record_not_found: { readonly collection: string; readonly id: string };
  backup_not_found: { readonly id: string };
  database_exists: { readonly name: string };
  collection_exists: { readonly collection: string; readonly differences: readonly string[] };
  collection_deleted: { readonly collection: string };
  field_exists: { readonly collection: string; readonly field: string; readonly isDeleted: boolean };
  /** `row` is the zero-based index within `createMany`. */
  unique_violation: {
    readonly collection: string;
    readonly fields: readonly string[];
    readonly row?: number;
  };
  conflict: { readonly collection?: string; readonly id?: string };
  payload_too_large: { readonly limitBytes: number };
  rate_limited: { readonly retryAfterMs: number };
  engine_closed: Readonly<Record<string, never>>;
  database_busy: { readonly name?: string };
  data_directory_locked: { readonly dataDir: string };
  /** With `limitBytes`, the database has reached its own limit, not the disk: `sizeBytes` is what it has. */
  storage_full: { readonly name?: string; readonly limitBytes?: number; readonly sizeBytes?: number };
  database_corrupt: { readonly name: string; readonly reason: string };
  storage_readonly: { readonly name?: string };
  storage_failed: { readonly name?: string };
  internal: Readonly<Record<string, never>>;
}

/** The closed union of codes. */
export type ErrorCode = keyof ErrorDetails;

interface ErrorTraits {
  readonly text: string;
  /** The same call may succeed later without any change by the caller. */
  readonly isRetryable: boolean;
}

const retryable = (text: string): ErrorTraits => ({ text, isRetryable: true });
const final = (text: string): ErrorTraits => ({ text, isRetryable: false });

const errorTable: Readonly<Record<ErrorCode, ErrorTraits>> = {
  validation_failed: final("The data does not fit the collection; see details.fields."),
  filter_invalid: final("The filter cannot be read."),
  sort_invalid: final("The sort cannot be read."),
  rule_invalid: final("The rule cannot be read."),
  schema_append_only: final("The schema is append-only: this change would lose or reinterpret data."),
  database_name_invalid: final(
    "A database name is 1 to 63 characters of a-z, 0-9, _ and -, and starts with a letter or digit.",
  ),
  request_invalid: final("The call's arguments are not valid."),
  unauthenticated: final("Sign in first."),
  forbidden: final("This is not allowed."),
  database_reserved: final("This database is reserved for the engine."),
  database_not_found: final("There is no such database."),
  collection_not_found: final("There is no such collection."),
  record_not_found: final("There is no such record."),
  backup_not_found: final("There is no such backup."),
  database_exists: final("A database of this name exists already."),
  collection_exists: final("A collection of this name exists with another definition."),
  collection_deleted: final("A collection of this name is deleted; undelete it."),
  field_exists: final("A field of this name exists already."),
  unique_violation: final("Another live record has this value already."),
  conflict: final("The call conflicts with the present state."),
  payload_too_large: final("The data is larger than the limit."),
  rate_limited: retryable("Too many attempts; try again later."),
  engine_closed: final("The engine is closed."),
  database_busy: retryable("The database is busy; try again."),
  data_directory_locked: retryable("Another process holds this data directory."),
  storage_full: retryable("The disk is full; free some space and try again."),
  database_corrupt: final("The database file is damaged or not one of this engine's."),
  storage_readonly: final("The disk or the file is read-only."),
  storage_failed: final("The disk reported an error."),
  internal: final("An unexpected error happened in the engine; its cause was logged."),
};

/** All codes, in the order of the contract. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/**
 * The one error of the engine. Every call gives it inside a `Result`; none throws it.
 *
 * `code` tells programs what happened, `message` tells people what to do, `details` holds what the
 * code promises (see {@link ErrorDetails}), `cause` the original error where there was one.
 *
 * @example
 * ```ts
 * const made = await engine.databases.create({ name: "client1" });
 * if (made.isErr() && made.error.code === "database_exists") console.log(made.error.message);
 * ```
 */
export class EngineError<Code extends ErrorCode = ErrorCode> extends Error {
  /** What happened, out of the closed union {@link ErrorCode}. */
  readonly code: Code;
  /** More about it, with the shape that the code promises. */
  readonly details: ErrorDetails[Code];
  readonly #isRetryable: boolean;

  constructor(
    code: Code,
    details: ErrorDetails[Code],
    options?: { message?: string; cause?: unknown; isRetryable?: boolean },
  ) {
    super(
      options?.message ?? errorTable[code].text,
      options?.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "EngineError";
    this.code = code;
    this.details = details;
    this.#isRetryable = options?.isRetryable ?? errorTable[code].isRetryable;
  }

  /** Whether the same call may succeed later without any change by the caller. Mostly by the code; a network knows better. */
  get isRetryable(): boolean {
    return this.#isRetryable;
  }

  /** Whether this error has one of the codes, narrowing its `details`. */
  is<Wanted extends ErrorCode>(...codes: readonly Wanted[]): this is EngineError<Wanted> {
    return (codes as readonly ErrorCode[]).includes(this.code);
  }

  /** What may be shown or logged: never the cause, whose text may hold SQL or paths. */
  toJSON(): { code: Code; message: string; details: ErrorDetails[Code] } {
    return { code: this.code, message: this.message, details: this.details };
  }
}

/** Whether a value is an error of the engine, of any code. */
export const isEngineError = (value: unknown): value is EngineError => value instanceof EngineError;
