// A small server that speaks S3 as far as the store of backups does, keeps S3's promises, checks what it is sent, and
// fails where a test tells it to. Only for tests: it keeps everything in memory.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { requestProblem, type KnownCaller } from "./s3-signature.js";

/** What a request is for, told by the names of Amazon's commands. */
export type S3Operation =
  | "PutObject"
  | "GetObject"
  | "HeadObject"
  | "DeleteObject"
  | "ListObjectsV2"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload";

/** How a request goes wrong. */
export type S3Fault =
  /** Answered with an error instead of done. */
  | { readonly kind: "refused"; readonly status: number; readonly code: string }
  /** The connection breaks before anything is done. */
  | { readonly kind: "cut" }
  /** It is done, and the connection breaks before the answer. */
  | { readonly kind: "answer lost" }
  /** Never answered. */
  | { readonly kind: "silent" }
  /** The answer breaks off after so many bytes of its content. */
  | { readonly kind: "cut off"; readonly afterBytes: number }
  /** The answer stops after so many bytes, and the connection stays. */
  | { readonly kind: "stalled"; readonly afterBytes: number };

export interface S3DoubleOptions {
  /** What `If-None-Match: *` meets: S3 keeps it, some servers pass over it, some refuse it. Default `kept`. */
  readonly conditions?: "kept" | "ignored" | "refused";
  /** Objects of one page of a list. Default 1,000, as S3's. */
  readonly pageSize?: number;
  readonly caller?: KnownCaller;
}

export interface S3Double {
  readonly endpoint: string;
  readonly bucket: string;
  readonly caller: KnownCaller;
  readonly objects: Map<string, { readonly body: Buffer; readonly metadata: Readonly<Record<string, string>> }>;
  /** Uploads that were begun and neither completed nor aborted. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** What it was asked for, in order; refused requests too. */
  readonly asked: S3Operation[];
  /** Called for each request before it is done. */
  fault: ((operation: S3Operation, times: number) => S3Fault | undefined) | undefined;
  close(): Promise<void>;
}

interface Upload {
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly parts: Map<number, Buffer>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | string;
}

const leastPartBytes = 5 * 1_048_576;
const bucket = "test-bucket";
const defaultCaller: KnownCaller = { accessKeyId: "TESTKEYID", secretAccessKey: "test/secret+access-key" };

const etagOf = (body: Uint8Array): string => `"${createHash("md5").update(body).digest("hex")}"`;
const escapeXml = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const refusal = (status: number, code: string): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
});

/** A running double, gone when the running test is finished. */
export async function startS3Double(options: S3DoubleOptions = {}): Promise<S3Double> {
  const double = await openS3Double(options);
  onTestFinished(() => double.close());
  return double;
}

