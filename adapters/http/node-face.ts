// Between Node's request and response and the core's plain values. Express, Connect and Koa hand over the same two
// objects, so they use this face too.
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TenantEngine } from "../../lib/index.js";
import { belowBase, splitTarget } from "./base-path.js";
import type { BodySource, HeaderList, HttpAnswer, HttpRequest } from "./exchange.js";
import { HttpCore } from "./http-core.js";
import { resolveHttpOptions, type HttpOptions } from "./http-options.js";
import { readNodeBody, drainNodeBody } from "./node-body.js";

/** Called when a request is not for the API, and never with an error: every other request is answered. */
export type NextCall = (error?: unknown) => void;

/** What answers Node's requests. Its promise ends when the answer is written, or `next` was called. */
export type NodeListener<Request extends IncomingMessage = IncomingMessage> = (
  request: Request,
  response: ServerResponse,
  next?: NextCall,
) => Promise<void>;

/** What a request is beside Node's, when a framework made it. */
interface FrameworkRequest extends IncomingMessage {
  /** What a parser in front has made of the body. */
  readonly body?: unknown;
  /** The target before a mount prefix was taken off. */
  readonly originalUrl?: unknown;
}

/**
 * The API as a listener for `node:http`, or as a middleware of frameworks that hand over Node's request and response.
 *
 * A request outside the base path goes to `next`; without a `next` it is answered with 404. Everything below
 * the base path is answered here.
 *
 * @throws TypeError naming an option that is wrong.
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { createNodeListener } from "tenant-engine/http";
 *
 * const listener = createNodeListener(engine);
 * createServer((request, response) => void listener(request, response)).listen(3000);
 * ```
 */
export function createNodeListener<Request extends IncomingMessage = IncomingMessage>(
  engine: TenantEngine,
  options: HttpOptions<Request> = {},
): NodeListener<Request> {
  const answer = createNodeAnswerer(engine, options);
  return async (request, response, next) => {
    const { body } = request as FrameworkRequest;
    const isAnswered = await answer(request, response, { source: request, parsedBody: body, isAlone: !next });
    if (!isAnswered) next?.();
  };
}

/** What a framework's adapter says besides. */
export interface NodeCall<Source> {
  /** What the app's callbacks are given. */
  readonly source: Source;
  /** What a parser in front has made of the body. */
  readonly parsedBody: unknown;
  /** Nobody else answers: a request to somebody else is answered with 404. */
  readonly isAlone?: boolean;
}

/** Answers on Node's objects. Gives false, having done nothing, for a request that is not for the API. */
export function createNodeAnswerer<Source>(
  engine: TenantEngine,
  options: HttpOptions<Source>,
): (request: IncomingMessage, response: ServerResponse, call: NodeCall<Source>) => Promise<boolean> {
  const resolved = resolveHttpOptions(options);
  const core = new HttpCore(engine, resolved);
  return async (request, response, { source, parsedBody, isAlone = false }) => {
    const target = targetOf(request, resolved.basePath);
    if (target.path === undefined && !isAlone) return false;
    const exchange: HttpRequest = {
      method: request.method ?? "GET",
      // Nothing of ours is there.
      path: target.path ?? "",
      query: target.query,
      headers: new RawHeaders(request.rawHeaders, mostHeadersOf(request)),
      body: bodyOf(request, parsedBody),
      address: request.socket.remoteAddress,
      isAborted: () => response.destroyed || request.socket.destroyed,
      source,
    };
    const answer = await core.handle(exchange);
    try {
      await send(request, response, answer);
    } catch (thrown) {
      // The app has begun an answer of its own, or ended the connection: there is nobody left to tell.
      resolved.logger?.error({ err: thrown }, "an answer could not be sent");
      response.destroy();
    }
    return true;
  };
}

