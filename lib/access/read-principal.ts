// The look at what was passed as a principal. Whatever is no principal must never be taken for one, least of all for
// trusted code.
import type { EngineError } from "../base/errors.js";
import { ok, refuse, type Result } from "../base/result.js";
import { guest, type AuthRecord, type Principal } from "./principal.js";

const issued = new WeakSet();

/** A principal that the engine has made, frozen throughout: nobody has to copy it before he believes it, now or later. */
export function issuePrincipal<Issued extends Principal>(principal: Issued): Issued {
  freeze(principal);
  issued.add(principal);
  return principal;
}

/** All that JSON can hold. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}

/**
 * The principal itself where the engine has made it, else a private copy; null and undefined are a guest. `request_invalid`
 * for anything else: an app without types passes `user && user.principal`, which may be false or "".
 */
export function readPrincipal(value: unknown): Result<Principal, EngineError> {
  try {
    if (value === null || value === undefined) return ok(guest);
    if (isIssued(value)) return ok(value);
    const copied = copyOf(value);
    if (copied) return ok(copied);
  } catch {
    // A getter or a proxy threw; the refusal below says what is expected.
  }
  const message = "This is no principal: pass what engine.authenticate or auth.principalOf gave, or null for a guest.";
  return refuse("request_invalid", { parameter: "principal" }, { message });
}

const isIssued = (value: unknown): value is Principal => typeof value === "object" && issued.has(value as object);

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
