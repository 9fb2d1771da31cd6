// The one error of the client: what was refused here, on the way, by the server, or while its answer was read.

/** What the server may answer: the engine's codes, and those that only HTTP knows. */
export type ServerErrorCode =
  | "validation_failed"
  | "filter_invalid"
  | "sort_invalid"
  | "rule_invalid"
  | "schema_append_only"
  | "database_name_invalid"
  | "request_invalid"
  | "unauthenticated"
  | "forbidden"
  | "database_reserved"
  | "database_not_found"
  | "collection_not_found"
  | "record_not_found"
  | "backup_not_found"
  | "database_exists"
  | "collection_exists"
  | "collection_deleted"
  | "field_exists"
  | "unique_violation"
  | "conflict"
  | "payload_too_large"
  | "rate_limited"
  | "engine_closed"
  | "database_busy"
  | "data_directory_locked"
  | "storage_full"
  | "database_corrupt"
  | "storage_readonly"
  | "storage_failed"
  | "internal"
  | "route_not_found"
  | "method_not_allowed"
  | "body_timeout"
  | "target_too_long"
  | "media_type_unsupported";

/** What only the client can tell: no answer came, or none that this server gives. */
export type ConnectionErrorCode = "network_failed" | "aborted" | "timed_out" | "answer_invalid";

/** All known codes. A newer server may send others, so the type stays open. */
export type ClientErrorCode = ServerErrorCode | ConnectionErrorCode | (string & Record<never, never>);

/** Why one field was refused. */
export interface FieldProblem {
  /** A stable word for programs: `required`, `type`, `min`, … */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

/** What a {@link ClientError} is made of. */
export interface ClientErrorParts {
  readonly status: number;
  readonly code: ClientErrorCode;
  readonly message: string;
  readonly data?: Readonly<Record<string, FieldProblem>>;
  readonly url?: string;
  readonly retryAfterMs?: number | undefined;
  readonly index?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Every call of the client that fails rejects with this.
 *
 * @example
 * ```ts
 * try {
 *   await client.collection("posts").create({ title: "" });
 * } catch (error) {
 *   if (error instanceof ClientError && error.code === "validation_failed") console.log(error.data["title"]?.message);
 *   else throw error;
 * }
 * ```
 */
export class ClientError extends Error {
  /** The HTTP status; 0 when no answer came. A call that the client itself refuses has the status that the server would have given. */
  readonly status: number;
  /** What happened, for programs. */
  readonly code: ClientErrorCode;
  /** The problem of each field, with `validation_failed` and `unique_violation`; else empty. */
  readonly data: Readonly<Record<string, FieldProblem>>;
  /** The address that was asked; empty when the call never got as far. */
  readonly url: string;
  /** After how many milliseconds another try makes sense, when the server said so. */
  readonly retryAfterMs: number | undefined;
  /** Of a batch: which of its writes was refused, from 0. None of them has happened. */
  readonly index: number | undefined;

  constructor({ status, code, message, data = {}, url = "", retryAfterMs, index, cause }: ClientErrorParts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ClientError";
    this.status = status;
    this.code = code;
    this.data = data;
    this.url = url;
    this.retryAfterMs = retryAfterMs;
    this.index = index;
  }

  /** Whether the caller's own signal ended the call. A time-out is no abort. */
  get isAbort(): boolean {
    return this.code === "aborted";
  }

  /** What may be logged: without the cause. */
  toJSON(): Pick<ClientError, "status" | "code" | "message" | "data" | "url"> {
    const { status, code, message, data, url } = this;
    return { status, code, message, data, url };
  }
}

/** A call that is refused before anything is sent. */
export const refusal = (code: ServerErrorCode, message: string, cause?: unknown): ClientError =>
  new ClientError({ status: code === "record_not_found" ? 404 : 400, code, message, cause });
