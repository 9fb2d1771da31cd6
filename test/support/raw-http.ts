// Bytes on a socket, as no client library would send them, and what comes back.
import { connect } from "node:net";

/** What a server said to the bytes. */
export interface RawAnswer {
  /** Of the first answer; 0 when the connection was closed without one. */
  readonly status: number;
  /** Every byte that came back, as Latin-1. */
  readonly text: string;
  /** How many answers there were: more than one to one request is a smuggled request. */
  readonly answers: number;
}

export interface RawOptions {
  /** Ends our side at once, for requests that promise more than they hold. Default: the server is to end the connection. */
  readonly end?: boolean;
}

const statusLine = /HTTP\/1\.1 (\d{3}) /g;
// No answer takes so long, not even on a machine that is busy with everything else.
const patienceMs = 30_000;

/**
 * Sends bytes and reads until the connection is closed: let the last request say `Connection: close`. A text is sent as
 * Latin-1, so that "\u00e9" is one byte. Rejects when the server does neither answer nor close.
 */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  { end = false }: RawOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const parts: Buffer[] = [];
    const heard = (): RawAnswer => {
      const text = Buffer.concat(parts).toString("latin1");
      const statuses = [...text.matchAll(statusLine)];
      return { status: Number(statuses[0]?.[1] ?? 0), text, answers: statuses.length };
    };
    socket.setTimeout(patienceMs, () => {
      socket.destroy();
      reject(new Error(`the connection stayed open; so far: ${JSON.stringify(heard().text)}`));
    });
    socket.on("data", (part) => parts.push(part));
    socket.on("end", () => socket.end());
    // A server may reset the connection of one who goes on sending what it has refused; what it said before counts.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(heard());
    });
    const buffer = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    if (end) socket.end(buffer);
    else socket.write(buffer);
  });
}

/** A request's text with exactly these header lines behind `Host` and `Connection: close`. */
export const rawRequest = (line: string, headers: readonly string[], body = ""): string =>
  `${[`${line} HTTP/1.1`, "Host: 127.0.0.1", "Connection: close", ...headers].join("\r\n")}\r\n\r\n${body}`;
