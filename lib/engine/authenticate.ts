// From a token to who asks, in whichever database it was made. A token that names no database of this engine, or is not
// signed with that database's key, opens no file.
import type { Principal } from "../access/principal.js";
import { invalidToken } from "../access/token.js";
import { err, ok, type Outcome } from "../base/result.js";
import { principalOfClaims } from "../records/auth/principal-of-record.js";
import { runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/** `unauthenticated`, always the same; `database_busy` and the `storage_…` codes of the database's file. */
export async function authenticate(core: EngineCore, token: unknown): Outcome<Principal> {
  const { register } = core.fleet;
  const claims = await core.auth.tokens.verify(token, ({ db }) => register.nameOf(db) !== undefined);
  if (claims.isErr()) return err(claims.error);
  const { db: id } = claims.value;
  const name = register.nameOf(id);
  if (name === undefined) return invalidToken();
  const found = await runInDatabase(trustedTarget(core, name, id), {}, (context) =>
    principalOfClaims(context, claims.value),
  );
  if (found.isOk()) return ok(found.value);
  // Deleted, or another stands under its name since.
  return found.error.code === "database_not_found" ? invalidToken() : err(found.error);
}
