// Checks what a client of S3 signs and sums up, from the specification of AWS Signature Version 4: a store that sent
// something else than it signed would be found here.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { IncomingMessage } from "node:http";

export interface KnownCaller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const hash = (text: Uint8Array | string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: Uint8Array | string, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** RFC 3986 as S3 wants it: everything but the unreserved characters. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** What is wrong with a request, as S3's error code; undefined when nothing is. */
export function requestProblem(request: IncomingMessage, body: Buffer, caller: KnownCaller): string | undefined {
  return signatureProblem(request, caller) ?? contentProblem(request, body);
}

function signatureProblem(
  { method = "", url = "", headers }: IncomingMessage,
  caller: KnownCaller,
): string | undefined {
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/s3\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (!authorization) return "AccessDenied";
  const [, keyId = "", scope = "", signedHeaders = "", signature = ""] = authorization;
  if (keyId !== caller.accessKeyId || headers["x-amz-security-token"] !== caller.sessionToken)
    return "InvalidAccessKeyId";
  // What is not signed can be changed on the way.
  const mustBeSigned = Object.keys(headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  const signed = signedHeaders.split(";");
  if (mustBeSigned.some((name) => !signed.includes(name))) return "AccessDenied";
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const canonical = [
    method,
    pathname,
    query.join("&"),
    ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signedHeaders,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(canonical)].join("\n");
  const key = scope.split("/").reduce<Buffer | string>(hmac, `AWS4${caller.secretAccessKey}`);
  const isRight = timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex"));
  return isRight ? undefined : "SignatureDoesNotMatch";
}

function contentProblem({ headers, method }: IncomingMessage, body: Buffer): string | undefined {
  if (headers["content-length"] !== undefined && Number(headers["content-length"]) !== body.length)
    return "IncompleteBody";
  if (method === "PUT" && headers["content-length"] === undefined) return "MissingContentLength";
  if (headers["x-amz-content-sha256"] !== hash(body)) return "XAmzContentSHA256Mismatch";
  const sum = headers["x-amz-checksum-crc32"];
  if (sum === undefined) return undefined;
  const own = Buffer.alloc(4);
  own.writeUInt32BE(crc32(body));
  return sum === own.toString("base64") ? undefined : "BadDigest";
}
