// The core's answer, written to Node's response.
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ByteStream, HttpAnswer } from "../exchange.js";
import { drainNodeBody } from "./node-body.js";

/**
 * Writes an answer, and what a client still sends is taken or the connection closed behind it. Gives a promise only where
 * that takes time.
 */
export function sendNodeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
): Promise<void> | undefined {
  const { status, body } = answer;
  if (response.destroyed || response.headersSent) return undefined;
  const text = typeof body === "string" || body instanceof Uint8Array ? body : undefined;
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, value);
  if (text !== undefined) headers.push("content-length", String(Buffer.byteLength(text)));
  const isLeft = leavesBody(request, status);
  // HTTP/2 has no such header, and closes streams one by one.
  if (isLeft && request.httpVersionMajor === 1) headers.push("connection", "close");
  writeHead(response, status, headers);
  if (request.method === "HEAD" || body === null) response.end();
  else if (text === undefined) return stream(response, body as ByteStream);
  else if (isLeft) return sendBeforeRest(request, response, text);
  else response.end(text);
  return undefined;
}

// Less than this is on its way already when the answer goes out; Node takes and drops it, and the connection stays.
const shortRestBytes = 65_536;

/** Whether much of a body, or one that does not come, is left that nobody will read: it would hold up the next request. */
function leavesBody({ complete, headers }: IncomingMessage, status: number): boolean {
  if (complete) return false;
  if (headers["transfer-encoding"] !== undefined) return true;
  const bytes = Number(headers["content-length"] ?? 0);
  return bytes > shortRestBytes || (bytes > 0 && status === 408);
}

/** Adds to headers that the app has set before, and replaces those of the same name; cookies and `Vary` stay beside ours. */
function writeHead(response: ServerResponse, status: number, headers: string[]): void {
  if (response.getHeaderNames().length === 0) {
    response.writeHead(status, headers);
    return;
  }
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [headers[at] as string, headers[at + 1] as string];
    if (name === "vary" || name === "set-cookie") response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

/** A client that is still sending hears the answer only if somebody takes what he sends. */
async function sendBeforeRest(
  request: IncomingMessage,
  response: ServerResponse,
  text: string | Uint8Array,
): Promise<void> {
  response.write(text);
  await drainNodeBody(request);
  response.end();
}

async function stream(response: ServerResponse, body: ByteStream): Promise<void> {
  try {
    await pipeline(Readable.from(body, { objectMode: false }), response);
  } catch {
    // The client went away, or the source failed after the head was sent: the connection is cut, so that nobody takes half for all.
    response.destroy();
  }
}
