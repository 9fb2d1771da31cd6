// What somebody gets who has signed in: a token, and his own record as he may see it.
import type { AuthRecord } from "../../access/principal.js";
import type { Collection } from "../../schema/collection.js";
import type { RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import type { FoundAuthRecord } from "./find-auth-record.js";

/** A token and whose it is. */
export interface SignedIn {
  /** For `Authorization: Bearer …`, until it expires or is ended by a new password or a deletion. */
  readonly token: string;
  /** The record without its password and hidden fields. */
  readonly user: AuthRecord;
}

/** How an account is given. */
export interface AccountView {
  /** Puts `collectionId` and `collectionName` into it. Default false. */
  readonly withCollection?: boolean | undefined;
}

/** Makes a token for a record that has proven itself. */
export async function signIn(
  { databaseId }: RecordContext,
  services: AuthServices,
  collection: Collection,
  { record, epoch }: Pick<FoundAuthRecord, "record" | "epoch">,
  view: AccountView = {},
): Promise<SignedIn> {
  const token = await services.tokens.issue({ recordId: record.id, databaseId, collectionId: collection.id, epoch });
  return { token, user: ownView(services, collection, record, view) };
}

/** A record as its owner sees it: without hidden fields. */
export function ownView(
  { rules }: AuthServices,
  collection: Collection,
  record: AuthRecord,
  { withCollection = false }: AccountView = {},
): AuthRecord {
  const isShown = (name: string): boolean =>
    collection.fields.get(name)?.hidden === false && !rules.isHidden(collection.id, name);
  const shown = Object.fromEntries(Object.entries(record).filter(([name]) => isShown(name))) as AuthRecord;
  return withCollection ? { ...shown, collectionId: collection.id, collectionName: collection.name } : shown;
}
