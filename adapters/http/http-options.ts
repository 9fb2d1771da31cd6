// What an app may say about its API, and what holds where it says nothing. A wrong option is the programmer's mistake,
// so it throws, when the handler is made and not at the first request.
import type { Clock, Logger, Principal } from "../../lib/index.js";
import type { CorsOptions } from "./guard/cors.js";
import type { RateLimit } from "./guard/rate-limit.js";

/** Option `rateLimit`. What is left out keeps its default. */
export interface RateLimitOptions {
  /** All requests of one client. Default 1,000 within 10,000 ms; `false` for no limit. */
  readonly requests?: RateLimit | false;
  /**
   * Besides, what proves or sets a password: logins, registrations, changes of passwords. Default 30 within 60,000 ms;
   * `false` for no limit. Each costs some 11 ms of hashing.
   */
  readonly signIns?: RateLimit | false;
}

/**
 * Options of the API, the same for every framework. All are optional.
 *
 * @typeParam Request - what the callbacks are given: Node's or Express's request, Koa's context, or a web `Request`.
 */
export interface HttpOptions<Request = unknown> {
  /** The path that the API stands under. Default "/api". Where a framework has stripped it already, nothing is stripped again. */
  readonly basePath?: string;
  /**
   * Who asks, where the app has sessions of its own: a principal (`auth.principalOf` gives one), null for a guest, or
   * undefined to go by the `Authorization` header. Trusted like all code of the app. What it throws is `internal` for the
   * caller, and so is what is no principal.
   */
  readonly principal?: (request: Request) => Principal | null | undefined | Promise<Principal | null | undefined>;
  /**
   * The client's address, by which attempts and requests are counted. Default: the other end of the connection, which behind
   * a proxy is the proxy, so there say what to take, e.g. Express's `request.ip` with its setting `trust proxy`.
   * A web `Request` has no address: without this option nothing is counted there.
   */
  readonly clientAddress?: (request: Request) => string | undefined;
  /** How many requests one client may make; `false` for no limits. On by default. */
  readonly rateLimit?: RateLimitOptions | false;
  /** What browsers of other origins may do. Off by default. */
  readonly cors?: CorsOptions | false;
  /** Whether superusers may sign in over HTTP. Default true. */
  readonly superuserLogin?: boolean;
  /** Who may read the description of the API, which names every collection and field. Default "superusers". */
  readonly openapi?: "superusers" | "everyone";
  /** How long the body of a request may take to arrive. Default 30,000 ms. */
  readonly bodyTimeoutMs?: number;
  /** How many requests one batch may hold. Default 100: they run in one transaction, for which other writers wait. */
  readonly batchRequests?: number;
  /** Told of each request: id, method, route, status, duration, database; never of tokens or bodies. Default: silent. */
  readonly logger?: Logger;
  /** Where the time for rate limits is read. Default: the machine's clock. For tests. */
  readonly clock?: Clock;
}

/** Options with every default filled in. */
export interface ResolvedHttpOptions {
  /** "" or with a slash in front and none behind. */
  readonly basePath: string;
  readonly principal: HttpOptions["principal"] | undefined;
  readonly clientAddress: HttpOptions["clientAddress"] | undefined;
  readonly rateLimit: { readonly requests: RateLimit | false; readonly signIns: RateLimit | false };
  readonly cors: CorsOptions | undefined;
  readonly superuserLogin: boolean;
  readonly openapi: "superusers" | "everyone";
  readonly bodyTimeoutMs: number;
  readonly batchRequests: number;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
}

// A page of a busy app asks some ten times; a hundred a second is beyond what one person does.
const defaultRequests: RateLimit = { count: 1_000, windowMs: 10_000 };
// An office behind one address signs in in the morning; guessing passwords is worth nothing at this pace.
const defaultSignIns: RateLimit = { count: 30, windowMs: 60_000 };
// A megabyte over a slow mobile network takes some seconds.
const defaultBodyTimeoutMs = 30_000;
const defaultBatchRequests = 100;

