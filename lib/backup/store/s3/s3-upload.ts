// New content into a bucket: one request when it is small, parts when it is not. Whole under its key, or nothing; must
// never replace what is there. One part is in memory at a time.
import { randomBytes } from "node:crypto";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { EngineError } from "../../../base/errors.js";
import { ByteSource, type ByteStream } from "../../codec/byte-source.js";
import type { S3Connection } from "./s3-client.js";
import { isConditionLost, isMissing, isNotImplemented, readS3Failure } from "./s3-errors.js";

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly partBytes: number;
}

/** What came of it: its size, or that the key was taken. */
export type Uploaded = { readonly sizeBytes: number } | "taken";

// S3's own bound.
const mostParts = 10_000;
// Metadata that tells our own object from another's when the answer to a write was lost on the way.
const putMark = "tenant-engine-put";

/** Rejects with what the content throws, or with the client's errors; then nothing of it is left in the bucket. */
export async function uploadNew(
  connection: S3Connection,
  target: UploadTarget,
  content: ByteStream,
): Promise<Uploaded> {
  const { client, sdk } = connection;
  const { bucket: Bucket, key: Key, partBytes } = target;
  const mark = randomBytes(16).toString("hex");
  // Not every server keeps the condition of the write; this look does for all but a race.
  if ((await markOf(connection, target)) !== undefined) return "taken";
  const source = new ByteSource(content);
  try {
    const first = await source.read(partBytes);
    const second = await source.read(first.length < partBytes ? 0 : partBytes);
    if (second.length > 0) return await uploadParts(connection, target, mark, source, [first, second]);
    const put = { Bucket, Key, Body: first, ContentLength: first.length, Metadata: { [putMark]: mark } };
    const isOurs = await writeOnce(connection, target, mark, (condition) =>
      client.send(new sdk.PutObjectCommand({ ...put, ...condition })),
    );
    return isOurs ? { sizeBytes: first.length } : "taken";
  } finally {
    await source.close();
  }
}

async function uploadParts(
  connection: S3Connection,
  target: UploadTarget,
  mark: string,
  source: ByteSource,
  [first, second]: readonly [Buffer, Buffer],
): Promise<Uploaded> {
  const { client, sdk } = connection;
  const { bucket: Bucket, key: Key, partBytes } = target;
  const created = await client.send(
    new sdk.CreateMultipartUploadCommand({ Bucket, Key, Metadata: { [putMark]: mark } }),
  );
  const upload = { Bucket, Key, UploadId: created.UploadId };
  const Parts: CompletedPart[] = [];
  let sizeBytes = 0;
  const send = async (Body: Buffer): Promise<void> => {
    if (Parts.length === mostParts) throw tooManyParts(partBytes);
    const PartNumber = Parts.length + 1;
    const { ETag } = await client.send(
      new sdk.UploadPartCommand({ ...upload, PartNumber, Body, ContentLength: Body.length }),
    );
    Parts.push({ PartNumber, ETag });
    sizeBytes += Body.length;
  };
  try {
    await send(first);
    for (let part = second; part.length > 0; part = await source.read(partBytes)) await send(part);
    const isOurs = await writeOnce(connection, target, mark, (condition) =>
      client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...condition })),
    );
    if (isOurs) return { sizeBytes };
    await abort(connection, upload);
    return "taken";
  } catch (thrown) {
    await abort(connection, upload);
    throw thrown;
  }
}

/**
 * Makes the write that gives the key, on the condition that nothing stands there. Whether it was ours that came to stand:
 * a client that repeats a write whose answer was lost is told that the key is taken, by itself.
 */
async function writeOnce(
  connection: S3Connection,
  target: UploadTarget,
  mark: string,
  write: (condition: { readonly IfNoneMatch?: string }) => Promise<unknown>,
): Promise<boolean> {
  try {
    await write({ IfNoneMatch: "*" });
    return true;
  } catch (thrown) {
    const failure = readS3Failure(thrown);
    if (isNotImplemented(failure)) {
      await write({});
      return true;
    }
    if (!isConditionLost(failure) && failure.name !== "NoSuchUpload") throw thrown;
    const found = await markOf(connection, target);
    // Whoever writes there just now has not come to an end: trying again is better than to call it taken.
    if (found === undefined) throw thrown;
    return found === mark;
  }
}

/** The mark of what stands under a key: empty for an object without one, undefined when there is none. */
async function markOf({ client, sdk }: S3Connection, { bucket, key }: UploadTarget): Promise<string | undefined> {
  try {
    const { Metadata } = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
    return Metadata?.[putMark] ?? "";
  } catch (thrown) {
    if (isMissing(readS3Failure(thrown))) return undefined;
    throw thrown;
  }
}

/** Best effort after the client's own attempts: parts of a dead upload cost money until a lifecycle rule removes them. */
async function abort(
  { client, sdk }: S3Connection,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
): Promise<void> {
  await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
}

function tooManyParts(partBytes: number): EngineError {
  const message = `The content is longer than ${mostParts} parts of ${partBytes} bytes; set the store's option partBytes higher.`;
  return new EngineError("request_invalid", { parameter: "partBytes" }, { message });
}
