// Whose token it is.
import type { AuthRecord } from "../../access/principal.js";
import type { Outcome } from "../../base/result.js";
import type { RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import { findTokenRecord } from "./find-token-record.js";
import { ownView, type AccountView } from "./signed-in.js";

/** The record as its owner sees it. `unauthenticated`. With a collection's name, only its tokens count. */
export async function currentUser(
  context: RecordContext,
  services: AuthServices,
  token: unknown,
  collectionName?: string,
  view?: AccountView,
): Outcome<AuthRecord> {
  const holder = await findTokenRecord(context, services, token, collectionName);
  return holder.map(({ collection, found }) => ownView(services, collection, found.record, view));
}