/** Checks and completes the options. Throws a `TypeError` that names the wrong one. */
export function resolveHttpOptions<Request>(options: HttpOptions<Request> = {}): ResolvedHttpOptions {
  checkNames("options", options, optionNames);
  const { basePath = "/api", bodyTimeoutMs, batchRequests, superuserLogin = true, openapi = "superusers" } = options;
  const isPath = typeof basePath === "string" && /^(?:\/[\w.~-]+)*\/?$/.test(basePath);
  demand(isPath, 'basePath is a path such as "/api", or "/".');
  for (const name of ["principal", "clientAddress"] as const) {
    demand(["undefined", "function"].includes(typeof options[name]), `${name} is a function of the request.`);
  }
  demand(typeof superuserLogin === "boolean", "superuserLogin is true or false.");
  demand(["superusers", "everyone"].includes(openapi), 'openapi is "superusers" or "everyone".');
  for (const [name, value] of Object.entries({ bodyTimeoutMs, batchRequests })) {
    demand(value === undefined || isCount(value), `${name} is a whole number of at least 1.`);
  }
  demand(hasCalls(options.logger, ["debug", "info", "warn", "error"]), "logger has the calls of pino's loggers.");
  demand(hasCalls(options.clock, ["now"]), "clock has the call now.");
  return {
    basePath: basePath.replace(/\/$/, ""),
    // What the core hands to the callbacks is what its face was given.
    principal: options.principal as HttpOptions["principal"],
    clientAddress: options.clientAddress as HttpOptions["clientAddress"],
    rateLimit: resolveRateLimit(options.rateLimit),
    cors: resolveCors(options.cors),
    superuserLogin,
    openapi,
    bodyTimeoutMs: bodyTimeoutMs ?? defaultBodyTimeoutMs,
    batchRequests: batchRequests ?? defaultBatchRequests,
    logger: options.logger,
    clock: options.clock ?? { now: () => Date.now() },
  };
}

const optionNames: Readonly<Record<keyof HttpOptions, true>> = {
  basePath: true,
  principal: true,
  clientAddress: true,
  rateLimit: true,
  cors: true,
  superuserLogin: true,
  openapi: true,
  bodyTimeoutMs: true,
  batchRequests: true,
  logger: true,
  clock: true,
};

function resolveRateLimit(given: RateLimitOptions | false = {}): ResolvedHttpOptions["rateLimit"] {
  if (given === false) return { requests: false, signIns: false };
  checkNames("rateLimit", given, { requests: true, signIns: true });
  const { requests = defaultRequests, signIns = defaultSignIns } = given;
  for (const [name, limit] of Object.entries({ requests, signIns })) {
    if (limit === false) continue;
    checkNames(`rateLimit.${name}`, limit, { count: true, windowMs: true });
    const isLimit = isCount(limit.count) && isCount(limit.windowMs);
    demand(isLimit, `rateLimit.${name} is false, or { count, windowMs } of whole numbers of at least 1.`);
  }
  return { requests, signIns };
}

function resolveCors(cors: CorsOptions | false = false): CorsOptions | undefined {
  if (cors === false) return undefined;
  checkNames("cors", cors, { origins: true, credentials: true, headers: true, maxAgeSeconds: true });
  const { origins, credentials = false, headers = [], maxAgeSeconds = 0 } = cors;
  const isOrigins =
    origins === "*" || typeof origins === "function" || isTexts(origins, /^(?:[a-z][a-z0-9+.-]*:\/\/[^/\s,]+|null)$/i);
  demand(isOrigins, 'cors.origins is "*", a function, or a list of origins such as "https://app.example.com".');
  demand(typeof credentials === "boolean", "cors.credentials is true or false.");
  demand(
    !(credentials && origins === "*"),
    'cors.credentials needs named origins: with "*" every site could act for its visitors.',
  );
  demand(isTexts(headers, /^[\w-]+$/), "cors.headers is a list of header names.");
  demand(maxAgeSeconds === 0 || isCount(maxAgeSeconds), "cors.maxAgeSeconds is a whole number.");
  return cors;
}

function checkNames(what: string, given: object, known: Readonly<Record<string, true>>): void {
  // Untyped callers pass anything.
  const value: unknown = given;
  demand(typeof value === "object" && value !== null && !Array.isArray(value), `${what} is an object.`);
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  demand(stranger === undefined, `${what} has no "${stranger ?? ""}"; there are ${Object.keys(known).join(", ")}.`);
}

function demand(isRight: boolean, message: string): void {
  if (!isRight) throw new TypeError(`tenant-engine/http: ${message}`);
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

const isTexts = (list: unknown, form: RegExp): boolean =>
  Array.isArray(list) && list.every((text) => typeof text === "string" && form.test(text));

const hasCalls = (port: unknown, names: readonly string[]): boolean =>
  port === undefined ||
  (typeof port === "object" &&
    port !== null &&
    names.every((name) => typeof (port as Readonly<Record<string, unknown>>)[name] === "function"));
