// One request from its arrival to its answer: limits, route, who asks, body, the route's own work. Knows neither Node nor
// the web, and decides nothing that the engine decides.
import { randomUUID } from "node:crypto";
import { EngineError, err, ok, type Result, type TenantEngine } from "../../lib/index.js";
import { CorsPolicy } from "./guard/cors.js";
import { errorAnswer } from "./answer/error-answer.js";
import type { Header, HttpAnswer, HttpRequest } from "./exchange.js";
import type { ResolvedHttpOptions } from "./http-options.js";
import { HttpRefusal, type Refusal } from "./answer/http-refusal.js";
import { readQuery } from "./request/query-parameters.js";
import { RateLimiter } from "./guard/rate-limit.js";
import { readBody } from "./request/request-body.js";
import { fromElsewhere, isFromElsewhere } from "./guard/foreign-page.js";
import { guestScope, homeOf, resolveScope, type RequestScope } from "./request-scope.js";
import type { Route, RouteCall, RouteOutcome } from "./routes/route.js";
import { routes, RouteTable, type FoundRoute } from "./routes/route-table.js";

/** Plain or promised: each async function between a route and the socket would be felt by every request. */
type Answered = Result<HttpAnswer, Refusal> | RouteOutcome;

// Node's parser stops at 16 KiB of head; a web Request has no such bound.
const longestTarget = 16_384;

/** What is found out about a request on the way, for the log. */
interface Trace {
  readonly requestId: string;
  readonly startedAt: number;
  route?: Route;
  scope?: RequestScope;
}

export class HttpCore {
  readonly #engine: TenantEngine;
  readonly #options: ResolvedHttpOptions;
  readonly #table = new RouteTable(routes);
  readonly #cors: CorsPolicy | undefined;
  readonly #requests: RateLimiter | undefined;
  readonly #signIns: RateLimiter | undefined;

  constructor(engine: TenantEngine, options: ResolvedHttpOptions) {
    this.#engine = engine;
    this.#options = options;
    const { clock, cors, rateLimit } = options;
    this.#cors = cors && new CorsPolicy(cors);
    this.#requests = rateLimit.requests ? new RateLimiter(rateLimit.requests, clock) : undefined;
    this.#signIns = rateLimit.signIns ? new RateLimiter(rateLimit.signIns, clock) : undefined;
  }

  /** The answer to a request. Never rejects. */
  // No async function: each on the way of every request would be felt.
  handle(request: HttpRequest): Promise<HttpAnswer> {
    const trace: Trace = { requestId: requestIdOf(request), startedAt: performance.now() };
    const finish = (answered: Result<HttpAnswer, Refusal>): HttpAnswer =>
      this.#finish(request, trace, answered.isOk() ? answered.value : errorAnswer(answered.error));
    const fail = (thrown: unknown): HttpAnswer => {
      // A callback of the app threw, or this is a bug of ours; the caller learns neither.
      this.#options.logger?.error({ err: thrown, requestId: trace.requestId }, "unexpected error in the API");
      const error = thrown instanceof EngineError ? thrown : new EngineError("internal", {});
      return this.#finish(request, trace, errorAnswer(error));
    };
    try {
      const answered = this.#answer(request, trace);
      return "then" in answered ? Promise.resolve(answered.then(finish, fail)) : Promise.resolve(finish(answered));
    } catch (thrown) {
      return Promise.resolve(fail(thrown));
    }
  }

  #finish(request: HttpRequest, trace: Trace, answer: HttpAnswer): HttpAnswer {
    const { status, body } = answer;
    const headers: Header[] = [...answer.headers, ["x-request-id", trace.requestId]];
    if (this.#cors) headers.push(...this.#cors.headersFor(request));
    this.#log(request, answer, trace);
    return { status, headers, body };
  }

  #answer(request: HttpRequest, trace: Trace): Answered {
    const preflight = this.#cors?.preflight(request);
    if (preflight) return ok(preflight);
    if (request.path.length + request.query.length > longestTarget) {
      return err(new HttpRefusal("target_too_long", `Path and query have more than ${longestTarget} characters.`));
    }
    const { clientAddress } = this.#options;
    const address = clientAddress ? clientAddress(request.source) : request.address;
    const isCounted = withinLimit(this.#requests, address);
    if (isCounted.isErr()) return err(isCounted.error);
    if (request.method === "OPTIONS") return this.#optionsOf(request.path);
    const found = this.#table.find(request.method, request.path);
    if (found.isErr()) return err(found.error);
    trace.route = found.value.route;
    if (found.value.route.isSignIn) {
      const isAllowed = withinLimit(this.#signIns, address);
      if (isAllowed.isErr()) return err(isAllowed.error);
    }
    return this.#run(request, found.value, address, trace);
  }

  #optionsOf(path: string): Result<HttpAnswer, Refusal> {
    const allowed = this.#table.methodsOf(path);
    if (allowed.length === 0) return err(new HttpRefusal("route_not_found", "There is nothing at this path."));
    return ok({ status: 204, headers: [["allow", allowed.join(", ")]], body: null });
  }

