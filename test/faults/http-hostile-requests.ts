// Requests made to cost more than they should, or to be taken for something else, each with how it must end.
import { rawRequest } from "../support/raw-http.js";

const notes = "/api/collections/notes/records";
const mebibyte = 1_048_576;

/** One of them, whole: what comes back must be an answer. */
export interface HostileRequest {
  readonly name: string;
  readonly bytes: (authorization: string) => string;
  readonly statuses: readonly number[];
  /** Read by the app's own parser where it stands before the API, which answers as it likes, but below 500. */
  readonly isForParser: boolean;
  /** Less comes than was promised. */
  readonly isCutOff?: true;
}

const bodyOf = (
  name: string,
  headers: readonly string[],
  body: string,
  statuses: readonly number[],
): HostileRequest => ({
  name,
  bytes: (authorization) =>
    rawRequest(`POST ${notes}`, [authorization, "Content-Type: application/json", ...headers], body),
  statuses,
  isForParser: true,
});

const sized = (name: string, body: string, statuses: readonly number[] = [400]): HostileRequest =>
  bodyOf(name, [`Content-Length: ${Buffer.byteLength(body, "latin1")}`], body, statuses);

const inChunks = (name: string, bytes: number, statuses: readonly number[]): HostileRequest => {
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const rest = bytes % 65_536;
  const last = rest === 0 ? "" : `${rest.toString(16)}\r\n${"x".repeat(rest)}\r\n`;
  return bodyOf(
    name,
    ["Transfer-Encoding: chunked"],
    `${chunk.repeat(Math.floor(bytes / 65_536))}${last}0\r\n\r\n`,
    statuses,
  );
};

/** A batch as a form of these parts. */
const inForm = (name: string, parts: string): HostileRequest => ({
  name,
  bytes: (authorization) => {
    const body = `${parts}--x--\r\n`;
    const type = "Content-Type: multipart/form-data; boundary=x";
    return rawRequest("POST /api/batch", [authorization, type, `Content-Length: ${body.length}`], body);
  },
  statuses: [400],
  isForParser: false,
});

const part = (name: string, value: string): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

const batchOf = (name: string, requests: string): HostileRequest => ({
  name,
  bytes: (authorization) => {
    const body = `{"requests":[${requests}]}`;
    const headers = [authorization, "Content-Type: application/json", `Content-Length: ${body.length}`];
    return rawRequest("POST /api/batch", headers, body);
  },
  statuses: [400],
  isForParser: false,
});

const queried = (name: string, query: string, statuses: readonly number[] = [400]): HostileRequest => ({
  name,
  bytes: (authorization) => rawRequest(`GET ${notes}?${query}`, [authorization]),
  statuses,
  isForParser: false,
});

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

/** As short as may be, so that many fit. */
const manyKeys = (count: number): string =>
  `{${Array.from({ length: count }, (_, n) => `"${n.toString(36)}":0`).join()}}`;

const prototypeKeys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"];

const inBodies: readonly HostileRequest[] = prototypeKeys.flatMap((key) => [
  sized(`the key ${key}`, `{"mark":"x","${key}":{"polluted":true}}`),
  sized(`the key ${key} in a text of its own`, `{"mark":{"${key}":{"polluted":true}}}`),
  // A json field keeps what it is given as a text.
  sized(
    `the key ${key} within a json field`,
    `{"mark":"x","extra":{"${key}":{"polluted":true},"a":[{"${key}":1}]}}`,
    [201, 400],
  ),
]);

const inQueries: readonly HostileRequest[] = prototypeKeys.flatMap((key) => [
  queried(`${key} as a parameter`, `${key}=1`),
  queried(`${key} within a parameter`, `${key}[polluted]=true`),
  queried(`${key} deep within a parameter`, `a[${key}][polluted]=true&a[b][${key}]=1`),
  queried(`${key} encoded`, `a%5B${key}%5D%5Bpolluted%5D=true`),
  queried(`${key} as a field`, `fields=${key}`, [200, 400]),
  queried(`${key} as an expand`, `expand=${key}.${key}`),
  queried(`${key} as a sort`, `sort=-${key}`),
  queried(`${key} in a filter`, `filter=${key}.${key}%3D1`),
  queried(`${key} in a path into json`, `filter=extra.${key}.polluted%3D1`, [200, 400]),
]);

