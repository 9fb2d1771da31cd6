// Signing in with an address and a password. An unknown address, a wrong password and a deleted record are answered
// alike, at the same cost.
import { err, ok, refuse, type Outcome } from "../../base/result.js";
import type { RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import { findByEmail } from "./find-auth-record.js";
import { provePassword } from "./prove-password.js";
import { requireAuthCollection } from "./require-auth-collection.js";
import { signIn, type AccountView, type SignedIn } from "./signed-in.js";

export interface LoginAttempt {
  /** The name of an auth collection. */
  readonly collection: string;
  readonly email: unknown;
  readonly password: unknown;
  /** Where the attempt comes from, e.g. an IP address: others' failures do not count against it. */
  readonly address?: unknown;
  readonly view?: AccountView;
}

/**
 * `unauthenticated`; `rate_limited` after `limits.loginFailures` wrong passwords; `collection_not_found`,
 * `request_invalid` (a collection of another type, no texts).
 */
export async function login(
  context: RecordContext,
  services: AuthServices,
  { collection: name, email, password, address, view }: LoginAttempt,
): Outcome<SignedIn> {
  const required = requireAuthCollection(context, name);
  if (required.isErr()) return err(required.error);
  const collection = required.value;
  if (typeof email !== "string") return noText("email");
  if (typeof password !== "string") return noText("password");
  if (address !== undefined && typeof address !== "string") return noText("address");
  const found = await context.read((db) => findByEmail(context, db, collection, email));
  if (found.isErr()) return err(found.error);
  const who = ["login", context.databaseId, collection.id, lowerAscii(email), address];
  const proven = await services.attempts.attempt(who, () => provePassword(context, services, found.value, password));
  if (proven.isErr()) return err(proven.error);
  if (!proven.value || !found.value) {
    return refuse("unauthenticated", {}, { message: "The e-mail address or the password is wrong." });
  }
  return ok(await signIn(context, services, collection, found.value, view));
}

const noText = (parameter: string) =>
  refuse("request_invalid", { parameter }, { message: `To sign in, give ${parameter} as a text.` });

/** As the store compares addresses. The other letters stay: they are never equal there. */
const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
