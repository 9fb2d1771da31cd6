// Time comes in through this port, so that a test can turn it.

/** Where the engine reads the time. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A moment as RFC 3339 in UTC with milliseconds: the one form in which the engine stores and gives times. */
export const formatTimestamp = (ms: number): string => new Date(ms).toISOString();
