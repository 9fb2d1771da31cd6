// One request and its answer, as plain values: what tests compare, whatever carried them.
import { request, type Agent } from "node:http";

/** A request as a well-behaved client makes it. Ill-behaved ones: raw-http.ts. */
export interface HttpCall {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  /** By their names in lower case; several of one name joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a call to a port of this machine. Rejects when the connection ends before the answer does. */
export function sendToPort(port: number, agent: Agent, { method, path, headers, body }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = request({ host: "127.0.0.1", port, agent, method, path, headers: { ...length, ...headers } });
    sent.once("error", reject);
    sent.once("response", (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.once("error", reject);
      answer.once("end", () => {
        const plain = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(plain),
          body: Buffer.concat(parts).toString(),
        });
      });
    });
    sent.end(body);
  });
}

/** What a web handler answered. */
export const answerOf = async (response: Response): Promise<HttpAnswer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers.entries()),
  body: await response.text(),
});

/** Everything that reaches a client, in one text: what must never hold another tenant's words. */
export const wholeText = ({ status, headers, body }: HttpAnswer): string =>
  `${status}\n${JSON.stringify(headers)}\n${body}`;
