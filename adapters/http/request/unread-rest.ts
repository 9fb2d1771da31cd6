// How much of a body that nobody reads is still taken, so that its sender gets to the answer instead of a reset connection.

/** Enough for a client that sends a few times what is allowed to get to the end and read the answer. */
export const mostDrainedBytes = 16 * 1_048_576;
/** And for one that sends it slowly. */
export const mostDrainingMs = 2_000;
