// Between the web's Request and Response and the core's plain values.
import { EngineError, type Logger, type TenantEngine } from "../../lib/index.js";
import { belowBase } from "./request/base-path.js";
import { errorAnswer } from "./answer/error-answer.js";
import type { BodyBytes, BodyLimits, BodySource, ByteStream, HeaderList, HttpAnswer } from "./exchange.js";
import { HttpCore } from "./http-core.js";
import { mostDrainedBytes, mostDrainingMs } from "./request/unread-rest.js";
import { resolveHttpOptions, type HttpOptions, type ResolvedHttpOptions } from "./http-options.js";

/** What answers a web request. Never rejects. */
export type HttpHandler = (request: Request) => Promise<Response>;

/**
 * The API as a function from a web `Request` to its `Response`, for whatever speaks in them. Also in process: given as
 * `fetch` to the client, no socket is opened.
 *
 * A `Request` has no address: pass `clientAddress`, or no requests are counted.
 *
 * @throws TypeError naming an option that is wrong.
 * @example
 * ```ts
 * import { createHttpHandler } from "tenant-engine/http";
 *
 * const handler = createHttpHandler(engine);
 * const response = await handler(new Request("http://localhost/api/health"));
 * console.log(response.status); // 200
 * ```
 */
export function createHttpHandler(engine: TenantEngine, options: HttpOptions<Request> = {}): HttpHandler {
  const resolved = resolveHttpOptions(options);
  const answer = createWebAnswerer(engine, resolved);
  return (request) => answer(request, belowBase(new URL(request.url).pathname, resolved.basePath) ?? "");
}

/** Answers a request at a path below the API. */
export function createWebAnswerer(
  engine: TenantEngine,
  options: ResolvedHttpOptions,
): (request: Request, path: string) => Promise<Response> {
  const core = new HttpCore(engine, options);
  return async (request, path) => {
    const body = bodyOf(request);
    const answer = await core.handle({
      method: request.method,
      path,
      query: new URL(request.url).search.slice(1),
      headers: new WebHeaders(request.headers),
      body,
      address: undefined,
      isAborted: () => request.signal.aborted,
      source: request,
    });
    if (body.kind === "unread") await drainWebBody(request);
    return responseOf(request.method, answer);
  };
}

/** The answer where there is no engine to ask. */
export function failureResponse(thrown: unknown, logger: Logger | undefined): Response {
  logger?.error({ err: thrown }, "the engine of the API cannot be had");
  return responseOf("GET", errorAnswer(thrown instanceof EngineError ? thrown : new EngineError("internal", {})));
}

class WebHeaders implements HeaderList {
  // What whoever made the request has dropped cannot be seen any more.
  readonly isCut = false;
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  values(name: string): readonly string[] {
    const value = this.#headers.get(name);
    return value === null ? [] : [value];
  }
}

const bodyOf = (request: Request): BodySource =>
  request.bodyUsed
    ? { kind: "parsed", value: undefined }
    : { kind: "unread", read: (limits) => readWebBody(request, limits) };

async function readWebBody(request: Request, { limitBytes, timeoutMs }: BodyLimits): Promise<BodyBytes> {
  const chunks: Uint8Array[] = [];
  const ended = await takeChunks(request, timeoutMs, limitBytes, (chunk) => void chunks.push(chunk));
  return ended === "end" ? { kind: "bytes", bytes: Buffer.concat(chunks) } : { kind: ended };
}

/** Takes and drops what is still coming, for a while: a server in front resets the connection of who has not sent all. */
async function drainWebBody(request: Request): Promise<void> {
  const ended = await takeChunks(request, mostDrainingMs, mostDrainedBytes, () => undefined);
  if (ended !== "end") request.body?.cancel().catch(() => undefined);
}

/** Hands over the body's chunks up to a size and a time, and leaves the rest where it is. */
async function takeChunks(
  { body, signal }: Request,
  timeoutMs: number,
  limitBytes: number,
  take: (chunk: Uint8Array) => void,
): Promise<"end" | Exclude<BodyBytes["kind"], "bytes">> {
  if (body === null || body.locked) return "end";
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const lateness = new AbortController();
  const timer = setTimeout(() => lateness.abort(), timeoutMs);
  // A read under way fails.
  const abort = (): void => reader.releaseLock();
  lateness.signal.addEventListener("abort", abort, { once: true });
  signal.addEventListener("abort", abort, { once: true });
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.byteLength;
      if (size > limitBytes) return "too_large";
      take(part.value);
    }
    return "end";
  } catch {
    // Else the stream failed: its sender is gone.
    return lateness.signal.aborted ? "too_slow" : "aborted";
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    reader.releaseLock();
  }
}

function responseOf(method: string, { status, headers, body }: HttpAnswer): Response {
  const sent = new Headers();
  for (const [name, value] of headers) sent.append(name, value);
  if (typeof body === "string" || body instanceof Uint8Array) {
    sent.set("content-length", String(Buffer.byteLength(body)));
    return new Response(method === "HEAD" ? null : body, { status, headers: sent });
  }
  const isEmpty = method === "HEAD" || body === null;
  return new Response(isEmpty ? null : streamOf(body), { status, headers: sent });
}

function streamOf(bytes: ByteStream): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const part = await iterator.next();
      if (part.done === true) controller.close();
      else controller.enqueue(part.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
