// Requests as bytes on a socket, as no client library sends them: headers twice, in lists, folded, with bytes that are
// no letters; targets and bodies that one reader takes for this and the next for that. Nobody may get another tenant's
// records by them, and one request must get one answer.
import { describe, expect, it, onTestFinished } from "vitest";
import { faceNames, type FaceName } from "../support/http-faces.js";
import { mountings } from "../support/http-mountings.js";
import { rawRequest, sendRaw, type RawAnswer } from "../support/raw-http.js";
import { canaryOf, openTwinTenants } from "../support/twin-tenants.js";

const notes = "/api/collections/notes/records";
const list = `GET ${notes}`;
const create = `POST ${notes}`;

/** Good tokens: of a's user, whose requests these are, and of b's. */
interface Tokens {
  readonly a: string;
  readonly b: string;
}

/** How a case may end: with a's own records, or refused with one of these; 0 is a closed connection. */
type Ending = "own" | readonly number[];

interface RawCase {
  readonly name: string;
  readonly bytes: (tokens: Tokens) => string;
  readonly ends: Ending;
  /** Where Next ends otherwise, because it hands over headers already joined and targets already resolved. */
  readonly inNext?: Ending;
  /** Not sent where the app's own parser would wait for the rest of the body. */
  readonly isCutOff?: true;
}

/** A list by a's user with more header lines. */
const withHeaders = (name: string, headers: readonly string[], ends: Ending, inNext?: Ending): RawCase => ({
  name,
  bytes: ({ a }) => rawRequest(list, [`Authorization: Bearer ${a}`, ...headers]),
  ends,
  ...(inNext === undefined ? {} : { inNext }),
});

const withTarget = (name: string, target: string, ends: Ending, inNext?: Ending): RawCase => ({
  name,
  bytes: ({ a }) => rawRequest(`GET ${target}`, [`Authorization: Bearer ${a}`]),
  ends,
  ...(inNext === undefined ? {} : { inNext }),
});

/** A create by a's user with its own framing. */
const withFraming = (name: string, headers: readonly string[], body: string, ends: Ending): RawCase => ({
  name,
  bytes: ({ a }) =>
    rawRequest(create, [`Authorization: Bearer ${a}`, "Content-Type: application/json", ...headers], body),
  ends,
});

const json = '{"mark":"raw"}';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const refused = [400];
const many = Array.from({ length: 2_100 }, () => "a:");

const databaseHeaders: readonly RawCase[] = [
  withHeaders("two names", ["x-dbname: a", "x-dbname: b"], refused),
  withHeaders("two names, the other first", ["x-dbname: b", "x-dbname: a"], refused),
  withHeaders("the same name twice", ["x-dbname: a", "X-DBNAME: a"], refused),
  withHeaders("two names far apart", ["x-dbname: a", ...many.slice(0, 100), "X-Dbname: b"], refused),
  withHeaders("a list", ["x-dbname: a, b"], refused),
  withHeaders("a list without blanks", ["x-dbname: b,a"], refused),
  withHeaders("a comma at the end", ["x-dbname: a,"], refused),
  withHeaders("a semicolon", ["x-dbname: a;b"], refused),
  withHeaders("nothing", ["x-dbname:"], refused),
  withHeaders("blanks alone", ["x-dbname:   \t "], refused),
  withHeaders("nothing, then a name", ["x-dbname:", "x-dbname: a"], refused),
  withHeaders("blanks around it", ["x-dbname: \t a  "], "own"),
  withHeaders("no blank before it", ["x-dbname:a"], "own"),
  withHeaders("a blank before the colon", ["x-dbname : b"], refused),
  withHeaders("another letter case of the header", ["X-DbName: a"], "own"),
  withHeaders("an underscore", ["x_dbname: b"], "own"),
  withHeaders("an underscore beside it", ["x-dbname: a", "x_dbname: b"], "own"),
  withHeaders("quotes", ['x-dbname: "a"'], refused),
  withHeaders("capitals", ["x-dbname: A"], refused),
  withHeaders("percent-encoded", ["x-dbname: %61"], refused),
  withHeaders("percent-encoded NUL", ["x-dbname: a%00b"], refused),
  withHeaders("a byte outside ASCII", ["x-dbname: \u00e9"], refused),
  withHeaders("a byte outside ASCII behind it", ["x-dbname: a\u00a0"], refused),
  withHeaders("a letter in UTF-8 that looks like a", ["x-dbname: \u00d0\u00b0"], refused),
  withHeaders("a line folded", ["x-dbname: a", " b"], refused),
  withHeaders("folded before the name", ["x-dbname:", " b"], refused),
  withHeaders("NUL in it", ["x-dbname: a\0b"], refused),
  withHeaders("NUL in the header's name", ["x-dbname\0: b"], refused),
  withHeaders("a carriage return in it", ["x-dbname: a\rx-dbname: b"], refused),
  withHeaders("a line feed alone", ["x-dbname: a\nx-dbname: b"], refused),
  withHeaders("a control character", ["x-dbname: a\u0001"], refused),
  withHeaders("very long", [`x-dbname: ${"a".repeat(10_000)}`], refused),
  withHeaders("too long for any server", [`x-dbname: ${"a".repeat(20_000)}`], [431]),
  withHeaders("a path", ["x-dbname: ../b"], refused),
  // Node drops what stands behind two thousand headers: nobody could see x-dbname there.
  withHeaders("behind two thousand others", [...many, "x-dbname: b"], refused, "own"),
  withHeaders("before two thousand others", ["x-dbname: a", ...many, "x-dbname: b"], refused, "own"),
  withHeaders("named to be dropped on the way", ["x-dbname: b", "Connection: x-dbname"], [403]),
  withHeaders("in a cookie", ["Cookie: x-dbname=b"], "own"),
];

