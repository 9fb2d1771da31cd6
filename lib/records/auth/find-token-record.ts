// From a token to its record, in one database: the signature, the time, the record's life and its epoch must all hold.
import type { TokenClaims } from "../../access/token-claims.js";
import { invalidToken } from "../../access/token.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import type { RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import { findById, type FoundAuthRecord } from "./find-auth-record.js";

/** Whose token it is. */
export interface TokenRecord {
  readonly collection: Collection;
  readonly found: FoundAuthRecord;
}

/** `unauthenticated`, always the same, also for a token of another database, or of another collection than the named one. */
export async function findTokenRecord(
  context: RecordContext,
  { tokens }: AuthServices,
  token: unknown,
  collectionName?: string,
): Outcome<TokenRecord> {
  const claims = await tokens.verify(token, ({ db, col }) => {
    return db === context.databaseId && context.catalog.withId(col)?.type === "auth";
  });
  if (claims.isErr()) return err(claims.error);
  return recordOfClaims(context, claims.value, collectionName);
}

/** The record of claims whose signature and time hold. `unauthenticated`, always the same. */
export async function recordOfClaims(
  context: RecordContext,
  { sub, db: databaseId, col, epoch }: TokenClaims,
  collectionName?: string,
): Outcome<TokenRecord> {
  const known = context.catalog.withId(col);
  if (databaseId !== context.databaseId || known?.type !== "auth") return invalidToken();
  const collection = context.catalog.live(known.name, context.scope);
  if (!collection || (collectionName !== undefined && collection.name !== collectionName)) return invalidToken();
  const found = await findById(context, collection, sub);
  if (found.isErr()) return err(found.error);
  return found.value?.epoch === epoch ? ok({ collection, found: found.value }) : invalidToken();
}
