// The look at what was passed as a principal. Whatever is no principal must never be taken for one, least of all for
// trusted code.
import type { EngineError } from "../base/errors.js";
import { ok, refuse, type Result } from "../base/result.js";
import { guest, type AuthRecord, type Principal } from "./principal.js";

/**
 * A private copy of a principal; null and undefined are a guest. `request_invalid` for anything else: an app without
 * types passes `user && user.principal`, which may be false or "".
 */
export function readPrincipal(value: unknown): Result<Principal, EngineError> {
  try {
    const read = value === null || value === undefined ? guest : copyOf(value);
    if (read) return ok(read);
  } catch {
    // A getter or a proxy threw; the refusal below says what is expected.
  }
  const message = "This is no principal: pass what engine.authenticate or auth.principalOf gave, or null for a guest.";
  return refuse("request_invalid", { parameter: "principal" }, { message });
}

function copyOf(value: unknown): Principal | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const kind = own(value, "kind");
  if (kind === "guest") return guest;
  const record = own(value, "record");
  if (!isAuthRecord(record)) return undefined;
  if (kind === "superuser") return { kind, record };
  const databaseId = own(value, "databaseId");
  const databaseName = own(value, "databaseName");
  const collection = own(value, "collection");
  const isUser = kind === "user" && isName(databaseId) && isName(databaseName) && isName(collection);
  return isUser ? { kind, databaseId, databaseName, collection, record } : undefined;
}

/** Each is read once, and none from a prototype. */
const own = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

const isName = (value: unknown): value is string => typeof value === "string" && value !== "";

const isAuthRecord = (value: unknown): value is AuthRecord =>
  typeof value === "object" && value !== null && isName((value as Readonly<Record<string, unknown>>)["id"]);
