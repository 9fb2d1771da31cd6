// Pages of other sites that make a browser send its user's cookies. Tokens in a header are not sent by browsers on their
// own, so this matters only where the app's own sessions say who asks.
import { EngineError } from "../../../lib/index.js";
import type { CorsPolicy } from "./cors.js";
import type { HttpRequest } from "../exchange.js";

/** Whether a page of another origin, which the app has not allowed, made the browser send something that changes data. */
export function isFromElsewhere({ method, headers }: HttpRequest, cors: CorsPolicy | undefined): boolean {
  if (method === "GET" || method === "HEAD") return false;
  // Browsers say where a request comes from, and pages cannot change what they say; other clients say nothing.
  const [site] = headers.values("sec-fetch-site");
  if (site === undefined || site === "same-origin" || site === "none") return false;
  const [origin] = headers.values("origin");
  return origin === undefined || cors?.allowsSessions(origin) !== true;
}

export const fromElsewhere = (): EngineError => {
  const message = "A page of another origin sent this request. Allow its origin with the option cors, if it may.";
  return new EngineError("forbidden", {}, { message });
};
