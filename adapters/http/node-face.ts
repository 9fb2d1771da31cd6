// Between Node's request and response and the core's plain values. Express, Connect and Koa hand over the same two
// objects, so they use this face too.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TenantEngine } from "../../lib/index.js";
import type { BodySource, HttpRequest } from "./exchange.js";
import { HttpCore } from "./http-core.js";
import { resolveHttpOptions, type HttpOptions } from "./http-options.js";
import { sendNodeAnswer } from "./node/node-answer.js";
import { readNodeBody } from "./node/node-body.js";
import { RawHeaders } from "./node/node-headers.js";
import { targetOf } from "./node/node-target.js";

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
  return (request, response, next) => {
    const { body } = request as FrameworkRequest;
    // No async function: a frame on the way of every request would be felt.
    return answer(request, response, { source: request, parsedBody: body, isAlone: !next }).then((isAnswered) => {
      if (!isAnswered) next?.();
    });
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
      headers: new RawHeaders(request),
      body: bodyOf(request, parsedBody),
      address: request.socket.remoteAddress,
      isAborted: () => response.destroyed || request.socket.destroyed,
      source,
    };
    const answer = await core.handle(exchange);
    try {
      const sending = sendNodeAnswer(request, response, answer);
      if (sending) await sending;
    } catch (thrown) {
      // The app has begun an answer of its own, or ended the connection: there is nobody left to tell.
      resolved.logger?.error({ err: thrown }, "an answer could not be sent");
      response.destroy();
    }
    return true;
  };
}

/** A body that somebody has read already is what he left of it. */
const bodyOf = (request: IncomingMessage, parsed: unknown): BodySource =>
  request.readableDidRead
    ? { kind: "parsed", value: parsed }
    : { kind: "unread", read: (limits) => readNodeBody(request, limits) };