const tokenHeaders: readonly RawCase[] = [
  {
    name: "two tokens",
    bytes: ({ a, b }) => rawRequest(list, [`Authorization: Bearer ${a}`, `Authorization: Bearer ${b}`]),
    ends: refused,
    // Next keeps the first of two.
    inNext: "own",
  },
  {
    name: "the same token twice",
    bytes: ({ a }) => rawRequest(list, [`Authorization: Bearer ${a}`, `authorization: Bearer ${a}`]),
    ends: refused,
    inNext: "own",
  },
  {
    name: "two in one",
    bytes: ({ a, b }) => rawRequest(list, [`Authorization: Bearer ${a}, Bearer ${b}`]),
    ends: refused,
  },
  { name: "folded", bytes: ({ a }) => rawRequest(list, ["Authorization: Bearer", ` ${a}`]), ends: refused },
  {
    name: "with a byte outside ASCII",
    bytes: ({ a }) => rawRequest(list, [`Authorization: Bearer ${a}\u00e9`]),
    ends: [401],
  },
  { name: "with NUL", bytes: ({ a }) => rawRequest(list, [`Authorization: Bearer ${a}\0`]), ends: refused },
  { name: "of two words", bytes: ({ a }) => rawRequest(list, [`Authorization: Bearer x ${a}`]), ends: [401] },
  { name: "empty", bytes: () => rawRequest(list, ["Authorization:"]), ends: [401] },
  {
    name: "of b in a proxy's header",
    bytes: ({ a, b }) => rawRequest(list, [`Authorization: Bearer ${a}`, `Proxy-Authorization: Bearer ${b}`]),
    ends: "own",
  },
  { name: "very long", bytes: () => rawRequest(list, [`Authorization: Bearer ${"a".repeat(12_000)}`]), ends: [401] },
];

