// The two headers that decide who asks and which database is meant. Must never guess: a request that can be read in two
// ways is refused.
import { EngineError, err, ok, type Result } from "../../../lib/index.js";
import type { HeaderList } from "../exchange.js";

const printableAscii = /^[\x20-\x7e]*$/;

/** The database that the request names, undefined when it names none. `request_invalid` for several, an empty one, bytes outside ASCII. */
export function readDatabaseName(headers: HeaderList): Result<string | undefined, EngineError> {
  const read = single(headers, "x-dbname");
  if (read.isErr() || read.value === undefined) return read;
  if (read.value === "") return refused("x-dbname", "x-dbname is empty; leave it out, or name a database.");
  if (!printableAscii.test(read.value)) return refused("x-dbname", "x-dbname holds bytes outside ASCII.");
  return ok(read.value);
}

/**
 * The token of `Authorization`, with or without `Bearer` before it; undefined when there is no such header.
 * `request_invalid` for two; `unauthenticated` for what cannot be a token: whoever sends the header does not mean
 * to be a guest.
 */
export function readToken(headers: HeaderList): Result<string | undefined, EngineError> {
  const read = single(headers, "authorization");
  if (read.isErr() || read.value === undefined) return read;
  const token = /^(?:bearer +)?([\x21-\x7e]+)$/i.exec(read.value)?.[1];
  if (token !== undefined && !/^bearer$/i.test(token)) return ok(token);
  return err(
    new EngineError("unauthenticated", {}, { message: "The Authorization header is no token: send Bearer …" }),
  );
}

/**
 * Node gives a header that was sent twice as two values, or keeps the first; the web gives one text with a comma. No
 * database's name and no token has a comma, so both are told alike.
 */
function single(headers: HeaderList, name: string): Result<string | undefined, EngineError> {
  if (headers.isCut) return refused("headers", "The request has too many headers: send 1,000 at most.");
  const values = headers.values(name);
  if (values.length > 1 || values[0]?.includes(",")) return refused(name, `${name} has more than one value.`);
  return ok(values[0]);
}

const refused = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
