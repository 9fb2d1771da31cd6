// tenant-engine/express: the API as a middleware of Express 5 and 4. Must never import Express: it is the app's.
import type { IncomingMessage } from "node:http";
import type { TenantEngine } from "../../lib/index.js";
import type { HttpOptions } from "../http/http-options.js";
import { createNodeListener, type NextCall, type NodeListener } from "../http/node-face.js";

/** A middleware for `app.use`. */
export type ExpressMiddleware<Request extends IncomingMessage = IncomingMessage> = (
  request: Request,
  response: Parameters<NodeListener>[1],
  next: NextCall,
) => Promise<void>;

/**
 * The API for Express 5 and 4. Answers what stands below `basePath`, wherever it is mounted, and passes everything else on.
 * Body parsers may stand before it.
 *
 * @throws TypeError naming an option that is wrong.
 * @example
 * ```ts
 * import express from "express";
 * import { createExpressMiddleware } from "tenant-engine/express";
 *
 * const app = express();
 * app.use(createExpressMiddleware(engine));
 * app.listen(3000);
 * ```
 */
export function createExpressMiddleware<Request extends IncomingMessage = IncomingMessage>(
  engine: TenantEngine,
  options: HttpOptions<Request> = {},
): ExpressMiddleware<Request> {
  return createNodeListener(engine, options);
}
