// From an auth record to who asks, as rules know him.
import { superusersCollection, type Principal } from "../../access/principal.js";
import { issuePrincipal } from "../../access/read-principal.js";
import type { TokenClaims } from "../../access/token-claims.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import { recordNotFound, type RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import { findById, type FoundAuthRecord } from "./find-auth-record.js";
import { requireBypass } from "../rows/row-access.js";
import { recordOfClaims } from "./find-token-record.js";
import { requireAuthCollection } from "./require-auth-collection.js";

/** As {@link principalOfClaims}, where it is known without asking the store. */
export const rememberedPrincipal = (
  context: Pick<RecordContext, "state" | "catalog">,
  { principals }: Pick<AuthServices, "principals">,
  claims: TokenClaims,
): Principal | undefined => principals.get(context, claims);

/** Whom the claims of a token stand for, whose signature and time hold. `unauthenticated`. */
export async function principalOfClaims(
  context: RecordContext,
  { principals }: Pick<AuthServices, "principals">,
  claims: TokenClaims,
): Outcome<Principal> {
  const before = context.state();
  const holder = await recordOfClaims(context, claims);
  if (holder.isErr()) return err(holder.error);
  const principal = principalOf(context, holder.value.collection, holder.value.found);
  principals.set(before, context, claims, principal);
  return ok(principal);
}

/**
 * Whom a live auth record stands for; nothing is proven, so only trusted code may ask: else `forbidden`.
 * `record_not_found`, `collection_not_found`, `request_invalid`.
 */
export async function principalOfId(context: RecordContext, name: string, id: string): Outcome<Principal> {
  const trusted = requireBypass(context);
  if (trusted.isErr()) return err(trusted.error);
  const required = requireAuthCollection(context, name);
  if (required.isErr()) return err(required.error);
  const collection = required.value;
  if (typeof id !== "string") return recordNotFound(name, id);
  const found = await findById(context, collection, id);
  if (found.isErr()) return err(found.error);
  return found.value ? ok(principalOf(context, collection, found.value)) : recordNotFound(name, id);
}

function principalOf(
  { databaseId, databaseName }: RecordContext,
  { name, isSystem }: Collection,
  { record }: FoundAuthRecord,
): Principal {
  if (isSystem && name === superusersCollection) return issuePrincipal({ kind: "superuser", record });
  return issuePrincipal({ kind: "user", databaseId, databaseName, collection: name, record });
}
