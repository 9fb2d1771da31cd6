// From a token to who asks, in whichever database it was made. A token that names no database of this engine, or is not
// signed with that database's key, opens no file.
import type { Principal } from "../access/principal.js";
import { invalidToken } from "../access/token.js";
import { err, ok, type Outcome } from "../base/result.js";
import { principalOfClaims, rememberedPrincipal } from "../records/auth/principal-of-record.js";
import { contextOf, runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/** `unauthenticated`, always the same; `database_busy` and the `storage_…` codes of the database's file. */
export function authenticate(core: EngineCore, token: unknown): Outcome<Principal> {
  // Nearly every request of an API: each await here would be felt by all of them.
  const known = fromMemory(core, token);
  return known ? Promise.resolve(ok(known)) : fromDatabase(core, token);
}

/** A token that counted before, of an open database to which nothing was written since. */
function fromMemory(core: EngineCore, token: unknown): Principal | undefined {
  const { register, pool } = core.fleet;
  const claims = core.auth.tokens.recall(token);
  const name = claims && register.nameOf(claims.db);
  const database = name === undefined ? undefined : pool.peek(name);
  if (!claims || !database?.isCurrent || database.store.identity.id !== claims.db) return undefined;
  return rememberedPrincipal(contextOf(core, database, undefined), core.auth, claims);
}

async function fromDatabase(core: EngineCore, token: unknown): Outcome<Principal> {
  const { register } = core.fleet;
  const claims = await core.auth.tokens.verify(token, ({ db }) => register.nameOf(db) !== undefined);
  if (claims.isErr()) return err(claims.error);
  const { db: id } = claims.value;
  const name = register.nameOf(id);
  if (name === undefined) return invalidToken();
  const found = await runInDatabase(trustedTarget(core, name, id), {}, (context) =>
    principalOfClaims(context, core.auth, claims.value),
  );
  if (found.isOk()) return ok(found.value);
  // Deleted, or another stands under its name since.
  return found.error.code === "database_not_found" ? invalidToken() : err(found.error);
}
