// A `fetch` that answers out of the test's hand and keeps what was sent.
import type { ClientOptions } from "../../../adapters/client/index.js";
import { TenantClient } from "../../../adapters/client/index.js";

/** What was sent, read to its end. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly request: Request;
}

/** What comes back: a value as JSON with status 200, or a response. */
export type Answerer = (sent: SentRequest) => unknown;

export interface RecordedFetch {
  readonly sent: SentRequest[];
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Answers each request by the function. */
export function recordedFetch(answer: Answerer = () => ({})): RecordedFetch {
  const sent: SentRequest[] = [];
  return {
    sent,
    fetch: async (request) => {
      const headers = Object.fromEntries(request.headers.entries());
      const { method, url } = request;
      const read: SentRequest = { method, url, headers, body: await request.clone().text(), request };
      sent.push(read);
      const answered = await answer(read);
      return answered instanceof Response ? answered : Response.json(answered);
    },
  };
}

/** A client on such a fetch. */
export function recordedClient(answer?: Answerer, options: ClientOptions = {}) {
  const { sent, fetch } = recordedFetch(answer);
  return { sent, client: new TenantClient("http://api.test", { fetch, ...options }) };
}