  #run(request: HttpRequest, { route, params }: FoundRoute, address: string | undefined, trace: Trace): Answered {
    const query = readQuery(request.query, route.query);
    if (query.isErr()) return err(query.error);
    const { limits } = this.#engine;
    const call: RouteCall = {
      query: query.value,
      params,
      settings: this.#options,
      body: () =>
        readBody(request, route.bodyKind ?? "json", {
          limitBytes: limits.bodyBytes,
          timeoutMs: this.#options.bodyTimeoutMs,
        }),
    };
    if (route.access === "open") return route.run(call);
    const runScoped = (scope: Result<RequestScope, EngineError>): Answered => {
      if (scope.isErr()) return err(scope.error);
      trace.scope = scope.value;
      if (scope.value.isOfApp && isFromElsewhere(request, this.#cors)) return err(fromElsewhere());
      return this.#runFor(route, call, scope.value, address);
    };
    const scope = route.access === "signIn" ? guestScope(request) : resolveScope(this.#engine, this.#options, request);
    return "then" in scope ? scope.then(runScoped) : runScoped(scope);
  }

  #runFor(
    route: Route,
    call: RouteCall,
    { principal, namedDatabase, databaseName, token }: RequestScope,
    address: string | undefined,
  ): Answered {
    // Written out and not spread: each property that is put behind a spread costs half a microsecond.
    const { query, params, settings, body } = call;
    switch (route.access) {
      case "open":
        return route.run(call);
      case "signIn": {
        const db = this.#engine.db(databaseName).as(null);
        return route.run({ query, params, settings, body, db, address });
      }
      case "token": {
        if (principal.kind === "guest") return err(new EngineError("unauthenticated", {}));
        if (databaseName !== homeOf(principal)) return err(elsewhere());
        // What is asked is asked of the token; where the app itself has said who asks, of him.
        const db = this.#engine.db(databaseName).as(token === undefined ? principal : null);
        return route.run({ query, params, settings, body, db, token, principal });
      }
      case "caller": {
        const db = this.#engine.db(databaseName).as(principal);
        return route.run({ query, params, settings, body, db, principal });
      }
      case "superuser":
        if (principal.kind === "superuser")
          return route.run({ query, params, settings, body, engine: this.#engine, namedDatabase });
        return err(new EngineError(principal.kind === "guest" ? "unauthenticated" : "forbidden", {}));
      case "description":
        return route.run({ query, params, settings, body, principal, collections: this.#engine.collections });
    }
  }

  #log(
    { method, isAborted }: HttpRequest,
    { status }: HttpAnswer,
    { requestId, startedAt, route, scope }: Trace,
  ): void {
    const { logger } = this.#options;
    if (!logger) return;
    const durationMs = Math.round((performance.now() - startedAt) * 1_000) / 1_000;
    const database = scope?.databaseName.slice(0, longestLogged);
    const facts = { requestId, method, route: route?.path, status, durationMs, database, aborted: isAborted() };
    logger.info(facts, "request");
  }
}

/** Told alike of every other database, whether it exists or not, and no file is opened to find out. */
const elsewhere = (): EngineError =>
  new EngineError("unauthenticated", {}, { message: "The token is of another database than the one that was asked." });

// Names end at 63 characters; what a client calls a database may be anything.
const longestLogged = 80;

function withinLimit(limiter: RateLimiter | undefined, address: string | undefined): Result<void, EngineError> {
  if (limiter === undefined || address === undefined) return ok(undefined);
  const retryAfterMs = Math.ceil(limiter.take(address));
  if (retryAfterMs === 0) return ok(undefined);
  const seconds = Math.ceil(retryAfterMs / 1_000);
  const message = `Too many requests; try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return err(new EngineError("rate_limited", { retryAfterMs }, { message }));
}

/** The client's own, where it can stand in a log as it is; else a new one. */
function requestIdOf({ headers }: HttpRequest): string {
  const [given] = headers.values("x-request-id");
  return given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
