// What a caller passed, as a message may show it: short, and never throwing, whatever it is.

// Names end at 63 characters; more than 80 would bury the message.
const longest = 80;

/** A text as it is, cut after 80 characters; anything else by its type. */
export function shownValue(value: unknown): string {
  if (typeof value !== "string") return value === null ? "null" : typeof value;
  return value.length > longest ? `${value.slice(0, longest)}…` : value;
}
