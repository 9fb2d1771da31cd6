// Making an account for oneself: a new record of an auth collection, signed in at once.
import { err, ok, type Outcome } from "../../base/result.js";
import { createRecord } from "../create-record.js";
import { recordNotFound, type RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import { findById } from "./find-auth-record.js";
import { requireAuthCollection } from "./require-auth-collection.js";
import { signIn, type AccountView, type SignedIn } from "./signed-in.js";

/**
 * As a create by the context's caller, and in what it can end: `validation_failed`, `unique_violation`,
 * `database_reserved`; `request_invalid` for a collection of another type.
 */
export async function register(
  context: RecordContext,
  services: AuthServices,
  name: string,
  data: unknown,
  view?: AccountView,
): Outcome<SignedIn> {
  const required = requireAuthCollection(context, name);
  if (required.isErr()) return err(required.error);
  const created = await createRecord(context, name, data);
  if (created.isErr()) return err(created.error);
  const id = String(created.value["id"]);
  const found = await findById(context, required.value, id);
  if (found.isErr()) return err(found.error);
  // Somebody has deleted it since.
  if (!found.value) return recordNotFound(name, id);
  return ok(await signIn(context, services, required.value, found.value, view));
}
