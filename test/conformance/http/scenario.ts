// A row of the HTTP scenarios: who asks for what, what must be answered, what must and must not be in the answer.
import type { HttpAnswer, HttpCall } from "../../support/http-calls.js";
import type { FaceName } from "../../support/http-faces.js";
import type { Known, Who } from "./scenario-world.js";

/** One row. Texts may hold `{name}` for what {@link Known} knows; rows run in order, on one world. */
export interface Scenario {
  readonly name: string;
  /** Whose token is sent. Default: nobody's. */
  readonly as?: Who;
  /** The header x-dbname. Default: none. */
  readonly db?: string;
  /** Method and target. */
  readonly call: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, as JSON unless `headers` say otherwise. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The code of an error. Every answer of 400 and more must have one. */
  readonly code?: string;
  /** The fields that an error's `data` has, each with its code. */
  readonly data?: Readonly<Record<string, string>>;
  /** Values of the answer, by paths such as `items.0.title`; `undefined` for what must not be there. */
  readonly shows?: Readonly<Record<string, unknown>>;
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
  /** Headers of the answer, `{name}` filled in; null for one that must be absent. */
  readonly answerHeaders?: Readonly<Record<string, string | null>>;
  /** The body holds figures of this very moment: it is not compared between mountings. */
  readonly isOfTheMoment?: true;
  /** Mountings that this row is not for, with the reason. */
  readonly except?: Readonly<Partial<Record<FaceName, string>>>;
}

/** Why a row about what JSON is must not be asked where the app has parsed the body before us. */
export const behindParsers: NonNullable<Scenario["except"]> = {
  "express behind express.json()": "the app's own parser answers first",
  "koa behind a body parser": "the app's own parser answers first",
};

/** A text with everything known in its place, also where the braces are percent-encoded. */
const fill = (text: string, known: Known): string =>
  text.replace(/(?:\{|%7B)(\w+)(?:\}|%7D)/g, (whole, name: string) => known[name] ?? whole);

