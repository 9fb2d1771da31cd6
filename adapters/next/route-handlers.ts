// The handlers of a catch-all route. They hold no logic of their own: the web face answers.
import type { EngineError, Result, TenantEngine } from "../../lib/index.js";
import { belowBase } from "../http/request/base-path.js";
import { resolveHttpOptions, type HttpOptions } from "../http/http-options.js";
import { createWebAnswerer, failureResponse } from "../http/web-face.js";

/** An engine, or a function that gives one when the first request comes: what `sharedEngine` made, or your own. */
export type EngineSource =
  TenantEngine | (() => TenantEngine | PromiseLike<TenantEngine | Result<TenantEngine, EngineError>>);

/** What Next passes beside the request. */
export interface NextRouteContext {
  /** The parts of the path that the folders name. */
  readonly params: Promise<object>;
}

/** One handler, as Next calls it. */
export type NextRouteHandler = (request: Request, context?: NextRouteContext) => Promise<Response>;

/** The exports of a `route.ts`. */
export interface NextRouteHandlers {
  readonly GET: NextRouteHandler;
  readonly POST: NextRouteHandler;
  readonly PUT: NextRouteHandler;
  readonly PATCH: NextRouteHandler;
  readonly DELETE: NextRouteHandler;
  readonly HEAD: NextRouteHandler;
  readonly OPTIONS: NextRouteHandler;
}

/**
 * The API as route handlers, for a catch-all folder such as `app/api/[...path]/route.ts`, anywhere in the app.
 *
 * Next tells no addresses of clients: pass `clientAddress`, or no requests are counted.
 *
 * @throws TypeError naming an option that is wrong.
 * @example
 * ```ts
 * import { TenantEngine } from "tenant-engine";
 * import { createNextRouteHandlers, sharedEngine } from "tenant-engine/next";
 *
 * const handlers = createNextRouteHandlers(sharedEngine(() => TenantEngine.open({ dataDir: "./data" })));
 * export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = handlers;
 * ```
 */
export function createNextRouteHandlers(engine: EngineSource, options: HttpOptions<Request> = {}): NextRouteHandlers {
  const resolved = resolveHttpOptions(options);
  let current: { readonly engine: TenantEngine; readonly answer: ReturnType<typeof createWebAnswerer> } | undefined;
  const handle: NextRouteHandler = async (request, context) => {
    try {
      const given = await engineOf(engine);
      if (current?.engine !== given) current = { engine: given, answer: createWebAnswerer(given, resolved) };
      return await current.answer(request, await pathBelow(request, context, resolved.basePath));
    } catch (thrown) {
      // The engine cannot be had, because another process holds its directory for example.
      return failureResponse(thrown, resolved.logger);
    }
  };
  return { GET: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle, HEAD: handle, OPTIONS: handle };
}

async function engineOf(source: EngineSource): Promise<TenantEngine> {
  const given = typeof source === "function" ? await source() : source;
  if (!("isErr" in given)) return given;
  if (given.isErr()) throw given.error;
  return given.value;
}

/** What the catch-all has caught, and below the base path if that is in it. */
async function pathBelow(request: Request, context: NextRouteContext | undefined, basePath: string): Promise<string> {
  const { pathname } = new URL(request.url);
  const params = Object.values((await context?.params) ?? {}) as readonly unknown[];
  const caught = params.find((value): value is readonly string[] => Array.isArray(value));
  if (caught === undefined) return belowBase(pathname, basePath) ?? "";
  // The raw segments: what Next gives is decoded, and a slash within one could not be told any more.
  const rest = `/${pathname.split("/").slice(-caught.length).join("/")}`;
  return belowBase(rest, basePath) ?? rest;
}
