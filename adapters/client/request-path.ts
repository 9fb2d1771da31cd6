// The address of a call. Names and ids are data: none may end up as another path than the one that was meant.
import { refusal } from "./client-error.js";

/** What a query parameter may be; undefined ones are left out. */
export type QueryValue = string | number | boolean | undefined;

/** The parameters of a call, by name. */
export type Query = Readonly<Record<string, QueryValue>>;

/** `["collections", "a/b"]` → `/collections/a%2Fb`. Throws `request_invalid` for a part that no address can hold. */
export function requestPath(parts: readonly string[], query: Query = {}): string {
  const path = parts.map((part) => `/${pathPart(part)}`).join("");
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const search = parameters.toString();
  return search === "" ? path : `${path}?${search}`;
}

function pathPart(part: unknown): string {
  // Without its last part, the address of a record is that of its collection; "." and ".." are folded away by every URL
  // reader, encoded or not.
  if (typeof part !== "string" || part === "" || part === "." || part === "..") {
    const shown = typeof part === "string" ? `"${part}"` : part === null ? "null" : typeof part;
    throw refusal("request_invalid", `An id or name is a text such as "posts", not ${shown}.`);
  }
  try {
    return encodeURIComponent(part);
  } catch (cause) {
    throw refusal("request_invalid", "An id or name holds a lone surrogate, which no address can hold.", cause);
  }
}
