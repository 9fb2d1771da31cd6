// What a batch asks for: an untrusted list of requests to steps on records. Must never let a step name another database
// or another caller.
import { EngineError, err, ok, type Result } from "../../../lib/index.js";
import { belowBase, splitTarget } from "../request/base-path.js";
import { BatchRefusal, type Refusal } from "../answer/http-refusal.js";
import { readQuery, type QueryValues } from "../request/query-parameters.js";
import { noQuery } from "./route.js";
import { selectionQuery } from "./record-routes.js";

export type StepKind = "create" | "update" | "upsert" | "delete";

/** One step of a batch. */
export interface BatchStep {
  readonly kind: StepKind;
  readonly collection: string;
  /** Of the record, where the path names one. */
  readonly id: string;
  readonly data: object;
  readonly query: QueryValues<typeof selectionQuery>;
}

export interface BatchBounds {
  /** How many requests one batch may hold. */
  readonly mostRequests: number;
  readonly basePath: string;
}

/** What clients of such APIs write, wherever it is mounted. */
const usualBasePath = "/api";

/** `request_invalid`, with the index of the request that is wrong. */
export function readBatch(
  body: object,
  { mostRequests, basePath }: BatchBounds,
): Result<readonly BatchStep[], Refusal> {
  const requests = Object.hasOwn(body, "requests") ? (body as { readonly requests: unknown }).requests : undefined;
  if (!Array.isArray(requests)) return invalid("requests", "A batch is { requests: [{ method, url, body }] }.");
  if (requests.length > mostRequests) return invalid("requests", `A batch holds at most ${mostRequests} requests.`);
  const steps: BatchStep[] = [];
  for (const [index, request] of (requests as readonly unknown[]).entries()) {
    const step = readStep(request, basePath);
    if (step.isErr()) return err(new BatchRefusal(index, step.error));
    steps.push(step.value);
  }
  return ok(steps);
}

const requestNames = ["method", "url", "body", "headers"];

function readStep(request: unknown, basePath: string): Result<BatchStep, EngineError> {
  if (!isObject(request)) return invalid("request", "A request of a batch is { method, url, body }.");
  const given = new Map<string, unknown>(Object.entries(request));
  const stranger = [...given.keys()].find((name) => !requestNames.includes(name));
  if (stranger !== undefined) return invalid("request", `A request of a batch has no "${stranger.slice(0, 80)}".`);
  const headers = given.get("headers") ?? {};
  if (!isObject(headers) || Object.keys(headers).length > 0) {
    return invalid("headers", "A request of a batch has no headers: all of it is one database and one caller.");
  }
  const [method, url, data = {}] = [given.get("method"), given.get("url"), given.get("body")];
  if (typeof method !== "string" || typeof url !== "string") return invalid("request", "Give method and url as texts.");
  const { path, query } = splitTarget(url);
  const place = placeOf(belowBase(path, basePath) ?? belowBase(path, usualBasePath) ?? path);
  const kind = place && kindOf(method, place.id !== "");
  if (!place || !kind) return invalid("url", unknownStep);
  if (!isObject(data)) return invalid("body", "The body of a request is an object.");
  const read = readQuery(query, kind === "delete" ? noQuery : selectionQuery);
  return read.map((values) => ({ kind, ...place, data, query: values }));
}

const unknownStep =
  "A batch makes, changes and deletes records: POST or PUT …/collections/:collection/records, PATCH or DELETE …/records/:id.";

interface Place {
  readonly collection: string;
  readonly id: string;
}

function placeOf(path: string): Place | undefined {
  const [, collection, id = ""] = /^\/collections\/([^/]+)\/records(?:\/([^/]+))?$/.exec(path) ?? [];
  if (collection === undefined) return undefined;
  try {
    return { collection: decodeURIComponent(collection), id: decodeURIComponent(id) };
  } catch {
    return undefined;
  }
}

const kinds: ReadonlyMap<string, StepKind> = new Map([
  ["POST", "create"],
  ["PUT", "upsert"],
  ["PATCH record", "update"],
  ["DELETE record", "delete"],
]);

const kindOf = (method: string, namesRecord: boolean): StepKind | undefined =>
  kinds.get(namesRecord ? `${method} record` : method);

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
