// The one place where a call goes out. Each goes out once: nothing is retried, and no call ends another.
import type { CallOptions } from "./call-options.js";
import { ClientError, refusal } from "./client-error.js";
import { readAnswer, type AnswerKind, type AskedCall } from "./read-answer.js";
import { requestBody } from "./request-body.js";
import { requestHeaders } from "./request-headers.js";
import { requestPath, type Query } from "./request-path.js";
import { callEnd } from "./request-signal.js";

/** Sends one request: the global `fetch`, or a handler in the same process. */
export type SendRequest = (request: Request) => Promise<Response>;

/** Options of a client. */
export interface ClientOptions {
  /** The token to start with. Default: none, a guest. */
  readonly token?: string | null | undefined;
  /** Sends the requests. Default: the global `fetch`. `createHttpHandler(engine)` answers them in the same process. */
  readonly fetch?: SendRequest | undefined;
  /** Where the API begins, below the address. Default `"/api"`. */
  readonly basePath?: string | undefined;
  /** Headers of every call. Default: none. */
  readonly headers?: CallOptions["headers"];
  /** Milliseconds for one call; then `timed_out`. Default: none, a call waits as long as `fetch` does. */
  readonly timeoutMs?: number | undefined;
}

/** One call, before it is a request. */
export interface ClientCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The parts of the path below the base path; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Query;
  readonly body?: object;
  readonly answer?: AnswerKind;
  readonly options?: CallOptions;
}

/** From where a call comes. */
export interface CallOrigin {
  readonly token: string | null;
  /** undefined: the server takes the token's own database, and for a guest the default one. */
  readonly database: string | undefined;
}

/** Sends calls to one server. */
export class RequestSender {
  readonly #base: string;
  readonly #options: ClientOptions;

  constructor(baseUrl: string, options: ClientOptions) {
    this.#base = baseOf(baseUrl, options.basePath ?? "/api");
    this.#options = options;
  }

  /** Rejects with a {@link ClientError} whatever goes wrong. */
  async send(call: ClientCall, { token, database }: CallOrigin): Promise<unknown> {
    const { method, answer = "json", options = {} } = call;
    const asked = { method, url: this.#base + requestPath(call.path, call.query) };
    const body = call.body === undefined ? undefined : requestBody(call.body);
    const headers = requestHeaders({
      ...{ token, database, hasBody: body !== undefined },
      ...{ base: this.#options.headers, own: options.headers },
    });
    const end = callEnd(asked.url, options.signal, options.timeoutMs ?? this.#options.timeoutMs);
    const ended = end.reason();
    if (ended) throw ended;
    const request = makeRequest(asked, { headers, body: body ?? null, signal: end.signal ?? null });
    const send = this.#options.fetch ?? ((each: Request) => globalThis.fetch(each));
    try {
      // An aborted call is over at once, also where the given `fetch` does not look at its signal.
      return await end.race(send(request).then((response) => readAnswer(asked, response, answer)));
    } catch (error) {
      if (error instanceof ClientError) throw error;
      throw end.reason() ?? unreachable(asked, error);
    }
  }
}

function makeRequest({ method, url }: AskedCall, parts: Pick<RequestInit, "headers" | "body" | "signal">): Request {
  const init = {
    ...parts,
    method,
    // Two tenants' answers have the same address: no cache may mix them up.
    cache: "no-store",
    // A redirected POST becomes a GET: a create would come back as a list.
    redirect: method === "GET" ? "follow" : "manual",
  } as const;
  try {
    return new Request(url, init);
  } catch (cause) {
    const message = `"${url}" cannot be asked for. Give the client an address such as "https://api.example.com".`;
    throw refusal("request_invalid", message, cause);
  }
}

function unreachable({ method, url }: AskedCall, cause: unknown): ClientError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = inner instanceof Error ? inner.message : String(inner);
  const message =
    `${method} ${url} got no answer: ${why}. Is the server running at this address? ` +
    "In a browser, the server must also allow the page's origin.";
  return new ClientError({ status: 0, code: "network_failed", message, url, cause });
}

function baseOf(baseUrl: unknown, basePath: unknown): string {
  // "localhost:3000" reads as an address of the scheme "localhost".
  const isAddress = typeof baseUrl === "string" && (/^https?:\/\//i.test(baseUrl) || !/^[^/]*:/.test(baseUrl));
  if (!isAddress || typeof basePath !== "string") {
    const message = 'A client is made with its server\'s address: new TenantClient("https://api.example.com").';
    throw refusal("request_invalid", message);
  }
  const path = basePath.replace(/^\/+|\/+$/g, "");
  return baseUrl.replace(/\/+$/, "") + (path === "" ? "" : `/${path}`);
}
