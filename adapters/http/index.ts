// tenant-engine/http: the API for Node's http and for whatever speaks in web requests. Its public names, one by one.
export { createHttpHandler } from "./web-face.js";
export type { HttpHandler } from "./web-face.js";
export { createNodeListener } from "./node-face.js";
export type { NextCall, NodeListener } from "./node-face.js";
export type { CorsOptions } from "./guard/cors.js";
export type { HttpOptions, RateLimitOptions } from "./http-options.js";
export type { RateLimit } from "./guard/rate-limit.js";
