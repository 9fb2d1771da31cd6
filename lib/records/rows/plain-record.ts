// A record on its way out: parsed JSON.

/** Fields by name, and what was expanded. */
export type PlainRecord = Record<string, unknown>;