/** All of them. */
export const hostileRequests: readonly HostileRequest[] = [
  sized("a body of the limit and one byte", `{"mark":"x"}`.padEnd(mebibyte + 1), [413]),
  sized("a body of four times the limit", `{"mark":"x"}`.padEnd(4 * mebibyte), [413]),
  { ...bodyOf("a body that says to be a gibibyte", ["Content-Length: 1073741824"], "", [413]), isCutOff: true },
  inChunks("chunks of the limit and one byte", mebibyte + 1, [413]),
  inChunks("chunks of ten times the limit", 10 * mebibyte, [413]),
  inChunks("chunks of no JSON", mebibyte, [400]),
  sized("a hundred thousand keys", manyKeys(100_000)),
  sized("a hundred thousand keys within a json field", `{"mark":"x","extra":${manyKeys(100_000)}}`, [201, 400]),
  sized("lists 200,000 deep", nested(200_000)),
  sized("lists 200,000 deep within a field", `{"mark":"x","extra":${nested(200_000)}}`),
  sized("objects 100,000 deep", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
  sized("lists that never end", "[".repeat(1_000_000)),
  sized("half a million empty objects", `{"mark":"x","extra":[${"{},".repeat(300_000)}{}]}`, [201, 400]),
  sized("half a million texts", `{"mark":"x","extra":[${'"",'.repeat(300_000)}""]}`, [201, 400]),
  sized("a text of escapes", `{"mark":"${"\\u0041".repeat(170_000)}"}`, [201, 400]),
  sized("a text that does not end", `{"mark":"${"\\\\".repeat(500_000)}`),
  sized("a number of a million digits", `{"mark":"x","extra":${"9".repeat(1_000_000)}}`, [201, 400]),
  sized("a number beyond numbers", '{"mark":"x","extra":1e999}', [201, 400]),
  sized("half a letter", '{"mark":"\\ud800"}', [201, 400]),
  sized("NUL in a text", '{"mark":"a\\u0000b"}', [201, 400]),
  sized("bytes that are no UTF-8", '{"mark":"\u00ff\u00fe"}', [400]),
  sized("the same key a hundred thousand times", `{${'"mark":"x",'.repeat(80_000)}"mark":"x"}`),
  bodyOf("a body that says to be packed", ["Content-Encoding: gzip", "Content-Length: 12"], '{"mark":"x"}', [400, 415]),
  bodyOf("nothing, said to be JSON", ["Content-Length: 0"], "", [400]),
  ...inBodies,
  inForm("a form of ten thousand parts", part("x", "y").repeat(10_000)),
  inForm("a form of the same part ten thousand times", part("@jsonPayload", "{}").repeat(10_000)),
  inForm("a form with a prototype for a part", part("__proto__", '{"requests":[]}')),
  inForm("a form with deep JSON", part("@jsonPayload", nested(200_000))),
  inForm("a form of headers", `--x\r\n${"a: b\r\n".repeat(100_000)}\r\n`),
  inForm("a form that is not of its boundary", "--y\r\n".repeat(10_000)),
  batchOf("a batch of a hundred thousand requests", Array(100_000).fill("{}").join()),
  batchOf("a batch of requests that are none", Array(100).fill("null").join()),
  batchOf(
    "a batch of requests within requests",
    `${'{"method":"POST","url":"/api/batch","body":{"requests":['.repeat(50)}${"]}}".repeat(50)}`,
  ),
  batchOf("a batch whose urls are long", `{"method":"POST","url":"/api/${"a/".repeat(400_000)}"}`),
  batchOf(
    "a batch with a prototype",
    '{"method":"POST","url":"/api/collections/notes/records","__proto__":{"body":{}}}',
  ),
  queried("two thousand parameters", Array.from({ length: 2_000 }, (_, n) => `p${n}=1`).join("&")),
  queried("seven thousand parameters without a name", "&".repeat(7_000), [200]),
  queried("the same parameter a thousand times", "page=1&".repeat(1_000)),
  queried("a filter as long as a request line may be", `filter=${"a".repeat(12_000)}`),
  queried("a filter of parentheses", `filter=${"(".repeat(6_000)}`),
  queried("a filter of negations", `filter=${"!".repeat(3_000)}(1=1)`),
  queried("a filter of comparisons", `filter=${"1=1||".repeat(2_000)}1=1`),
  queried("a filter of wildcards", `filter=mark~'${"%25a".repeat(1_000)}'`, [200, 400]),
  queried("a filter of paths", `filter=${"peer.".repeat(1_000)}mark=1`),
  queried("two thousand sort keys", `sort=${"mark,".repeat(2_000)}id`),
  queried("two thousand fields", `fields=${"mark,".repeat(2_000)}id`, [200, 400]),
  queried("two thousand expands", `expand=${"peer,".repeat(2_000)}peer`, [200, 400]),
  queried("an expand without an end", `expand=${"peer.".repeat(2_000)}peer`),
  queried("a cursor that is none", `cursor=${"A".repeat(8_000)}`),
  queried("a page beyond numbers", "page=999999999999999999999"),
  queried("the last page that is a number", "page=999999999999999", [200, 400]),
  ...inQueries,
];
