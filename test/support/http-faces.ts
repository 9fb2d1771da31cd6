// The API behind every face and framework, each over a real socket where it has one, asked in the same way.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import express4 from "express-4";
import Koa from "koa";
import { onTestFinished } from "vitest";
import { createExpressMiddleware } from "../../adapters/express/index.js";
import { createHttpHandler, createNodeListener, type HttpOptions } from "../../adapters/http/index.js";
import { createKoaMiddleware } from "../../adapters/koa/index.js";
import { createNextRouteHandlers, type NextRouteHandlers } from "../../adapters/next/index.js";
import type { TenantEngine } from "../../lib/index.js";

/** What is sent. */
export interface FaceRequest {
  readonly method?: string;
  /** Path and query, from the root: `/api/health`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** An answer, read whole. */
export interface FaceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
  readonly body: any;
}

/** The API behind one face. */
export interface HttpFace {
  send(request: FaceRequest): Promise<Response>;
  /** Sends, and reads the answer. */
  ask(request: FaceRequest): Promise<FaceAnswer>;
  /** `http://127.0.0.1:…`, undefined where no socket is open. */
  readonly origin: string | undefined;
  close(): Promise<void>;
}

/** A face that sends like this. */
function faceOf(send: HttpFace["send"], more: Pick<HttpFace, "origin" | "close">): HttpFace {
  const ask = async (request: FaceRequest): Promise<FaceAnswer> => {
    const response = await send(request);
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get("content-type")?.startsWith("application/json") === true && text !== "";
    return { status, headers, text, body: isJson ? JSON.parse(text) : null };
  };
  return { send, ask, ...more };
}

type OpenFace = (engine: TenantEngine, options?: HttpOptions) => Promise<HttpFace>;

/** Rate limits would stop tests that ask quickly; those about them pass their own. */
const quiet: HttpOptions = { rateLimit: false };

const requestOf = (origin: string, { method = "GET", path, headers = {}, body }: FaceRequest): Request => {
  const isText = typeof body === "string" || body instanceof Uint8Array || body instanceof FormData;
  const sent = new Headers(headers);
  if (body !== undefined && !isText && !sent.has("content-type")) sent.set("content-type", "application/json");
  const text = body === undefined || isText ? body : JSON.stringify(body);
  return new Request(origin + path, { method, headers: sent, ...(text === undefined ? {} : { body: text }) });
};

/** A real server on a free port. */
async function listen(listener: RequestListener): Promise<HttpFace> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return faceOf((request) => fetch(requestOf(origin, request)), { origin, close });
}

/** As Next calls the handlers of `app/api/[...path]/route.ts`. */
function callNext(handlers: NextRouteHandlers, request: Request, folder = "/api"): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(`${folder}/`)) return Promise.resolve(new Response("no such page", { status: 404 }));
  const path = pathname
    .slice(folder.length + 1)
    .split("/")
    .map(decodeURIComponent);
  const handler = handlers[request.method as keyof NextRouteHandlers];
  return handler(request, { params: Promise.resolve({ path }) });
}

const unheard = "http://localhost";
const inProcess = { origin: undefined, close: async () => undefined };

/** Every way in. */
export const openFaces = {
  fetch: async (engine, options) => {
    const handler = createHttpHandler(engine, { ...quiet, ...options });
    return faceOf((request) => handler(requestOf(unheard, request)), inProcess);
  },
  "node:http": (engine, options) => {
    const listener = createNodeListener(engine, { ...quiet, ...options });
    return listen((request, response) => void listener(request, response));
  },
  express: (engine, options) => {
    const app = express();
    app.use(createExpressMiddleware(engine, { ...quiet, ...options }));
    return listen(app);
  },
  "express 4": (engine, options) => {
    const app = express4();
    app.use(createExpressMiddleware(engine, { ...quiet, ...options }));
    return listen(app);
  },
  "express behind express.json()": (engine, options) => {
    const app = express();
    app.use(express.json({ limit: "2mb" }));
    app.use(createExpressMiddleware(engine, { ...quiet, ...options }));
    return listen(app);
  },
  "koa behind a body parser": (engine, options) => {
    const app = new Koa();
    app.use(async (context, next) => {
      if (typeof context.is("json", "+json") === "string") {
        const parts: Buffer[] = [];
        for await (const part of context.req) parts.push(part as Buffer);
        Object.assign(context.request, { body: JSON.parse(Buffer.concat(parts).toString() || "{}") as unknown });
      }
      await next();
    });
    app.use(createKoaMiddleware(engine, { ...quiet, ...options }));
    const callback = app.callback();
    return listen((request, response) => void callback(request, response));
  },
  koa: (engine, options) => {
    const app = new Koa();
    app.use(createKoaMiddleware(engine, { ...quiet, ...options }));
    const callback = app.callback();
    return listen((request, response) => void callback(request, response));
  },
  next: async (engine, options) => {
    const handlers = createNextRouteHandlers(() => engine, { ...quiet, ...options });
    return faceOf((request) => callNext(handlers, requestOf(unheard, request)), inProcess);
  },
} as const satisfies Readonly<Record<string, OpenFace>>;

export type FaceName = keyof typeof openFaces;

export const faceNames = Object.keys(openFaces) as readonly FaceName[];

/** One face for the running test, closed when it is over. */
export async function openFace(name: FaceName, engine: TenantEngine, options: HttpOptions = {}): Promise<HttpFace> {
  const face = await openFaces[name](engine, options);
  onTestFinished(() => face.close());
  return face;
}