/** The path below the API, undefined for a request to somebody else. */
function targetOf(request: IncomingMessage, basePath: string): { path: string | undefined; query: string } {
  const { path, query } = splitTarget(originForm(request.url ?? "/"));
  if (basePath !== "" && isStripped(request, path, basePath)) return { path, query };
  return { path: belowBase(path, basePath), query };
}

/** Whether the framework was mounted at the base path itself, and has taken it off. */
function isStripped(request: FrameworkRequest, path: string, basePath: string): boolean {
  const { originalUrl } = request;
  if (typeof originalUrl !== "string" || originalUrl === request.url) return false;
  const original = splitTarget(originForm(originalUrl)).path;
  return original.endsWith(basePath + path) || (path === "/" && original.endsWith(basePath));
}

/** A proxy may send the whole URL as the target. */
function originForm(target: string): string {
  return target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
}

// Half of what Node keeps by default.
const mostHeaders = 1_000;

/**
 * Node drops the headers behind the 2,000th, or the server's `maxHeadersCount`-th, and says nothing: a gateway's `x-dbname`
 * that stands last would be overlooked.
 */
function mostHeadersOf({ socket }: IncomingMessage): number {
  const { server } = socket as { readonly server?: { readonly maxHeadersCount?: number | null } };
  return Math.min(mostHeaders, server?.maxHeadersCount || mostHeaders);
}

/** Headers as they were sent, names and values in turn. */
class RawHeaders implements HeaderList {
  readonly isCut: boolean;
  readonly #raw: readonly string[];

  constructor(raw: readonly string[], most: number) {
    this.#raw = raw;
    this.isCut = raw.length >= 2 * most;
  }

  values(name: string): readonly string[] {
    const raw = this.#raw;
    const values: string[] = [];
    for (let at = 0; at < raw.length; at += 2) {
      const each = raw[at] as string;
      if (each.length === name.length && (each === name || each.toLowerCase() === name))
        values.push(raw[at + 1] as string);
    }
    return values;
  }
}

/** A body that somebody has read already is what he left of it. */
const bodyOf = (request: IncomingMessage, parsed: unknown): BodySource =>
  request.readableDidRead
    ? { kind: "parsed", value: parsed }
    : { kind: "unread", read: (limits) => readNodeBody(request, limits) };

async function send(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): Promise<void> {
  const { status, body } = answer;
  if (response.destroyed || response.headersSent) return;
  const text = typeof body === "string" || body instanceof Uint8Array ? body : undefined;
  const headers: string[] = answer.headers.flat();
  if (text !== undefined) headers.push("content-length", String(Buffer.byteLength(text)));
  // What is left of a body that nobody will read would be taken for the next request.
  const isRest = !request.complete && hasBody(request);
  if (isRest && request.httpVersionMajor === 1) headers.push("connection", "close");
  writeHead(response, status, headers);
  if (request.method === "HEAD" || body === null) response.end();
  else if (text === undefined) await stream(response, body as AsyncIterable<Uint8Array>);
  else if (isRest) await sendBeforeRest(request, response, text);
  else response.end(text);
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Adds to headers that the app has set before, and replaces those of the same name; cookies and `Vary` stay beside ours. */
function writeHead(response: ServerResponse, status: number, headers: string[]): void {
  if (response.getHeaderNames().length === 0) {
    response.writeHead(status, headers);
    return;
  }
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [headers[at] as string, headers[at + 1] as string];
    if (name === "vary" || name === "set-cookie") response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

/** A client that is still sending hears the answer only if somebody takes what he sends. */
async function sendBeforeRest(
  request: IncomingMessage,
  response: ServerResponse,
  text: string | Uint8Array,
): Promise<void> {
  response.write(text);
  await drainNodeBody(request);
  response.end();
}

async function stream(response: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await pipeline(Readable.from(body, { objectMode: false }), response);
  } catch {
    // The client went away, or the source failed after the head was sent: the connection is cut, so that nobody takes half for all.
    response.destroy();
  }
}
