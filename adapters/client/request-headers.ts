// The headers of a call. The call's own win over the client's.
import type { CallOptions } from "./call-options.js";
import { refusal } from "./client-error.js";

type HeaderInput = NonNullable<CallOptions["headers"]>;

/** What the headers of one call are made of. */
export interface HeaderParts {
  /** Of every call of the client. */
  readonly base: HeaderInput | undefined;
  readonly token: string | null;
  readonly database: string | undefined;
  readonly hasBody: boolean;
  /** Of this call. */
  readonly own: HeaderInput | undefined;
}

/** Throws `request_invalid` for a name or a value that no header can hold. */
export function requestHeaders({ base, token, database, hasBody, own }: HeaderParts): Headers {
  const headers = new Headers({ accept: "application/json" });
  setAll(headers, base);
  if (hasBody) headers.set("content-type", "application/json");
  if (token !== null) setOne(headers, "authorization", `Bearer ${token}`);
  if (database !== undefined) setOne(headers, "x-dbname", database);
  setAll(headers, own);
  return headers;
}

function setAll(headers: Headers, input: HeaderInput | undefined): void {
  if (input === undefined) return;
  if (input instanceof Headers) input.forEach((value, name) => headers.set(name, value));
  else for (const [name, value] of Object.entries(input)) setOne(headers, name, value);
}

function setOne(headers: Headers, name: string, value: unknown): void {
  try {
    // The text "undefined" would be sent, and it is a legal database name.
    if (typeof value !== "string") throw new TypeError(`it is ${value === null ? "null" : typeof value}, not a text`);
    headers.set(name, value);
  } catch (cause) {
    // The cause shows the value, and a token is for nobody's log.
    if (name.toLowerCase() === "authorization")
      throw refusal("request_invalid", "The token cannot be sent in a header.");
    throw refusal("request_invalid", `The value of the header "${name}" cannot be sent.`, cause);
  }
}
