// Tokens: made and checked with a key that belongs to one collection of one database. Whether the record is still
// there, and its tokens not ended, must be asked of its database at each use.
import { hash } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import type { Clock } from "../base/clock.js";
import type { EngineError } from "../base/errors.js";
import { ok, refuse, type Outcome, type Result } from "../base/result.js";
import { deriveKey } from "./secret.js";
import {
  longestToken,
  readTokenClaims,
  tokenAudience,
  tokenHeader,
  tokenIssuer,
  tokenPayload,
  type TokenClaims,
} from "./token-claims.js";

/** Whom a token is made for. */
export interface TokenSubject {
  readonly recordId: string;
  readonly databaseId: string;
  readonly collectionId: string;
  /** The record's epoch now. */
  readonly epoch: number;
}

export interface TokenServiceOptions {
  readonly secret: string;
  readonly clock: Clock;
  /** How long a token lasts, in milliseconds; counted in whole seconds. */
  readonly ttlMs: number;
}

// A check takes 0.13 ms and a place in libuv's pool, where stores and password hashes wait too. 10,000 remembered
// tokens are about 4 MB.
const rememberedTokens = 10_000;
// Deriving a key takes 10 µs; 1,000 keys are less than 1 MB.
const rememberedKeys = 1_000;
// A clock that is set back a little must not end the tokens that it has just made.
const clockLeewaySeconds = 60;

/** The one answer to every token that does not count, so that it tells nothing about why. `unauthenticated`. */
export const invalidToken = (): Result<never, EngineError> =>
  refuse("unauthenticated", {}, { message: "The token is not valid, or not any more; sign in again." });

export class TokenService {
  readonly #options: TokenServiceOptions;
  /** Claims whose signature was right, by the SHA-256 of the token: the memory holds nothing to sign in with. */
  readonly #verified = new LRUCache<string, TokenClaims>({ max: rememberedTokens });
  readonly #keys = new LRUCache<string, Uint8Array>({ max: rememberedKeys });

  constructor(options: TokenServiceOptions) {
    this.#options = options;
  }

  /** A new token for a record. */
  issue({ recordId, databaseId, collectionId, epoch }: TokenSubject): Promise<string> {
    const { clock, ttlMs } = this.#options;
    const now = clock.now();
    const claims: TokenClaims = {
      sub: recordId,
      db: databaseId,
      col: collectionId,
      epoch,
      iat: seconds(now),
      exp: seconds(now + ttlMs),
    };
    return new SignJWT(tokenPayload(claims)).setProtectedHeader(tokenHeader).sign(this.#keyOf(claims));
  }

  /** The claims of a token that was verified before, if they are remembered and its time is not over. */
  recall(token: unknown): TokenClaims | undefined {
    const claims = isTokenText(token) ? this.#verified.get(digestOf(token)) : undefined;
    return claims && this.#isTimely(claims) ? claims : undefined;
  }

  /**
   * The claims of a token that this engine made and whose time is not over; the same object as long as they are
   * remembered. `isExpected` is asked about the claims before any key is derived, and must not believe them.
   * `unauthenticated`, always the same.
   */
  async verify(token: unknown, isExpected: (claims: TokenClaims) => boolean): Outcome<TokenClaims> {
    if (!isTokenText(token)) return invalidToken();
    const digest = digestOf(token);
    const claims = this.#verified.get(digest) ?? readTokenClaims(token);
    if (!claims || !isExpected(claims) || !this.#isTimely(claims)) return invalidToken();
    if (this.#verified.has(digest)) return ok(claims);
    if (!(await this.#isSigned(token, claims))) return invalidToken();
    // Of two who come at once, both get the first one's.
    if (!this.#verified.has(digest)) this.#verified.set(digest, claims);
    return ok(this.#verified.get(digest) ?? claims);
  }

  /** A shorter `ttlMs` holds for the tokens that were made before it, too. */
  #isTimely({ iat, exp }: TokenClaims): boolean {
    const { clock, ttlMs } = this.#options;
    const now = seconds(clock.now());
    return now < Math.min(exp, iat + seconds(ttlMs)) && iat <= now + clockLeewaySeconds;
  }

  async #isSigned(token: string, claims: TokenClaims): Promise<boolean> {
    try {
      await jwtVerify(token, this.#keyOf(claims), {
        algorithms: [tokenHeader.alg],
        typ: tokenHeader.typ,
        issuer: tokenIssuer,
        audience: tokenAudience,
        currentDate: new Date(this.#options.clock.now()),
      });
      return true;
    } catch {
      return false;
    }
  }

  #keyOf({ db, col }: Pick<TokenClaims, "db" | "col">): Uint8Array {
    // Neither id holds a space.
    const place = `${db} ${col}`;
    const known = this.#keys.get(place);
    if (known) return known;
    const key = deriveKey(this.#options.secret, "token", db, col);
    this.#keys.set(place, key);
    return key;
  }
}

const isTokenText = (token: unknown): token is string => typeof token === "string" && token.length <= longestToken;

const digestOf = (token: string): string => hash("sha256", token, "hex");

const seconds = (ms: number): number => Math.floor(ms / 1_000);
