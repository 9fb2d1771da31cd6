// From a refusal to its answer: the one table of statuses, and the one shape of error bodies. Must never let a cause,
// a path or SQL out.
import { EngineError, type ErrorCode } from "../../../lib/index.js";
import { jsonAnswer } from "./answers.js";
import type { Header, HttpAnswer } from "../exchange.js";
import { BatchRefusal, HttpRefusal, httpRefusals, type Refusal } from "./http-refusal.js";

/** The status of each code of the engine. A code without one does not compile. */
export const errorStatuses: Readonly<Record<ErrorCode, number>> = {
  validation_failed: 400,
  filter_invalid: 400,
  sort_invalid: 400,
  rule_invalid: 400,
  schema_append_only: 400,
  database_name_invalid: 400,
  request_invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  database_reserved: 403,
  database_not_found: 404,
  collection_not_found: 404,
  record_not_found: 404,
  backup_not_found: 404,
  database_exists: 409,
  collection_exists: 409,
  collection_deleted: 409,
  field_exists: 409,
  unique_violation: 409,
  conflict: 409,
  payload_too_large: 413,
  rate_limited: 429,
  engine_closed: 503,
  database_busy: 503,
  data_directory_locked: 503,
  storage_full: 507,
  database_corrupt: 500,
  storage_readonly: 500,
  storage_failed: 500,
  internal: 500,
};

/** What one field or argument has against it. */
export interface ProblemBody {
  readonly code: string;
  readonly message: string;
}

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** By field or argument. */
  readonly data: Readonly<Record<string, unknown>>;
}

function errorBody(refusal: Refusal): ErrorBody {
  if (refusal instanceof BatchRefusal) return batchErrorBody(refusal);
  const { code } = refusal;
  if (refusal instanceof HttpRefusal) {
    return { status: httpRefusals[refusal.code], code, message: refusal.message, data: {} };
  }
  const status = errorStatuses[refusal.code];
  // What the machine has, its paths among it, is for the log.
  if (status >= 500) return { status, code, message: defaultMessage(refusal), data: {} };
  return { status, code, message: refusal.message, data: problemsOf(refusal) };
}

/** As the refused request's own error, which stands below its index. */
function batchErrorBody({ index, refusal }: BatchRefusal): ErrorBody {
  const { status, code, message, data } = errorBody(refusal);
  const response: ErrorBody = { status, code, message, data };
  return {
    status,
    code,
    message: `requests[${index}]: ${message}`,
    data: { requests: { [index]: { code, message, response } } },
  };
}

const defaultMessage = ({ code, details }: EngineError): string => new EngineError(code, details).message;

function problemsOf(error: EngineError): Readonly<Record<string, ProblemBody>> {
  const { code, message } = error;
  if (error.is("validation_failed")) return error.details.fields;
  if (error.is("unique_violation")) {
    return Object.fromEntries(error.details.fields.map((field) => [field, { code, message }]));
  }
  if (error.is("filter_invalid")) return { filter: { code, message } };
  if (error.is("sort_invalid")) return { sort: { code, message } };
  if (error.is("rule_invalid")) return { [error.details.rule ?? "rule"]: { code, message } };
  if (error.is("request_invalid") && error.details.parameter !== undefined) {
    return { [error.details.parameter]: { code, message } };
  }
  return {};
}

/** The answer for a refusal. */
export function errorAnswer(refusal: Refusal): HttpAnswer {
  const body = errorBody(refusal);
  return jsonAnswer(body.status, JSON.stringify(body), headersOf(refusal));
}

function headersOf(refusal: Refusal): readonly Header[] {
  if (refusal instanceof BatchRefusal) return headersOf(refusal.refusal);
  if (refusal instanceof HttpRefusal) return refusal.allow ? [["allow", refusal.allow.join(", ")]] : [];
  if (refusal.is("unauthenticated")) return [["www-authenticate", "Bearer"]];
  if (refusal.is("rate_limited")) return [["retry-after", String(Math.ceil(refusal.details.retryAfterMs / 1_000))]];
  return [];
}
