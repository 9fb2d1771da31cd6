// One engine for all routes of a Next app, also across hot reloads. Must never open it while Next builds: the build
// evaluates routes in a process of its own, beside a server that may hold the data directory.
import type { EngineError, Result, TenantEngine } from "../../lib/index.js";

/** What opens an engine: `() => TenantEngine.open({ … })`. */
export type OpenEngine = () => PromiseLike<Result<TenantEngine, EngineError>>;

type Opening = Promise<TenantEngine>;

// Modules are evaluated anew by a hot reload; what stands on the global object stays.
const place = Symbol.for("tenant-engine.next.engines");

function engines(): Map<string, Opening> {
  const scope = globalThis as unknown as { [place]: Map<string, Opening> | undefined };
  return (scope[place] ??= new Map<string, Opening>());
}

/**
 * A function that gives the one engine of this process: opened by its first call, kept from then on. An opening that
 * failed is tried again by the next call.
 *
 * The function rejects with the `EngineError` of an opening that failed, and with an `Error` during `next build`.
 * Changed options count after the server was started anew: a hot reload keeps the engine.
 *
 * @param name - tells engines apart, where an app has several. Default "default".
 * @example
 * ```ts
 * import { TenantEngine } from "tenant-engine";
 * import { sharedEngine } from "tenant-engine/next";
 *
 * export const getEngine = sharedEngine(() => TenantEngine.open({ dataDir: "./data" }));
 * ```
 */
export function sharedEngine(open: OpenEngine, name = "default"): () => Promise<TenantEngine> {
  return async () => {
    if (process.env["NEXT_PHASE"] === "phase-production-build") {
      throw new Error(
        "tenant-engine/next: an engine is not opened during next build. Use it in requests only, and mark the page or route that does so " +
          'with `export const dynamic = "force-dynamic"`.',
      );
    }
    const opened = engines();
    const known = opened.get(name);
    if (known) return known;
    const opening = settle(open);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
}

async function settle(open: OpenEngine): Opening {
  const result = await open();
  if (result.isErr()) throw result.error;
  return result.value;
}
