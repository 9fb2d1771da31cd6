// tenant-engine/http: the API for Node's http and for whatever speaks in web requests. Its public names, one by one.
export { createHttpHandler } from "./web-face.js";
export type { HttpHandler } from "./web-face.js";
export { createNodeListener } from "./node-face.js";
export type { NextCall, NodeListener } from "./node-face.js";
export type { CorsOptions } from "./cors.js";
export type { HttpOptions, RateLimitOptions } from "./http-options.js";
export type { RateLimit } from "./rate-limit.js";
