// Tokens that somebody has tampered with. Knows the secret, which no attacker does, to make the worst of them.
import { SignJWT } from "jose";
import { deriveKey } from "../../lib/access/secret.js";
import { tokenHeader, tokenPayload, type TokenClaims } from "../../lib/access/token-claims.js";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");

/** The claims of a token, unchecked. */
export const claimsOf = (token: string): TokenClaims =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as TokenClaims;

/** A token with other claims under its old signature. */
export function withClaims(token: string, changes: Partial<TokenClaims>): string {
  const [header = "", , signature = ""] = token.split(".");
  return `${header}.${encode(tokenPayload({ ...claimsOf(token), ...changes }))}.${signature}`;
}

/** A token with another header under its old signature. */
export function withHeader(token: string, header: object): string {
  const [, payload = "", signature = ""] = token.split(".");
  return `${encode(header)}.${payload}.${signature}`;
}

/** A token of whole and true form, signed with the key of another database or collection. */
export function signedWithKeyOf(
  secret: string,
  owner: Pick<TokenClaims, "db" | "col">,
  claims: TokenClaims,
): Promise<string> {
  return new SignJWT(tokenPayload(claims))
    .setProtectedHeader(tokenHeader)
    .sign(deriveKey(secret, "token", owner.db, owner.col));
}
