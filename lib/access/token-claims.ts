// What a token says, and the one text in which it may say it. Proves nothing: whoever reads claims here must check the
// signature before believing them.

/** Whose token it is, and until when. */
export interface TokenClaims {
  /** The record's id. */
  readonly sub: string;
  /** The random id of the database that issued it. */
  readonly db: string;
  /** The id of the auth collection. */
  readonly col: string;
  /** How often the record's tokens had been ended when this one was made. */
  readonly epoch: number;
  /** When it was made, in seconds since 1970. */
  readonly iat: number;
  /** When it ends, in seconds since 1970. */
  readonly exp: number;
}

/** RFC 8725, 3.9 and 3.12: who made the token, and the kind, so that no token of another kind is ever taken for this one. */
export const tokenIssuer = "tenant-engine";
export const tokenAudience = "tenant-engine/access";

/** The one header. No other algorithm, no key that the token itself names, no extension. */
export const tokenHeader = { alg: "HS256", typ: "JWT" } as const;

const base64url = (text: string): string => Buffer.from(text, "utf8").toString("base64url");
const encodedHeader = base64url(JSON.stringify(tokenHeader));

/** A token of ours has about 430 characters. Node's own limit for all headers of a request is 16 KiB. */
export const longestToken = 8_192;

// 32 bytes are 43 characters; the last one holds four bits, so only these 16 leave no bit unread.
const signaturePattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

// Ids of databases and records are 32 characters of [0-9a-f]; those of system collections are words.
const idPattern = /^[a-z0-9]{1,64}$/;

/** The claims in the order in which they are written. */
export const tokenPayload = ({ sub, db, col, epoch, iat, exp }: TokenClaims) => ({
  sub,
  db,
  col,
  epoch,
  iat,
  exp,
  iss: tokenIssuer,
  aud: tokenAudience,
});

/**
 * The claims of a token whose form is exactly that of ours, character by character; undefined for anything else. With
 * one text per meaning, no flipped bit, repeated key, extra claim or odd number is left to interpret.
 */
export function readTokenClaims(token: string): TokenClaims | undefined {
  if (token.length > longestToken) return undefined;
  const [header, payload, signature, ...rest] = token.split(".", 4);
  if (header !== encodedHeader || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  if (!signaturePattern.test(signature)) return undefined;
  const claims = claimsIn(payload);
  return claims && base64url(JSON.stringify(tokenPayload(claims))) === payload ? claims : undefined;
}

function claimsIn(payload: string): TokenClaims | undefined {
  const parsed = parseObject(Buffer.from(payload, "base64url").toString("utf8"));
  if (!parsed) return undefined;
  const { sub, db, col, epoch, iat, exp } = parsed;
  if (!isId(sub) || !isId(db) || !isId(col)) return undefined;
  return isCount(epoch) && isCount(iat) && isCount(exp) ? { sub, db, col, epoch, iat, exp } : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const isId = (value: unknown): value is string => typeof value === "string" && idPattern.test(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
