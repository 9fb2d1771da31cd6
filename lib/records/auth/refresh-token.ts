// A new token for the holder of one that still counts. The old one goes on until its own end.
import { err, ok, type Outcome } from "../../base/result.js";
import type { RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import { findTokenRecord } from "./find-token-record.js";
import { signIn, type AccountView, type SignedIn } from "./signed-in.js";

/** `unauthenticated`. With a collection's name, only its tokens count. */
export async function refreshToken(
  context: RecordContext,
  services: AuthServices,
  token: unknown,
  collectionName?: string,
  view?: AccountView,
): Outcome<SignedIn> {
  const holder = await findTokenRecord(context, services, token, collectionName);
  if (holder.isErr()) return err(holder.error);
  return ok(await signIn(context, services, holder.value.collection, holder.value.found, view));
}
