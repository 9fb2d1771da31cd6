// The bytes of Node's request, up to a size and a time. Must never wait for a client for ever.
import type { IncomingMessage } from "node:http";
import type { BodyBytes, BodyLimits } from "../exchange.js";
import { mostDrainedBytes, mostDrainingMs } from "../request/unread-rest.js";

/** Reads the whole body. Stops taking bytes at the limit; the rest is for {@link drainNodeBody}. */
export function readNodeBody(request: IncomingMessage, { limitBytes, timeoutMs }: BodyLimits): Promise<BodyBytes> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (result: BodyBytes): void => {
      clearTimeout(timer);
      request.off("data", take).off("end", finish).off("close", abort).off("error", abort);
      request.pause();
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size > limitBytes) settle({ kind: "too_large" });
      else chunks.push(chunk);
    };
    const finish = (): void => {
      const [only] = chunks;
      settle({ kind: "bytes", bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks, size) });
    };
    const abort = (): void => settle({ kind: "aborted" });
    const timer = setTimeout(() => settle({ kind: "too_slow" }), timeoutMs);
    request.on("data", take).on("end", finish).on("close", abort).on("error", abort);
    if (request.destroyed) abort();
  });
}

/** Takes and drops what is still coming, for a while. */
export function drainNodeBody(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    const settle = (): void => {
      clearTimeout(timer);
      request.off("data", drop).off("end", settle).off("close", settle).off("error", settle);
      resolve();
    };
    const drop = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size > mostDrainedBytes) settle();
    };
    const timer = setTimeout(settle, mostDrainingMs);
    request.on("data", drop).on("end", settle).on("close", settle).on("error", settle);
    request.resume();
    if (request.destroyed || request.readableEnded) settle();
  });
}