const targets: readonly RawCase[] = [
  withTarget("absolute", `http://b.example.com${notes}`, "own"),
  withTarget("absolute, with a user", `http://b:b@b.example.com${notes}`, "own", [0, 400]),
  withTarget("with a fragment", `${notes}#/b`, "own"),
  withTarget("with two slashes", `/${notes}`, [404]),
  withTarget("with a backslash", "\\api\\collections\\notes\\records", [400, 404]),
  withTarget("up and down", "/api/../api/collections/notes/records", [404], "own"),
  withTarget("up and down, encoded", "/api/%2e%2e/api/collections/notes/records", [404], "own"),
  withTarget("in capitals", "/API/collections/notes/records", [404]),
  withTarget("with NUL", `${notes}\0`, refused),
  withTarget("with NUL, encoded", `${notes}%00`, [404]),
  withTarget("with a byte outside ASCII", `${notes}/\u00e9`, [400, 404]),
  withTarget("with a blank", `${notes}?filter=a b`, refused),
  withTarget("with a semicolon", `${notes};x-dbname=b`, [404]),
  {
    name: "target: a star",
    bytes: ({ a }) => rawRequest("OPTIONS *", [`Authorization: Bearer ${a}`]),
    ends: [200, 204, 400, 404, 500],
  },
  {
    name: "no host",
    bytes: ({ a }) => `${list} HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer ${a}\r\n\r\n`,
    ends: refused,
  },
  { name: "an old version", bytes: ({ a }) => `${list} HTTP/1.0\r\nAuthorization: Bearer ${a}\r\n\r\n`, ends: "own" },
  {
    name: "a version that is none",
    bytes: ({ a }) => `${list} HTTP/9.9\r\nHost: x\r\nAuthorization: Bearer ${a}\r\n\r\n`,
    ends: refused,
  },
  {
    name: "a method in small letters",
    bytes: ({ a }) => rawRequest(`get ${notes}`, [`Authorization: Bearer ${a}`]),
    ends: refused,
  },
  {
    name: "a method that is none",
    bytes: ({ a }) => rawRequest(`FETCH ${notes}`, [`Authorization: Bearer ${a}`]),
    ends: refused,
  },
  {
    name: "TRACE",
    bytes: ({ a }) => rawRequest(`TRACE ${notes}`, [`Authorization: Bearer ${a}`]),
    ends: [400, 405],
    inNext: [0, 400, 405],
  },
  { name: "CONNECT", bytes: () => rawRequest("CONNECT b:80", []), ends: [0, 400] },
];

const framings: readonly RawCase[] = [
  withFraming("a length", [`Content-Length: ${json.length}`], json, "own"),
  withFraming("chunks", ["Transfer-Encoding: chunked"], `${chunk(json)}0\r\n\r\n`, "own"),
  withFraming(
    "chunks with a trailer",
    ["Transfer-Encoding: chunked", "Trailer: x-dbname"],
    `${chunk(json)}0\r\nx-dbname: b\r\n\r\n`,
    "own",
  ),
  withFraming(
    "chunks with a token behind them",
    ["Transfer-Encoding: chunked"],
    `${chunk(json)}0\r\nAuthorization: Bearer x\r\n\r\n`,
    "own",
  ),
  withFraming(
    "length and chunks",
    [`Content-Length: ${json.length}`, "Transfer-Encoding: chunked"],
    `${chunk(json)}0\r\n\r\n`,
    refused,
  ),
  withFraming(
    "chunks and length",
    ["Transfer-Encoding: chunked", "Content-Length: 4"],
    `${chunk(json)}0\r\n\r\n`,
    refused,
  ),
  withFraming("two lengths", ["Content-Length: 3", `Content-Length: ${json.length}`], json, refused),
  withFraming("a list of lengths", [`Content-Length: ${json.length}, ${json.length}`], json, refused),
  withFraming("a length with a sign", [`Content-Length: +${json.length}`], json, refused),
  withFraming("a length below nothing", ["Content-Length: -1"], json, refused),
  withFraming("a length in hexadecimal", ["Content-Length: 0x0e"], json, refused),
  withFraming("a length beyond numbers", ["Content-Length: 99999999999999999999"], json, refused),
  { ...withFraming("a length beyond the limit", ["Content-Length: 1048577"], json, [413]), isCutOff: true },
  withFraming("another encoding", ["Transfer-Encoding: xchunked"], `${chunk(json)}0\r\n\r\n`, refused),
  withFraming(
    "an encoding behind chunks",
    ["Transfer-Encoding: chunked, identity"],
    `${chunk(json)}0\r\n\r\n`,
    refused,
  ),
  withFraming(
    "an encoding with a blank before its colon",
    ["Transfer-Encoding : chunked"],
    `${chunk(json)}0\r\n\r\n`,
    refused,
  ),
  withFraming("a chunk that is no number", ["Transfer-Encoding: chunked"], `zz\r\n${json}\r\n0\r\n\r\n`, [0, 400]),
  withFraming(
    "a chunk beyond numbers",
    ["Transfer-Encoding: chunked"],
    `fffffffffffffffff\r\n${json}\r\n0\r\n\r\n`,
    [0, 400],
  ),
  withFraming("a chunk longer than it says", ["Transfer-Encoding: chunked"], `3\r\n${json}\r\n0\r\n\r\n`, [0, 400]),
  withFraming(
    "a request that waits for the word to go on",
    ["Expect: 100-continue", `Content-Length: ${json.length}`],
    json,
    "own",
  ),
  withFraming("an expectation that is none", ["Expect: b", `Content-Length: ${json.length}`], json, [417]),
  withFraming("an upgrade", ["Upgrade: h2c", `Content-Length: ${json.length}`], json, "own"),
];

