// Time comes in through this port, so that a test can turn it.

/** Where the engine reads the time. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /**
   * Calls back once, after so many milliseconds; gives what cancels that. Default: the machine's timer, which keeps no process
   * alive. For tests: a clock that is turned rings at its own time.
   */
  setTimer?(delayMs: number, ring: () => void): () => void;
}

/** Calls back once, after so many milliseconds of the clock; gives what cancels that. */
export function setTimer(clock: Clock, delayMs: number, ring: () => void): () => void {
  if (clock.setTimer) return clock.setTimer(delayMs, ring);
  const timer = setTimeout(ring, delayMs).unref();
  return () => clearTimeout(timer);
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

let lastFormatted = { ms: Number.NaN, text: "" };

/** A moment as RFC 3339 in UTC with milliseconds: the one form in which the engine stores and gives times. */
export function formatTimestamp(ms: number): string {
  // Of writes that go together dozens have the same millisecond, and the text takes as long as the rest of an id.
  if (ms !== lastFormatted.ms) lastFormatted = { ms, text: new Date(ms).toISOString() };
  return lastFormatted.text;
}
