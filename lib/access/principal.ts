// Who asks. Plain data: whoever runs in the app's process is trusted to say who its caller is.
import type { JsonValue } from "../schema/collection.js";

/** A record of an auth collection as rules see it: all its fields but the password. */
export type AuthRecord = Readonly<Record<string, JsonValue>> & { readonly id: string };

/** Nobody has signed in. */
export interface Guest {
  readonly kind: "guest";
}

/** A record of an auth collection of one database. */
export interface User {
  readonly kind: "user";
  /** The database that issued the token: its random id, which a later database of the same name does not have. */
  readonly databaseId: string;
  /** Its name: what rules call `@request.auth.dbname`. */
  readonly databaseName: string;
  /** The auth collection's name. */
  readonly collection: string;
  /** As it was when the principal was made: take a new principal for each request. */
  readonly record: AuthRecord;
}

/** A record of `_superusers` of the default database: works everywhere, bypasses rules. */
export interface Superuser {
  readonly kind: "superuser";
  readonly record: AuthRecord;
}

/** Who asks, for `db.as`. */
export type Principal = Guest | User | Superuser;

/** The principal of somebody who has not signed in. */
export const guest: Guest = Object.freeze({ kind: "guest" });

/** The collection whose records are superusers. It stands in the default database alone. */
export const superusersCollection = "_superusers";
