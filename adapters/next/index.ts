// tenant-engine/next: the API as the handlers of a catch-all route of Next's App Router. Its public names, one by one.
export { createNextRouteHandlers } from "./route-handlers.js";
export type { EngineSource, NextRouteContext, NextRouteHandler, NextRouteHandlers } from "./route-handlers.js";
export { sharedEngine } from "./shared-engine.js";
export type { OpenEngine } from "./shared-engine.js";
