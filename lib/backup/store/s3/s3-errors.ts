// What goes wrong between us and a bucket, as the engine's errors. Nothing of the client's own error gets out: its
// texts hold signed requests, and those hold keys and tokens.
import { EngineError, isEngineError } from "../../../base/errors.js";

/** The parts of the client's errors that are safe to look at. */
export interface S3Failure {
  /** S3's word for it, e.g. `NoSuchKey`, or the network's, e.g. `ECONNRESET`. */
  readonly name: string;
  readonly status: number | undefined;
  /** What the server's log knows the request by. */
  readonly requestId: string | undefined;
}

/** Reads an error of the client, or of a stream that it gave. */
export function readS3Failure(thrown: unknown): S3Failure {
  const { name, code, Code, $metadata } = (thrown ?? {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly Code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  };
  // A plain Error says more by its errno than by its name.
  const word = [Code, name === "Error" ? code : name, code, name].find((each) => typeof each === "string");
  const { httpStatusCode: status, requestId } = $metadata ?? {};
  return {
    // Words of the protocol are short and plain; what is neither is somebody's text.
    name: typeof word === "string" && /^[A-Za-z0-9_.]{1,64}$/.test(word) ? word : "unknown error",
    status: typeof status === "number" ? status : undefined,
    requestId: typeof requestId === "string" && /^[\w+/=-]{1,128}$/.test(requestId) ? requestId : undefined,
  };
}

/** The key is not there. */
export const isMissing = ({ name, status }: S3Failure): boolean =>
  name === "NoSuchKey" || (status === 404 && name !== "NoSuchBucket" && name !== "NoSuchUpload");

/** A conditional write lost: something stands under the key, or somebody writes it just now. */
export const isConditionLost = ({ name, status }: S3Failure): boolean =>
  status === 412 || name === "PreconditionFailed" || name === "ConditionalRequestConflict";

/** The server knows no conditional writes. */
export const isNotImplemented = ({ name, status }: S3Failure): boolean => status === 501 || name === "NotImplemented";

const isRefusedCaller = ({ name, status }: S3Failure): boolean =>
  status === 401 ||
  status === 403 ||
  /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|CredentialsProviderError|TokenProviderError)$/.test(
    name,
  );

const isFull = ({ name, status }: S3Failure): boolean => status === 507 || /StorageFull|QuotaExceeded/.test(name);

const isPassing = ({ name, status }: S3Failure): boolean =>
  (status !== undefined && (status >= 500 || status === 429 || status === 408)) ||
  /^(SlowDown|RequestTimeout|Throttling|ThrottlingException|TimeoutError|AbortError|aborted|E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_\w+|HPE_\w+)$/.test(
    name,
  );

/** `storage_full`; else `storage_failed`, retryable where the same call may succeed later. `EngineError`s stay themselves. */
export function translateS3Error(thrown: unknown, bucket: string): EngineError {
  if (isEngineError(thrown)) return thrown;
  const failure = readS3Failure(thrown);
  const { name, status, requestId } = failure;
  const what = `${name}${status === undefined ? "" : `, HTTP ${status}`}${requestId ? `, request ${requestId}` : ""}`;
  const cause = new Error(what);
  if (isFull(failure)) return new EngineError("storage_full", {}, { cause });
  if (isRefusedCaller(failure))
    return failed(
      `The bucket "${bucket}" refused the store's credentials (${what}). They must allow to list the bucket and to get, put and delete its objects.`,
      cause,
      false,
    );
  if (name === "NoSuchBucket")
    return failed(`There is no bucket "${bucket}"; create it, or correct the option bucket.`, cause, false);
  if (isPassing(failure))
    return failed(
      `The bucket "${bucket}" cannot be reached, or is overloaded (${what}); try again later.`,
      cause,
      true,
    );
  return failed(`The bucket "${bucket}" did not do what the store asked for (${what}).`, cause, false);
}

const failed = (message: string, cause: Error, isRetryable: boolean): EngineError =>
  new EngineError("storage_failed", {}, { message, cause, isRetryable });
