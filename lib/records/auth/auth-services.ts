// What the auth operations need beside a record context; the same for all databases of an engine.
import type { RuleBook } from "../../access/rule-book.js";
import type { AttemptLimit } from "../../access/attempt-limit.js";
import type { TokenService } from "../../access/token.js";
import type { Outcome } from "../../base/result.js";
import type { RememberedPrincipals } from "./remembered-principals.js";

export interface AuthServices {
  readonly tokens: TokenService;
  /** Whom their tokens stand for. */
  readonly principals: RememberedPrincipals;
  /** Which fields are hidden by now, also where a database goes by an older schema. */
  readonly rules: Pick<RuleBook, "isHidden">;
  /** Counts wrong passwords. */
  readonly attempts: AttemptLimit;
  /** The hash of a password that nobody has. */
  readonly decoyHash: () => Outcome<string>;
}
