// A response as the value of a call, or as the error that it tells of. Whatever a proxy or a wrong address sends instead
// of the server's JSON is an error that shows its beginning.
import { ClientError, type FieldProblem } from "./client-error.js";

/** What a call expects: a JSON value, nothing, or the response as it came. */
export type AnswerKind = "json" | "nothing" | "response";

/** What the call was, for messages. */
export interface AskedCall {
  readonly method: string;
  readonly url: string;
}

// Enough to recognise an error page by.
const shownCharacters = 120;

/** Throws a {@link ClientError} for every answer that is not what the call expects. */
export async function readAnswer(call: AskedCall, response: Response, kind: AnswerKind): Promise<unknown> {
  if (isRedirect(response)) throw redirected(call, response);
  if (response.ok && kind === "response") return response;
  const text = await response.text();
  if (response.ok && kind === "nothing") return undefined;
  const value = parse(text);
  if (value === undefined) throw unreadable(call, response, text);
  if (response.ok) return value;
  throw told(call, response, value) ?? unreadable(call, response, text);
}

/** undefined for what is no JSON, which JSON itself cannot say. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The error that the server told, if the answer has its form. */
function told({ url }: AskedCall, response: Response, value: unknown): ClientError | undefined {
  if (typeof value !== "object" || value === null || !("message" in value) || typeof value.message !== "string") {
    return undefined;
  }
  const { message } = value;
  const code = "code" in value && typeof value.code === "string" ? value.code : "answer_invalid";
  const data = "data" in value && typeof value.data === "object" && value.data !== null ? value.data : {};
  return new ClientError({
    ...{ status: response.status, code, message, url, retryAfterMs: retryAfter(response) },
    data: data as Readonly<Record<string, FieldProblem>>,
  });
}

function retryAfter({ headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function unreadable({ method, url }: AskedCall, response: Response, text: string): ClientError {
  const { status } = response;
  const start = text.trim().slice(0, shownCharacters);
  const found = start === "" ? "an empty answer" : `no JSON of this API: ${JSON.stringify(start)}`;
  const advice = response.ok ? "Does the client's address lead to the API?" : "Is a proxy in between?";
  const message = `${method} ${url} gave status ${status} and ${found}. ${advice}`;
  return new ClientError({ status, code: "answer_invalid", message, url });
}

/** In a browser a redirect that is not followed is "opaque": without status and target. */
const isRedirect = (response: Response): boolean =>
  response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400);

function redirected({ method, url }: AskedCall, response: Response): ClientError {
  const target = response.headers.get("location");
  const message =
    `${method} ${url} was redirected${target === null ? "" : ` to ${target}`}, and a write is never sent on: it could ` +
    "turn into a read. Give the client the address that the server answers at.";
  return new ClientError({ status: response.status, code: "answer_invalid", message, url });
}
