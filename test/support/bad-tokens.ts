// Tokens that must not count, by what is wrong with each. Signed with the right key wherever a signature is not the
// point, because whoever checks must not lean on the signature alone.
import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";

/** A token's parts before they are signed. */
export interface TokenParts {
  readonly header: unknown;
  readonly payload: unknown;
}

/** What a good token of the engine consists of. */
export interface GoodToken {
  readonly key: Uint8Array;
  /** The claims in the engine's order, iss and aud included. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Ids of another database and collection that exist, and their key. */
  readonly other: { readonly db: string; readonly col: string; readonly key: Uint8Array };
}

const goodHeader = { alg: "HS256", typ: "JWT" };

const encode = (part: unknown): string =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");

const hmac = (hash: string, text: string, key: Uint8Array | string): string =>
  createHmac(hash, key).update(text).digest("base64url");

/** A token of any header and payload, signed with HMAC-SHA-256. A part that is a string is taken as its JSON text. */
export function forgeToken({ header, payload }: TokenParts, key: Uint8Array | string): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${hmac("sha256", text, key)}`;
}

/** The claims of a token, unproven. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

/** Every class of bad token, by name. */
export function badTokens({ key, claims, other }: GoodToken): ReadonlyMap<string, unknown> {
  const good = forgeToken({ header: goodHeader, payload: claims }, key);
  const [head = "", body = "", signature = ""] = good.split(".");
  const withHeader = (header: unknown): string => forgeToken({ header, payload: claims }, key);
  const withPayload = (payload: unknown): string => forgeToken({ header: goodHeader, payload }, key);
  const withClaims = (changed: object): string => withPayload({ ...claims, ...changed });
  const without = (name: string): string =>
    withPayload(Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name)));
  const unsigned = (header: unknown): string => `${encode(header)}.${body}.`;
  const signedAs = (alg: string, hash: string): string => {
    const text = `${encode({ alg, typ: "JWT" })}.${body}`;
    return `${text}.${hmac(hash, text, key)}`;
  };
  const rs256 = (): string => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const text = `${encode({ alg: "RS256", typ: "JWT" })}.${body}`;
    return `${text}.${signWith("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
  };
  const json = JSON.stringify(claims);
  const { exp } = claims as { readonly exp: number };
  return new Map<string, unknown>([
    ["no text: undefined", undefined],
    ["no text: null", null],
    ["no text: a number", 1],
    ["no text: an object", { toString: () => good }],
    ["no text: a list", [good]],
    ["empty", ""],
    ["one word", "token"],
    ["dots only", ".."],
    ["many dots", ".".repeat(5_000)],
    ["with the scheme before it", `Bearer ${good}`],
    ["a space before", ` ${good}`],
    ["a line feed behind", `${good}\n`],
    ["NUL behind", `${good}\0`],
    ["8 KiB", `${good}${"A".repeat(8_192)}`],
    ["1 MB", "A".repeat(1_000_000)],
    ["1 MB of payload, signed", withClaims({ more: "x".repeat(1_000_000) })],
    ["a fourth segment", `${good}.${signature}`],
    ["an empty fourth segment", `${good}.`],
    ["five segments, as encrypted ones have", `${head}.${body}.${signature}.${body}.${signature}`],
    ["no signature segment", `${head}.${body}`],
    ["alg none, unsigned", unsigned({ alg: "none", typ: "JWT" })],
    ["alg NONE, unsigned", unsigned({ alg: "NONE", typ: "JWT" })],
    ["alg none, signed", withHeader({ alg: "none", typ: "JWT" })],
    ["alg HS256, unsigned", unsigned(goodHeader)],
    ["alg in lower case", withHeader({ alg: "hs256", typ: "JWT" })],
    ["alg a list", withHeader({ alg: ["HS256"], typ: "JWT" })],
    ["alg null", withHeader({ alg: null, typ: "JWT" })],
    ["no alg", withHeader({ typ: "JWT" })],
    ["alg HS384", signedAs("HS384", "sha384")],
    ["alg HS512", signedAs("HS512", "sha512")],
    ["alg RS256", rs256()],
    ["alg RS256, signed as HS256", withHeader({ alg: "RS256", typ: "JWT" })],
    ["no typ", withHeader({ alg: "HS256" })],
    ["typ of another kind", withHeader({ alg: "HS256", typ: "refresh+jwt" })],
    ["typ in lower case", withHeader({ alg: "HS256", typ: "jwt" })],
    ["crit", withHeader({ ...goodHeader, crit: ["exp"] })],
    ["crit b64", withHeader({ ...goodHeader, b64: false, crit: ["b64"] })],
    ["kid, a path", withHeader({ ...goodHeader, kid: "../../../dev/null" })],
    ["kid, SQL", withHeader({ ...goodHeader, kid: "x' union select 'key" })],
    ["jku", withHeader({ ...goodHeader, jku: "https://example.com/keys" })],
    ["jwk", withHeader({ ...goodHeader, jwk: { kty: "oct", k: "AAAA" } })],
    ["x5u", withHeader({ ...goodHeader, x5u: "https://example.com/cert" })],
    ["zip", withHeader({ ...goodHeader, zip: "DEF" })],
    ["header in another order", withHeader('{"typ":"JWT","alg":"HS256"}')],
    ["header with a space", withHeader('{"alg": "HS256","typ":"JWT"}')],
    ["header with alg twice", withHeader('{"alg":"none","alg":"HS256","typ":"JWT"}')],
    ["header a list", withHeader([])],
    ["header no JSON", withHeader("x")],
    ["payload null", withPayload(null)],
    ["payload a list", withPayload([claims])],
    ["payload a text", withPayload('"x"')],
    ["payload no JSON", withPayload("{")],
    ["payload empty", withPayload("")],
    ["payload {}", withPayload({})],
    ["payload with a space", withPayload(` ${json}`)],
    ["payload with sub twice", withPayload(json.replace("{", '{"sub":"admin",'))],
    ["payload with __proto__", withPayload(json.replace("{", '{"__proto__":{},'))],
    ["payload with one claim more", withClaims({ admin: true })],
    ["payload in base64 with padding", `${head}.${body}==.${hmac("sha256", `${head}.${body}==`, key)}`],
    ["payload with a character that base64 skips", `${head}.${body}!.${hmac("sha256", `${head}.${body}!`, key)}`],
    ["no sub", without("sub")],
    ["no db", without("db")],
    ["no col", without("col")],
    ["no epoch", without("epoch")],
    ["no iat", without("iat")],
    ["no exp", without("exp")],
    ["no iss", without("iss")],
    ["no aud", without("aud")],
    ["sub a number", withClaims({ sub: 1 })],
    ["sub a list", withClaims({ sub: [claims["sub"]] })],
    ["sub empty", withClaims({ sub: "" })],
    ["sub SQL", withClaims({ sub: "x' or '1'='1" })],
    ["sub a path", withClaims({ sub: "../default" })],
    ["sub of nobody", withClaims({ sub: "0".repeat(32) })],
    ["db a name", withClaims({ db: "default" })],
    ["db unknown", withClaims({ db: "f".repeat(32) })],
    ["db of another, with this key", withClaims({ db: other.db })],
    ["col of another, with this key", withClaims({ col: other.col })],
    ["db of this, with the other's key", forgeToken({ header: goodHeader, payload: claims }, other.key)],
    ["epoch a text", withClaims({ epoch: "0" })],
    ["epoch negative", withClaims({ epoch: -1 })],
    ["epoch ahead", withClaims({ epoch: (claims["epoch"] as number) + 1 })],
    ["epoch true", withClaims({ epoch: true })],
    ["exp a text", withClaims({ exp: String(exp) })],
    ["exp null", withClaims({ exp: null })],
    ["exp negative", withClaims({ exp: -1 })],
    ["exp 0", withClaims({ exp: 0 })],
    ["exp with a fraction", withClaims({ exp: exp + 0.5 })],
    ["exp 1e99", withPayload(json.replace(`"exp":${exp}`, '"exp":1e99'))],
    ["exp 1e999", withPayload(json.replace(`"exp":${exp}`, '"exp":1e999'))],
    ["exp over", withClaims({ exp: claims["iat"] })],
    ["iat a text", withClaims({ iat: "1" })],
    ["iat in the future", withClaims({ iat: exp - 1 })],
    ["nbf in the future", withClaims({ nbf: exp })],
    ["iss of another", withClaims({ iss: "someone" })],
    ["iss a list", withClaims({ iss: [claims["iss"]] })],
    ["aud of a refresh token", withClaims({ aud: "tenant-engine/refresh" })],
    ["aud of a file token", withClaims({ aud: "tenant-engine/file" })],
    ["aud a list", withClaims({ aud: [claims["aud"]] })],
    ["signature of zeros", `${head}.${body}.${"A".repeat(43)}`],
    ["signature cut", `${head}.${body}.${signature.slice(0, -1)}`],
    ["signature with more", `${head}.${body}.${signature}A`],
    ["signature with padding", `${head}.${body}.${signature}=`],
    ["signature in hex", `${head}.${body}.${Buffer.from(signature, "base64url").toString("hex")}`],
    ["signature of another payload", `${head}.${encode({ ...claims, sub: "1".repeat(32) })}.${signature}`],
    ["an empty key", forgeToken({ header: goodHeader, payload: claims }, "")],
    ["a key of zeros", forgeToken({ header: goodHeader, payload: claims }, new Uint8Array(32))],
    ["the key as hex", forgeToken({ header: goodHeader, payload: claims }, Buffer.from(key).toString("hex"))],
    ["a common key", forgeToken({ header: goodHeader, payload: claims }, "secret")],
  ]);
}
