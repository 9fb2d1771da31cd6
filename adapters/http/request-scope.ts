// Which database a request means, and who asks. Must never hand out a database without a principal, and never turn a
// failed proof into a guest.
import {
  EngineError,
  err,
  guest,
  ok,
  readPrincipal,
  type Principal,
  type Result,
  type TenantEngine,
} from "../../lib/index.js";
import type { HttpRequest } from "./exchange.js";
import type { ResolvedHttpOptions } from "./http-options.js";
import { readDatabaseName, readToken } from "./request/request-headers.js";

/** The database of who names none and has none; superusers stand in it. */
const guestDatabase = "default";

/** Who asks for what. */
export interface RequestScope {
  readonly principal: Principal;
  /** The database that the request itself names. */
  readonly namedDatabase: string | undefined;
  /** As the client named it, not necessarily a legal name; or the principal's own. */
  readonly databaseName: string;
  /** What `Authorization` held, where it was asked. */
  readonly token: string | undefined;
  /** The app itself has said who asks. */
  readonly isOfApp: boolean;
}

type Scoped = Result<RequestScope, EngineError>;

type Principals = Pick<ResolvedHttpOptions, "principal" | "logger">;

/** The scope of a request whose caller counts. `request_invalid`, `unauthenticated`, and what asking the database can end in. */
export function resolveScope(
  engine: TenantEngine,
  principals: Principals,
  request: HttpRequest,
): Scoped | PromiseLike<Scoped> {
  const named = readDatabaseName(request.headers);
  if (named.isErr()) return err(named.error);
  const token = readToken(request.headers);
  if (!principals.principal) return scopeOfToken(engine, named.value, token);
  // Two Authorization headers are refused whoever is asked.
  if (token.isErr() && token.error.code === "request_invalid") return err(token.error);
  return scopeOfApp(engine, principals, { named: named.value, token, source: request.source });
}

async function scopeOfApp(
  engine: TenantEngine,
  { principal: principalOf, logger }: Principals,
  { named, token, source }: { readonly named: string | undefined; readonly token: ReadToken; readonly source: unknown },
): Promise<Scoped> {
  const given: unknown = await principalOf?.(source);
  if (given === undefined) return scopeOfToken(engine, named, token);
  const read = readPrincipal(given);
  if (read.isOk()) return ok(scopeOf(read.value, named, undefined, true));
  logger?.error({}, "the option principal gave something that is no principal");
  return err(new EngineError("internal", {}));
}

type ReadToken = ReturnType<typeof readToken>;

function scopeOfToken(engine: TenantEngine, named: string | undefined, token: ReadToken): Scoped | PromiseLike<Scoped> {
  if (token.isErr()) return err(token.error);
  const { value } = token;
  if (value === undefined) return ok(scopeOf(guest, named, undefined, false));
  const known = engine.recallPrincipal(value);
  if (known) return ok(scopeOf(known, named, value, false));
  // No async function: a frame on the way of every request would be felt.
  return engine.authenticate(value).then((principal) => principal.map((found) => scopeOf(found, named, value, false)));
}

/** The scope of a request whose caller is nobody yet: what he sends as `Authorization`, an old token perhaps, is not read. */
export function guestScope({ headers }: HttpRequest): Scoped {
  const named = readDatabaseName(headers);
  if (named.isErr()) return err(named.error);
  const token = readToken(headers);
  if (token.isErr() && token.error.code === "request_invalid") return err(token.error);
  return ok(scopeOf(guest, named.value, undefined, false));
}

/** The database that a principal's token is of, and that he means where he names none. */
export const homeOf = (principal: Principal): string =>
  principal.kind === "user" ? principal.databaseName : guestDatabase;

const scopeOf = (
  principal: Principal,
  named: string | undefined,
  token: string | undefined,
  isOfApp: boolean,
): RequestScope => ({
  principal,
  namedDatabase: named,
  databaseName: named ?? homeOf(principal),
  token,
  isOfApp,
});
