// An object out of a bucket, as a stream that goes on where a broken connection left it. Ends without an error only
// when every byte has come.
import { EngineError } from "../../../base/errors.js";
import type { S3Connection } from "./s3-client.js";
import { translateS3Error } from "./s3-errors.js";

/** An object that a bucket has begun to give. */
export interface Download {
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface DownloadSource {
  readonly bucket: string;
  readonly key: string;
  /** Connections that may break, one after the other, without a byte in between. */
  readonly attempts: number;
}

/** Rejects with the client's errors when nothing can be given; later ones are thrown while reading, translated. */
export async function startDownload(connection: S3Connection, source: DownloadSource): Promise<Download> {
  const { client, sdk } = connection;
  const { bucket: Bucket, key: Key } = source;
  const { Body, ETag, ContentLength } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
  if (Body === undefined || ContentLength === undefined) throw strange("an answer without content");
  const goOn = async (from: number): Promise<AsyncIterable<Uint8Array>> => {
    // Only of the very object that was begun.
    const rest = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range: `bytes=${from}-`, IfMatch: ETag }));
    const isRest = rest.Body !== undefined && rest.ContentLength === ContentLength - from;
    if (!isRest) throw strange("another part than the one that was asked for");
    return rest.Body as AsyncIterable<Uint8Array>;
  };
  const first = Body as AsyncIterable<Uint8Array>;
  return { sizeBytes: ContentLength, content: readAll(first, ContentLength, goOn, source) };
}

async function* readAll(
  first: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  goOn: (from: number) => Promise<AsyncIterable<Uint8Array>>,
  { bucket, attempts }: DownloadSource,
): AsyncGenerator<Uint8Array, void> {
  let body: AsyncIterable<Uint8Array> | undefined = first;
  let read = 0;
  for (let failures = 0; ;) {
    try {
      body ??= await goOn(read);
      for await (const piece of body) {
        read += piece.length;
        failures = 0;
        yield piece;
      }
      if (read === sizeBytes) return;
      throw read > sizeBytes ? strange("more than there is") : endedEarly();
    } catch (thrown) {
      const error = translateS3Error(thrown, bucket);
      failures += 1;
      if (!error.isRetryable || failures >= attempts) throw error;
      body = undefined;
    }
  }
}

const strange = (what: string): EngineError =>
  new EngineError("storage_failed", {}, { message: `The bucket's server gave ${what}; it does not do what S3 does.` });

const endedEarly = (): EngineError =>
  new EngineError("storage_failed", {}, { message: "A download broke off; try again.", isRetryable: true });
