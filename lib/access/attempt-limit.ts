// How often somebody may be wrong. Counts failures only, in bounded memory, by digests: it keeps no address and no name.
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "../base/clock.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";

export interface AttemptLimitOptions {
  readonly clock: Clock;
  /** Failures that are let through within the window. */
  readonly failures: number;
  /** Milliseconds from the first failure until all are forgotten. */
  readonly windowMs: number;
}

interface Failures {
  readonly count: number;
  /** When the first of them happened, ms. */
  readonly since: number;
}

// About 10 MB when full. To push one out, somebody must be wrong 50,000 times, at 11 ms of hashing each.
const rememberedKeys = 50_000;

export class AttemptLimit {
  readonly #options: AttemptLimitOptions;
  readonly #failures = new LRUCache<string, Failures>({ max: rememberedKeys });

  constructor(options: AttemptLimitOptions) {
    this.#options = options;
  }

  /**
   * Runs `prove` for whom `parts` name, unless there were too many failures: `rate_limited`. A success forgets them.
   *
   * Asked again when the proof is done: of many attempts at the same time, those beyond the limit are not told
   * whether they were right.
   */
  async attempt(parts: readonly (string | undefined)[], prove: () => Outcome<boolean>): Outcome<boolean> {
    const key = createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
    const before = this.#allowed(key);
    if (before.isErr()) return err(before.error);
    const proven = await prove();
    if (proven.isErr()) return err(proven.error);
    const after = this.#allowed(key);
    if (after.isErr()) return err(after.error);
    if (proven.value) this.#failures.delete(key);
    else this.#count(key);
    return ok(proven.value);
  }

  #allowed(key: string): Result<void, EngineError> {
    const { clock, failures, windowMs } = this.#options;
    const known = this.#present(key);
    if (!known || known.count < failures) return ok(undefined);
    const retryAfterMs = known.since + windowMs - clock.now();
    const minutes = Math.ceil(retryAfterMs / 60_000);
    return refuse(
      "rate_limited",
      { retryAfterMs },
      { message: `Too many wrong passwords; try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.` },
    );
  }

  #count(key: string): void {
    const { count, since } = this.#present(key) ?? { count: 0, since: this.#options.clock.now() };
    this.#failures.set(key, { count: count + 1, since });
  }

  /** The failures of a window that is not over. One that seems to begin later than now is of a clock that was set back. */
  #present(key: string): Failures | undefined {
    const known = this.#failures.get(key);
    if (!known) return undefined;
    const age = this.#options.clock.now() - known.since;
    return age >= 0 && age < this.#options.windowMs ? known : undefined;
  }
}
