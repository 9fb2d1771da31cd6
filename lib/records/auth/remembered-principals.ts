// Whom tokens stand for, remembered as long as nothing is written to their database: a request with a token then asks the
// store once, for what it wants, and not twice. Must never answer for another state than the one it is asked about.
import type { Principal } from "../../access/principal.js";
import type { TokenClaims } from "../../access/token-claims.js";
import type { RecordContext } from "../record-context.js";

interface Remembered {
  /** What stood in the database, and by which schema. */
  readonly state: string;
  readonly version: number;
  /** Frozen, as the engine makes them: every caller gets the same. */
  readonly principal: Principal;
}

/** A database as it stands at this moment. */
type Present = Pick<RecordContext, "state" | "catalog">;

/** The principals of an engine's tokens. Claims that nobody remembers take theirs with them. */
export class RememberedPrincipals {
  readonly #byClaims = new WeakMap<TokenClaims, Remembered>();

  /** Nobody while nobody can tell what stands in the database. */
  get({ state, catalog }: Present, claims: TokenClaims): Principal | undefined {
    const known = this.#byClaims.get(claims);
    return known?.version === catalog.version && known.state === state() ? known.principal : undefined;
  }

  /** @param before - what stood in the database when the principal was asked for. */
  set(before: string | undefined, { state, catalog }: Present, claims: TokenClaims, principal: Principal): void {
    // Else somebody has written meanwhile, and nobody knows which of the two states was read.
    if (before === undefined || before !== state()) return;
    this.#byClaims.set(claims, { state: before, version: catalog.version, principal });
  }
}
