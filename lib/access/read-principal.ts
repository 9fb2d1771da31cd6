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
  const own = Object.assign(Object.create(null) as object, value) as Readonly<Record<string, unknown>>;
  const { kind, databaseId, databaseName, collection, record } = own;
  if (kind === "guest") return guest;
  if (!isAuthRecord(record)) return undefined;
  if (kind === "superuser") return { kind, record };
  const isUser = kind === "user" && isName(databaseId) && isName(databaseName) && isName(collection);
  return isUser ? { kind, databaseId, databaseName, collection, record } : undefined;
}

const isName = (value: unknown): value is string => typeof value === "string" && value !== "";

const isAuthRecord = (value: unknown): value is AuthRecord =>
  typeof value === "object" && value !== null && isName((value as Readonly<Record<string, unknown>>)["id"]);
