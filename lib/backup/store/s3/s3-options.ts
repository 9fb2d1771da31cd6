// What a store of backups in a bucket is told, and what it takes where it is told nothing.
import type { S3Client } from "@aws-sdk/client-s3";
import { readCallOptions, type OptionKinds } from "../../../base/call-options.js";
import type { EngineError } from "../../../base/errors.js";
import { err, ok, refuse, type Result } from "../../../base/result.js";

/** Credentials for a bucket. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Options of {@link createS3BackupStore}. */
export interface S3BackupStoreOptions {
  /** The bucket; it must be there. */
  readonly bucket: string;
  /** What all keys start with, e.g. `"production"`: several engines may share a bucket under different ones. Default: none. */
  readonly prefix?: string;
  /** A client of your own; then all options of the connection are its. */
  readonly client?: S3Client;
  /** Default: what the client finds in its environment; `us-east-1` with an `endpoint`. */
  readonly region?: string;
  /** The address of a server other than Amazon's, e.g. `"http://127.0.0.1:9000"`. */
  readonly endpoint?: string;
  /** Default: what the client finds in its environment. */
  readonly credentials?: S3Credentials;
  /** Whether the bucket is part of the path instead of the host's name. Default: true with an `endpoint`. */
  readonly forcePathStyle?: boolean;
  /** How often one request is tried, with growing pauses. Default 4. */
  readonly maxAttempts?: number;
  /** How long a connection may stay silent before the request counts as failed. Default 60,000 ms. */
  readonly timeoutMs?: number;
  /** Bytes of one part of a large upload, at least 5 MiB; one part at a time is in memory. Default 16 MiB: 10,000 parts are 160 GB. */
  readonly partBytes?: number;
}

/** Options with every default filled in. */
export interface ResolvedS3Options {
  readonly bucket: string;
  /** Empty, or ending with a slash. */
  readonly prefix: string;
  readonly client: S3Client | undefined;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly credentials: S3Credentials | undefined;
  readonly forcePathStyle: boolean;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly partBytes: number;
}

const optionKinds: OptionKinds<S3BackupStoreOptions> = {
  bucket: "any",
  prefix: "any",
  client: "any",
  region: "any",
  endpoint: "any",
  credentials: "any",
  forcePathStyle: "boolean",
  maxAttempts: "any",
  timeoutMs: "any",
  partBytes: "any",
};

const connectionOptions = ["region", "endpoint", "credentials", "forcePathStyle", "maxAttempts", "timeoutMs"] as const;

// S3's own bound for all parts but the last.
const leastPartBytes = 5 * 1_048_576;
// A part is one buffer and one request; beyond this a lost connection costs too much to send again.
const mostPartBytes = 512 * 1_048_576;
const defaultPartBytes = 16 * 1_048_576;
// With the pauses of the client's standard mode, some seconds: long enough for a server that is restarted.
const defaultMaxAttempts = 4;
// S3 answers within a second; a proxy in between may hold a request for half a minute.
const defaultTimeoutMs = 60_000;

/** `request_invalid` naming the option. */
export function resolveS3Options(options: S3BackupStoreOptions): Result<ResolvedS3Options, EngineError> {
  const read = readCallOptions(options, optionKinds);
  if (read.isErr()) return err(read.error);
  const given = read.value;
  const { bucket, prefix = "", endpoint, client } = given;
  // Wide enough for every server: S3 itself says more about names, and in which order.
  if (typeof bucket !== "string" || !/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/.test(bucket)) {
    return invalid("bucket", "bucket is the name of a bucket.");
  }
  if (typeof prefix !== "string" || !/^([a-zA-Z0-9][a-zA-Z0-9._-]*\/?)*$/.test(prefix) || prefix.length > 256) {
    return invalid(
      "prefix",
      "prefix is at most 256 characters of letters, digits, dots, dashes and single slashes, and starts with none of the last three.",
    );
  }
  const mixed = client === undefined ? undefined : connectionOptions.find((name) => given[name] !== undefined);
  if (mixed !== undefined) return invalid(mixed, `${mixed} is a matter of the client that you pass; give one of both.`);
  if (client !== undefined && !isClient(client))
    return invalid("client", "client is an S3Client of @aws-sdk/client-s3.");
  const wrong = wrongConnection(given);
  if (wrong !== undefined) return wrong;
  return ok({
    bucket,
    prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`,
    client,
    region: given.region ?? (endpoint === undefined ? undefined : "us-east-1"),
    endpoint,
    credentials: given.credentials,
    forcePathStyle: given.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: given.maxAttempts ?? defaultMaxAttempts,
    timeoutMs: given.timeoutMs ?? defaultTimeoutMs,
    partBytes: given.partBytes ?? defaultPartBytes,
  });
}

function wrongConnection(given: S3BackupStoreOptions): Result<never, EngineError> | undefined {
  const { region, endpoint, credentials, maxAttempts = 1, timeoutMs = 1, partBytes = defaultPartBytes } = given;
  if (region !== undefined && (typeof region !== "string" || region === "")) {
    return invalid("region", 'region is the name of a region, e.g. "eu-central-1".');
  }
  if (endpoint !== undefined && !isPlainAddress(endpoint)) {
    return invalid(
      "endpoint",
      "endpoint is an http or https address without a user, a query or a fragment; credentials have an option of their own.",
    );
  }
  if (credentials !== undefined && !isCredentials(credentials)) {
    return invalid(
      "credentials",
      "credentials are an object with the texts accessKeyId and secretAccessKey, and sessionToken where there is one.",
    );
  }
  if (!isCountBetween(maxAttempts, 1, 20)) return invalid("maxAttempts", "maxAttempts is a whole number from 1 to 20.");
  if (!isCountBetween(timeoutMs, 1, 3_600_000)) {
    return invalid("timeoutMs", "timeoutMs is a whole number from 1 to 3,600,000.");
  }
  if (!isCountBetween(partBytes, leastPartBytes, mostPartBytes)) {
    return invalid("partBytes", `partBytes is a whole number from ${leastPartBytes} to ${mostPartBytes}.`);
  }
  return undefined;
}

function isPlainAddress(endpoint: unknown): boolean {
  if (typeof endpoint !== "string" || !URL.canParse(endpoint)) return false;
  const { protocol, username, password, search, hash } = new URL(endpoint);
  return /^https?:$/.test(protocol) && username + password + search + hash === "";
}

function isCredentials(credentials: unknown): boolean {
  if (typeof credentials !== "object" || credentials === null) return false;
  const { accessKeyId, secretAccessKey, sessionToken = "-" } = credentials as Record<string, unknown>;
  return [accessKeyId, secretAccessKey, sessionToken].every((text) => typeof text === "string" && text !== "");
}

const isClient = (client: unknown): boolean =>
  typeof client === "object" && client !== null && "send" in client && typeof client.send === "function";

const isCountBetween = (value: unknown, least: number, most: number): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
