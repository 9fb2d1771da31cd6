// All routes, and which of them a request means. The one door to the router.
import findMyWay from "find-my-way";
import { EngineError, err, ok, type Result } from "../../../lib/index.js";
import { HttpRefusal, type Refusal } from "../answer/http-refusal.js";
import { authRoutes } from "./auth-routes.js";
import { backupRoutes } from "./backup-routes.js";
import { batchRoutes } from "./batch-routes.js";
import { collectionRoutes } from "./collection-routes.js";
import { databaseRoutes } from "./database-routes.js";
import { healthRoutes } from "./health-routes.js";
import { openapiRoutes } from "./openapi-routes.js";
import { recordRoutes } from "./record-routes.js";
import type { Route, RouteMethod } from "./route.js";
import { ruleRoutes } from "./rule-routes.js";
import { statsRoutes } from "./stats-routes.js";

/** Every route of the API. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...databaseRoutes,
  ...collectionRoutes,
  ...recordRoutes,
  ...batchRoutes,
  ...authRoutes,
  ...ruleRoutes,
  ...backupRoutes,
  ...statsRoutes,
  ...openapiRoutes(() => routes),
];

/** A route, and the values of the named parts of the path. */
export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const methods: readonly RouteMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

// The longest legal name has 63 characters; what is a little longer gets the engine's own refusal.
const longestParam = 255;

export class RouteTable {
  readonly #router = findMyWay({ maxParamLength: longestParam, querystringParser: () => ({}) });

  constructor(all: readonly Route[]) {
    for (const route of all) this.#router.on(route.method, route.path, nothing, route);
  }

  /** The route of a method and a path; HEAD means GET. `route_not_found`, `method_not_allowed`, `request_invalid` for a path that is not percent-encoded UTF-8. */
  find(method: string, path: string): Result<FoundRoute, Refusal> {
    const known = method === "HEAD" ? "GET" : methods.find((each) => each === method);
    const found = known && this.#look(known, path);
    if (found) return ok(found);
    if (!isPercentEncoded(path)) {
      const message = "The path is not percent-encoded UTF-8.";
      return err(new EngineError("request_invalid", { parameter: "path" }, { message }));
    }
    const allowed = this.methodsOf(path);
    if (allowed.length === 0) return err(new HttpRefusal("route_not_found", "There is nothing at this path."));
    return err(new HttpRefusal("method_not_allowed", `This path has ${allowed.join(", ")}.`, allowed));
  }

  /** The methods that a path has; none where there is nothing. */
  methodsOf(path: string): readonly string[] {
    const found = methods.filter((method) => this.#look(method, path));
    if (found.length === 0) return [];
    return [...(found.includes("GET") ? ["GET", "HEAD"] : []), ...found.filter((each) => each !== "GET"), "OPTIONS"];
  }

  #look(method: RouteMethod, path: string): FoundRoute | undefined {
    const found = this.#router.find(method, path);
    if (!found) return undefined;
    // No part of a path is optional here, so each has a value.
    const params = found.params as FoundRoute["params"];
    // The router takes an empty part for a value; no name and no id is empty.
    for (const name in params) if (params[name] === "") return undefined;
    return { route: found.store as Route, params };
  }
}

const nothing = (): void => undefined;

function isPercentEncoded(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
