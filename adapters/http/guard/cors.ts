// What browsers of other origins may do. Off unless the app names origins; must never answer `*` where credentials are
// allowed.
import type { Header, HeaderList, HttpAnswer, HttpRequest } from "../exchange.js";

/** Option `cors`. */
export interface CorsOptions {
  /** The origins that may call, e.g. `["https://app.example.com"]`, or a function that says so of one; `"*"` for all, without credentials. */
  readonly origins: "*" | readonly string[] | ((origin: string) => boolean);
  /** Lets browsers send cookies. Default false: tokens need none. */
  readonly credentials?: boolean;
  /** Headers that may be sent besides `authorization`, `content-type`, `x-dbname` and `x-request-id`. Default none. */
  readonly headers?: readonly string[];
  /** How long a browser may remember the answer to its question, seconds. Default 600: what Chromium takes at most is 7,200. */
  readonly maxAgeSeconds?: number;
}

const allowedHeaders = ["authorization", "content-type", "x-dbname", "x-request-id"];
const allowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";
const exposedHeaders = "x-request-id, retry-after";

const one = (headers: HeaderList, name: string): string | undefined => headers.values(name)[0];

export class CorsPolicy {
  readonly #options: CorsOptions;

  constructor(options: CorsOptions) {
    this.#options = options;
  }

  #allows(origin: string): boolean {
    const { origins } = this.#options;
    if (origins === "*") return true;
    return typeof origins === "function" ? origins(origin) : origins.includes(origin);
  }

  /** Whether an origin may also act with the user's cookies. */
  allowsSessions(origin: string): boolean {
    return this.#options.credentials === true && this.#allows(origin);
  }

  /** The headers for an answer to this request. */
  headersFor({ headers }: HttpRequest): readonly Header[] {
    const origin = one(headers, "origin");
    const { origins, credentials } = this.#options;
    if (origins === "*")
      return [
        ["access-control-allow-origin", "*"],
        ["access-control-expose-headers", exposedHeaders],
      ];
    // Also without an Origin: a cache must not give this answer to a request that has one.
    const varies: Header = ["vary", "Origin"];
    if (origin === undefined || !this.#allows(origin)) return [varies];
    const answered: Header[] = [
      varies,
      ["access-control-allow-origin", origin],
      ["access-control-expose-headers", exposedHeaders],
    ];
    return credentials === true ? [...answered, ["access-control-allow-credentials", "true"]] : answered;
  }

  /** The answer to a browser that asks before it sends; undefined for any other request. */
  preflight({ method, headers }: HttpRequest): HttpAnswer | undefined {
    if (method !== "OPTIONS" || one(headers, "access-control-request-method") === undefined) return undefined;
    if (one(headers, "origin") === undefined) return undefined;
    const { headers: more = [], maxAgeSeconds = 600 } = this.#options;
    return {
      status: 204,
      headers: [
        ["access-control-allow-methods", allowedMethods],
        ["access-control-allow-headers", [...allowedHeaders, ...more].join(", ")],
        ["access-control-max-age", String(maxAgeSeconds)],
      ],
      body: null,
    };
  }
}
