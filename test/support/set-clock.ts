// A clock that a test turns by hand.
import type { Clock } from "../../lib/base/clock.js";

/** Stands still until `ms` is set. */
export interface SetClock extends Clock {
  ms: number;
}

/** A clock that stands at a moment: by default 2024-02-29T12:00:00Z. */
export function setClock(ms = Date.UTC(2024, 1, 29, 12)): SetClock {
  return {
    ms,
    now() {
      return this.ms;
    },
  };
}