/** The same for whoever closes it himself. */
export async function openS3Double(options: S3DoubleOptions = {}): Promise<S3Double> {
  const { conditions = "kept", pageSize = 1_000, caller = defaultCaller } = options;
  const objects: S3Double["objects"] = new Map();
  const uploads = new Map<string, Upload>();
  const asked: S3Operation[] = [];

  const metadataOf = ({ headers }: IncomingMessage): Record<string, string> =>
    Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith("x-amz-meta-") ? [[name.slice("x-amz-meta-".length), String(value)]] : [],
      ),
    );

  /** Why a condition of a write is not met. */
  const conditionProblem = ({ headers }: IncomingMessage, key: string): Answer | undefined => {
    if (headers["if-none-match"] === undefined || conditions === "ignored") return undefined;
    if (conditions === "refused") return refusal(501, "NotImplemented");
    return objects.has(key) ? refusal(412, "PreconditionFailed") : undefined;
  };

  const give = (request: IncomingMessage, key: string): Answer => {
    const object = objects.get(key);
    if (!object) return refusal(404, "NoSuchKey");
    const { body } = object;
    const etag = etagOf(body);
    const { "if-match": wanted, range } = request.headers;
    if (wanted !== undefined && wanted !== etag) return refusal(412, "PreconditionFailed");
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const metadata = Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value] as const);
    const headers = { etag, "content-type": "application/octet-stream", ...Object.fromEntries(metadata) };
    return { status: range === undefined ? 200 : 206, headers, body: body.subarray(from) };
  };

  const list = (query: URLSearchParams): Answer => {
    const prefix = query.get("prefix") ?? "";
    const after = Buffer.from(query.get("continuation-token") ?? "", "base64").toString();
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, pageSize);
    const isTruncated = keys.length > page.length;
    const contents = page.map((key) => {
      const size = objects.get(key)!.body.length;
      return `<Contents><Key>${escapeXml(key)}</Key><Size>${size}</Size></Contents>`;
    });
    const next = isTruncated
      ? `<NextContinuationToken>${Buffer.from(page.at(-1)!).toString("base64")}</NextContinuationToken>`
      : "";
    const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
    return { status: 200, headers: { "content-type": "application/xml" }, body };
  };

  const complete = (request: IncomingMessage, upload: Upload, uploadId: string, body: Buffer): Answer => {
    const listed = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
      number: Number(/<PartNumber>(\d+)<\/PartNumber>/.exec(part)?.[1]),
      etag: /<ETag>(.*?)<\/ETag>/.exec(part)?.[1]?.replaceAll("&quot;", '"'),
    }));
    const parts = listed.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      return part !== undefined && etagOf(part) === etag ? part : undefined;
    });
    if (listed.length === 0 || listed.some(({ number }, index) => number !== index + 1))
      return refusal(400, "InvalidPartOrder");
    if (!parts.every((part) => part !== undefined)) return refusal(400, "InvalidPart");
    if (parts.slice(0, -1).some((part) => part.length < leastPartBytes)) return refusal(400, "EntityTooSmall");
    const problem = conditionProblem(request, upload.key);
    if (problem) return problem;
    objects.set(upload.key, { body: Buffer.concat(parts), metadata: upload.metadata });
    uploads.delete(uploadId);
    const done = `<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>`;
    return { status: 200, headers: { "content-type": "application/xml" }, body: done };
  };

  const perform = (operation: S3Operation, request: IncomingMessage, url: URL, body: Buffer): Answer => {
    const [, named, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    if (named !== bucket) return refusal(404, "NoSuchBucket");
    const key = rest.join("/");
    const uploadId = url.searchParams.get("uploadId") ?? "";
    const upload = uploads.get(uploadId);
    switch (operation) {
      case "ListObjectsV2":
        return list(url.searchParams);
      case "GetObject":
      case "HeadObject":
        return give(request, key);
      case "DeleteObject":
        objects.delete(key);
        return { status: 204 };
      case "PutObject": {
        const problem = conditionProblem(request, key);
        if (problem) return problem;
        objects.set(key, { body, metadata: metadataOf(request) });
        return { status: 200, headers: { etag: etagOf(body) } };
      }
      case "CreateMultipartUpload": {
        const id = randomBytes(8).toString("hex");
        uploads.set(id, { key, metadata: metadataOf(request), parts: new Map() });
        const made = `<?xml version="1.0"?><InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
        return { status: 200, headers: { "content-type": "application/xml" }, body: made };
      }
      case "UploadPart":
        if (upload?.key !== key) return refusal(404, "NoSuchUpload");
        upload.parts.set(Number(url.searchParams.get("partNumber")), body);
        return { status: 200, headers: { etag: etagOf(body) } };
      case "CompleteMultipartUpload":
        return upload?.key === key ? complete(request, upload, uploadId, body) : refusal(404, "NoSuchUpload");
      case "AbortMultipartUpload":
        if (upload?.key !== key) return refusal(404, "NoSuchUpload");
        uploads.delete(uploadId);
        return { status: 204 };
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "", "http://localhost");
    const operation = operationOf(request.method ?? "", url);
    asked.push(operation);
    const fault = double.fault?.(operation, asked.filter((each) => each === operation).length);
    if (fault?.kind === "cut") return void request.socket.destroy();
    const body = await readBody(request);
    if (fault?.kind === "silent") return;
    const problem = requestProblem(request, body, caller);
    const answer =
      problem !== undefined
        ? refusal(problem === "AccessDenied" || problem === "InvalidAccessKeyId" ? 403 : 400, problem)
        : fault?.kind === "refused"
          ? refusal(fault.status, fault.code)
          : perform(operation, request, url, body);
    if (fault?.kind === "answer lost") return void request.socket.destroy();
    send(request, response, answer, fault);
  };

  const server = createServer((request, response) => {
    // A client that goes away in the middle of its request has not asked for anything.
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const double: S3Double = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    caller,
    objects,
    uploads,
    asked,
    fault: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return double;
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, fault: S3Fault | undefined): void {
  const body = Buffer.from(answer.body ?? "");
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": body.length,
    "x-amz-request-id": "REQUEST1",
  });
  if (request.method === "HEAD") return void response.end();
  if (fault?.kind !== "cut off" && fault?.kind !== "stalled") return void response.end(body);
  response.write(body.subarray(0, fault.afterBytes), () => {
    if (fault.kind === "cut off") request.socket.destroy();
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function operationOf(method: string, url: URL): S3Operation {
  const has = (name: string): boolean => url.searchParams.has(name);
  const isBucket = url.pathname.split("/").filter((part) => part !== "").length === 1;
  if (method === "GET") return isBucket ? "ListObjectsV2" : "GetObject";
  if (method === "HEAD") return "HeadObject";
  if (method === "PUT") return has("partNumber") ? "UploadPart" : "PutObject";
  if (method === "POST") return has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  return has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
}
