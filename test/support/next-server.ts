// A server that hands requests to Next's route handlers in the shape in which Next does: headers already joined, of two
// Authorization headers the first, the body Node's own stream, the params a promise. Next itself runs in the example's tests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { NextRouteHandlers } from "../../adapters/next/index.js";

/** Serves handlers as the catch-all route `/api/[...path]` does. */
export function createNextServer(handlers: NextRouteHandlers): Server {
  return createServer((request, response) => {
    serve(handlers, request, response).catch(() => response.destroy());
  });
}

async function serve(handlers: NextRouteHandlers, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const handler = handlers[incoming.method as keyof NextRouteHandlers] as NextRouteHandlers["GET"] | undefined;
  if (!handler) {
    // Next answers so when a route exports no handler of the method.
    outgoing.writeHead(405).end();
    return;
  }
  const request = toRequest(incoming, outgoing);
  const [, folder, ...path] = new URL(request.url).pathname.split("/");
  if (folder !== "api" || path.join("") === "") {
    outgoing.writeHead(404).end("no such page");
    return;
  }
  const response = await handler(request, { params: Promise.resolve({ path: path.map(decoded) }) });
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    // Next leaves the framing of the body to Node.
    if (!["content-length", "content-encoding", "transfer-encoding"].includes(name)) outgoing.appendHeader(name, value);
  }
  if (response.body === null || incoming.method === "HEAD") outgoing.end();
  else await pipeline(Readable.fromWeb(response.body), outgoing);
}

function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const { method = "GET", url = "/" } = incoming;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.append(name, String(value));
  const aborted = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) aborted.abort();
  });
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(url, "http://n"), {
    method,
    headers,
    signal: aborted.signal,
    // Node's stream itself: undici iterates over it, as it does in Next.
    ...(hasBody ? { body: incoming, duplex: "half" } : {}),
  } as unknown as RequestInit);
}

/** Next refuses a path that is not UTF-8 before a handler is called; those that come through are decoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
