// tenant-engine/koa: the API as a middleware of Koa. Must never import Koa: it is the app's.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TenantEngine } from "../../lib/index.js";
import type { HttpOptions } from "../http/http-options.js";
import { createNodeAnswerer } from "../http/node-face.js";

/** The part of Koa's context that is used. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Koa's body parsers leave the body in its property `body`. */
  readonly request: object;
  respond?: boolean | undefined;
}

/** A middleware for `app.use`. */
export type KoaMiddleware<Context extends KoaContext = KoaContext> = (
  context: Context,
  next: () => Promise<unknown>,
) => Promise<void>;

/**
 * The API for Koa. Answers what stands below `basePath`, wherever it is mounted, and hands everything else to the next
 * middleware. Body parsers may stand before it.
 *
 * @throws TypeError naming an option that is wrong.
 * @example
 * ```ts
 * import Koa from "koa";
 * import { createKoaMiddleware } from "tenant-engine/koa";
 *
 * const app = new Koa();
 * app.use(createKoaMiddleware(engine));
 * app.listen(3000);
 * ```
 */
export function createKoaMiddleware<Context extends KoaContext = KoaContext>(
  engine: TenantEngine,
  options: HttpOptions<Context> = {},
): KoaMiddleware<Context> {
  const answer = createNodeAnswerer(engine, options);
  return async (context, next) => {
    const { body: parsedBody } = context.request as { readonly body?: unknown };
    const before = context.respond;
    // Set before the work: Koa would otherwise answer beside us.
    context.respond = false;
    const isAnswered = await answer(context.req, context.res, { source: context, parsedBody });
    if (isAnswered) return;
    context.respond = before;
    await next();
  };
}
