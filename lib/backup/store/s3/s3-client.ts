// The one door to Amazon's client, opened at the first use: an app without backups in a bucket needs no such package.
import type * as amazon from "@aws-sdk/client-s3";
import { EngineError } from "../../../base/errors.js";
import type { ResolvedS3Options } from "./s3-options.js";

/** The package, as far as the store uses it. */
export type S3Package = typeof amazon;

/** A client, and the package that its commands are made of. */
export interface S3Connection {
  readonly client: amazon.S3Client;
  readonly sdk: S3Package;
}

// Shorter than the silence that is allowed later: a server that is there accepts at once.
const connectionTimeoutMs = 10_000;

/** Throws `request_invalid` when the package is not installed. */
export async function connectS3(options: ResolvedS3Options): Promise<S3Connection> {
  const sdk = await loadPackage();
  const { region, endpoint, credentials, forcePathStyle, maxAttempts, timeoutMs } = options;
  const client =
    options.client ??
    new sdk.S3Client({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      forcePathStyle,
      maxAttempts,
      requestHandler: { connectionTimeout: Math.min(connectionTimeoutMs, timeoutMs), socketTimeout: timeoutMs },
    });
  return { client, sdk };
}

async function loadPackage(): Promise<S3Package> {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (thrown) {
    const isMissing = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing) throw thrown;
    const message = "Backups in a bucket need Amazon's client: npm install @aws-sdk/client-s3";
    throw new EngineError("request_invalid", { parameter: "store" }, { message, cause: thrown });
  }
}
