// From a token to who asks, in whichever database it was made. A token that names no database of this engine, or is not
// signed with that database's key, opens no file.
import type { Principal } from "../access/principal.js";
import type { TokenClaims } from "../access/token-claims.js";
import { invalidToken } from "../access/token.js";
import { err, ok, type Outcome, type OutcomeOrResult } from "../base/result.js";
import { principalOfClaims, rememberedPrincipal } from "../records/auth/principal-of-record.js";
import { contextOf, runInDatabase, trustedTarget, type EngineCore } from "./run-in-database.js";

/** `unauthenticated`, always the same; `database_busy` and the `storage_…` codes of the database's file. */
export function authenticate(core: EngineCore, token: unknown): OutcomeOrResult<Principal> {
  const claims = core.auth.tokens.recall(token);
  if (!claims) return afterVerifying(core, token);
  const known = fromMemory(core, claims);
  return known ? ok(known) : fromDatabase(core, claims);
}

/** The principal of a token, if it is known for sure without asking the store. */
export function recallPrincipal(core: EngineCore, token: unknown): Principal | undefined {
  const claims = core.auth.tokens.recall(token);
  return claims && fromMemory(core, claims);
}

async function afterVerifying(core: EngineCore, token: unknown): Outcome<Principal> {
  const { register } = core.fleet;
  const claims = await core.auth.tokens.verify(token, ({ db }) => register.nameOf(db) !== undefined);
  return claims.isErr() ? err(claims.error) : fromDatabase(core, claims.value);
}

/** Whom claims that hold stand for in an open database to which nothing was written since they were asked about. */
function fromMemory(core: EngineCore, claims: TokenClaims): Principal | undefined {
  const { register, pool } = core.fleet;
  const name = register.nameOf(claims.db);
  const database = name === undefined ? undefined : pool.peek(name);
  if (!database?.isCurrent || database.store.identity.id !== claims.db) return undefined;
  return rememberedPrincipal(contextOf(core, database, undefined), core.auth, claims);
}

async function fromDatabase(core: EngineCore, claims: TokenClaims): Outcome<Principal> {
  const name = core.fleet.register.nameOf(claims.db);
  if (name === undefined) return invalidToken();
  const found = await runInDatabase(trustedTarget(core, name, claims.db), {}, (context) =>
    principalOfClaims(context, core.auth, claims),
  );
  if (found.isOk()) return ok(found.value);
  // Deleted, or another stands under its name since.
  return found.error.code === "database_not_found" ? invalidToken() : err(found.error);
}
