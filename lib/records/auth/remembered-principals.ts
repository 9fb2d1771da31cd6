// Whom tokens stand for, remembered as long as nothing is written to their database: a request with a token then asks the
// store once, for what it wants, and not twice. Must never answer for another state than the one it is asked about.
import type { Principal } from "../../access/principal.js";
import type { TokenClaims } from "../../access/token-claims.js";

interface Remembered {
  /** What stood in the database, and by which schema. */
  readonly moment: string;
  /** Frozen, as the engine makes them: every caller gets the same. */
  readonly principal: Principal;
}

/** The principals of an engine's tokens. Claims that nobody remembers take theirs with them. */
export class RememberedPrincipals {
  readonly #byClaims = new WeakMap<TokenClaims, Remembered>();

  /** @param moment - undefined while nobody can tell what stands in the database. */
  get(moment: string | undefined, claims: TokenClaims): Principal | undefined {
    const known = this.#byClaims.get(claims);
    return known && known.moment === moment ? known.principal : undefined;
  }

  set(moment: string | undefined, claims: TokenClaims, principal: Principal): void {
    if (moment !== undefined) this.#byClaims.set(claims, { moment, principal });
  }
}
