// A clock that a test turns by hand, and that rings on the way.
import type { Clock } from "../../lib/base/clock.js";

export interface TurnedClock extends Clock {
  /** Moves the time, and rings what is due on the way, each at its own moment. */
  turn(ms: number): void;
  /** Sets the time without ringing on the way, as somebody does who puts a wrong clock right; what is due then rings. */
  set(ms: number): void;
  setTimer(delayMs: number, ring: () => void): () => void;
  /** Timers that wait. */
  readonly waiting: number;
}

/** A clock that stands at a moment until it is turned. */
export function turnedClock(start: number): TurnedClock {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  const ringUntil = (end: number): void => {
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) return;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.ring();
    }
  };
  return {
    now: () => now,
    setTimer(delayMs, ring) {
      const timer = { at: now + delayMs, ring };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    turn(ms) {
      const end = now + ms;
      ringUntil(end);
      now = end;
    },
    set(ms) {
      now = ms;
      ringUntil(ms);
    },
    get waiting() {
      return timers.size;
    },
  };
}