/** The request of a row. */
export function callOf(scenario: Scenario, known: Known, tokens: Readonly<Record<Who, string | undefined>>): HttpCall {
  const [method = "", ...target] = scenario.call.split(" ");
  const token = scenario.as === undefined ? undefined : tokens[scenario.as];
  const text = scenario.json === undefined ? scenario.text : JSON.stringify(scenario.json);
  return {
    method,
    // What a browser would encode, it is sent encoded; what the row encoded itself stays.
    path: fill(target.join(" "), known).replace(/[^\x21-\x7e]/gu, encodeURIComponent),
    headers: {
      ...(text === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(scenario.db === undefined ? {} : { "x-dbname": scenario.db }),
      ...Object.fromEntries(Object.entries(scenario.headers ?? {}).map(([name, value]) => [name, fill(value, known)])),
    },
    body: text === undefined ? undefined : fill(text, known),
  };
}

/** Everything that is wrong with an answer; nothing when it is as the row says. */
export function faultsOf(scenario: Scenario, known: Known, answer: HttpAnswer): readonly string[] {
  const faults: string[] = [];
  const isHead = scenario.call.startsWith("HEAD ");
  if (answer.status !== scenario.status) faults.push(`status ${answer.status}, not ${scenario.status}`);
  const body = isHead || answer.body === "" ? undefined : parse(answer.body);
  if (answer.status >= 400 && !isHead) faults.push(...errorFaults(scenario, answer.status, body));
  if (isHead || answer.status === 204) {
    if (answer.body !== "") faults.push("a body where there must be none");
  }
  for (const [path, wanted] of Object.entries(scenario.shows ?? {})) {
    const expected = wanted === undefined ? undefined : fill(JSON.stringify(wanted), known);
    const found = JSON.stringify(valueAt(body, path)) as string | undefined;
    if (found !== expected) faults.push(`${path} is ${found}, not ${expected}`);
  }
  const whole = `${JSON.stringify(answer.headers)}\n${answer.body}`;
  for (const part of scenario.has ?? []) {
    if (!answer.body.includes(fill(part, known))) faults.push(`lacks ${part}`);
  }
  for (const part of [...alwaysAbsent, ...(scenario.hasNot ?? [])]) {
    const isEntitled = scenario.as === "root" || (scenario.as === "eve" && part === "{canary}");
    if (isEntitled && alwaysAbsent.indexOf(part) < 2) continue;
    if (whole.includes(fill(part, known))) faults.push(`holds ${part}`);
  }
  for (const [name, wanted] of Object.entries({ ...alwaysHeaders(answer, scenario), ...scenario.answerHeaders })) {
    const found = answer.headers[name] ?? null;
    if (found !== (wanted && fill(wanted, known)))
      faults.push(`header ${name} is ${String(found)}, not ${String(wanted)}`);
  }
  return faults;
}

// The other tenant's word, what no client sees, and what tells of the machine.
const alwaysAbsent = ["{canary}", "secret-of-", "$argon2", "SQLITE", "node_modules", "    at ", ".ts:", ".js:"];

const alwaysHeaders = ({ body, status }: HttpAnswer, { call }: Scenario): Readonly<Record<string, string>> => ({
  ...(call.startsWith("OPTIONS ") ? {} : { "cache-control": "no-store" }),
  ...(body === "" || status === 204 ? {} : { "content-type": "application/json", "x-content-type-options": "nosniff" }),
});

function errorFaults({ code, data }: Scenario, status: number, body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return ["an error without a JSON body"];
  const faults: string[] = [];
  const error = body as Readonly<Record<string, unknown>>;
  if (Object.keys(error).join() !== "status,code,message,data")
    faults.push(`an error with ${Object.keys(error).join()}`);
  if (error["status"] !== status) faults.push(`the body says status ${String(error["status"])}`);
  if (error["code"] !== code) faults.push(`code ${String(error["code"])}, not ${String(code)}`);
  if (typeof error["message"] !== "string" || error["message"].length < 5) faults.push("no message");
  const given = error["data"] as Readonly<Record<string, object>> & { readonly requests?: object };
  // A batch tells of the request that was refused by its index, unless the list itself is wrong.
  const { requests } = given;
  const isOfBatch = requests !== undefined && !("code" in requests);
  const problems = Object.entries(isOfBatch ? requests : given) as [string, { code?: string; message?: string }][];
  if (!problems.every(([, problem]) => typeof problem.code === "string" && typeof problem.message === "string")) {
    faults.push("data that is not { field: { code, message } }");
  }
  const codes = JSON.stringify(Object.fromEntries(problems.map(([field, problem]) => [field, problem.code])));
  if (data !== undefined && codes !== JSON.stringify(data)) faults.push(`data ${codes}, not ${JSON.stringify(data)}`);
  return faults;
}

/** The JSON of a body; the text itself when it is none. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** `items.0.title`, and `items.length` of a list. */
function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const part of path === "" ? [] : path.split(".")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}

const volatileTexts: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "token"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "time"],
  [/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g, "id"],
  [/"nextCursor":"[\w-]+"/g, "cursor"],
];

/**
 * An answer with what may differ from one run to the next in its place: a moment, and of each other kind the first, the
 * second and so on, so that an id that stands twice still stands twice. Known ids stay.
 */
export function comparable({ status, headers, body }: HttpAnswer, known: Known): object {
  const standing = new Set(Object.values(known));
  let text = body;
  for (const [pattern, kind] of volatileTexts) {
    const seen = new Map<string, number>();
    text = text.replace(pattern, (found) => {
      // A token that is made again within the same second is the same text, so no token stays as it is.
      if (kind !== "token" && standing.has(found)) return found;
      // Two moments of one run may be the same millisecond in one and not in the next.
      if (kind === "time") return "<time>";
      if (!seen.has(found)) seen.set(found, seen.size + 1);
      return `<${kind} ${seen.get(found) ?? 0}>`;
    });
  }
  const compared = Object.entries(headers).filter(([name]) => !carriersHeaders.has(name) && name !== "x-request-id");
  return { status, body: text, headers: Object.fromEntries(compared.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

// Set by whoever carries the answer: Node, Express, or nobody when the handler is called in process.
const carriersHeaders = new Set([
  ...["date", "connection", "keep-alive", "content-length", "transfer-encoding", "x-powered-by", "etag"],
]);