const cases: readonly RawCase[] = [
  ...databaseHeaders.map((each) => ({ ...each, name: `x-dbname: ${each.name}` })),
  ...tokenHeaders.map((each) => ({ ...each, name: `token: ${each.name}` })),
  ...targets.map((each) => ({ ...each, name: `target: ${each.name}` })),
  ...framings.map((each) => ({ ...each, name: `framing: ${each.name}` })),
];

/** Everything that is wrong with an answer. */
function faultsOf(ends: Ending, { status, text, answers }: RawAnswer): readonly string[] {
  const faults: string[] = [];
  if (text.includes(canaryOf.b)) faults.push("leaks b");
  // 100 says that the body may come; the answer follows.
  if (answers > (text.startsWith("HTTP/1.1 100 ") ? 2 : 1)) faults.push(`${answers} answers`);
  const isOwn = /"mark":"(mine|raw)/.test(text);
  if (ends === "own" && !isOwn) faults.push("lacks his own records");
  if (ends !== "own" && (isOwn || !ends.includes(status))) faults.push(`status ${status}, not ${ends.join(" or ")}`);
  return faults;
}

const onSockets = faceNames.filter((name) => name !== "fetch");

async function openOn(name: FaceName) {
  const { engine, good } = await openTwinTenants();
  const mounted = await mountings[name](engine, { rateLimit: false });
  onTestFinished(() => mounted.close());
  return { port: mounted.port!, tokens: { a: good["shared of a"], b: good["owner of b"] } };
}

describe("raw requests", () => {
  it.each(onSockets)("get what is their own or a refusal, and one answer: %s", async (name) => {
    const { port, tokens } = await openOn(name);
    const faults: string[] = [];
    for (const { name: what, bytes, ends, inNext, isCutOff = false } of cases) {
      if (isCutOff && name.includes("behind")) continue;
      const answer = await sendRaw(port, bytes(tokens));
      const found = faultsOf(name === "next" ? (inNext ?? ends) : ends, answer);
      if (found.length > 0) faults.push(`${what}: ${found.join("; ")}: ${answer.text.slice(0, 200)}`);
    }
    expect(faults).toEqual([]);
  });

  it.each(onSockets)("behind one another on one connection keep their tenants: %s", async (name) => {
    const { port, tokens } = await openOn(name);
    const ask = (token: string, connection: string): string =>
      `${list} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const { text, answers } = await sendRaw(
      port,
      ask(tokens.a, "keep-alive") + ask(tokens.b, "keep-alive") + ask(tokens.a, "close"),
    );
    expect(answers).toBe(3);
    const [, first = "", second = "", third = ""] = text.split("HTTP/1.1 200 ");
    for (const own of [first, third]) {
      expect(own).toContain('"mark":"mine');
      expect(own).not.toContain(canaryOf.b);
    }
    expect(second).toContain(canaryOf.b);
    expect(second).not.toContain('"mark":"mine');
  });

  // A request within the body of another one is a body, whoever reads it.
  it.each(onSockets)("within the body of others are no requests: %s", async (name) => {
    const { port, tokens } = await openOn(name);
    const inner = rawRequest(list, [`Authorization: Bearer ${tokens.b}`]);
    const outer = (line: string): string =>
      `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.a}\r\nContent-Type: application/json\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
    const last = rawRequest("GET /api/health", []);
    for (const line of [
      list,
      `DELETE ${notes}/nothing`,
      create,
      "POST /api/nothing",
      "POST /api/auth/refresh",
      `OPTIONS ${notes}`,
    ]) {
      const { text, answers } = await sendRaw(port, outer(line) + last);
      expect(text, line).not.toContain(canaryOf.b);
      expect(answers, line).toBeGreaterThanOrEqual(1);
      expect(answers, line).toBeLessThanOrEqual(2);
    }
  });
});
