// How many requests one client may make, in bounded memory. Keeps one number per client: when the last of his requests
// would have come, had they come evenly.
import { LRUCache } from "lru-cache";
import { isIPv6 } from "node:net";
import type { Clock } from "../../../lib/index.js";

/** So many within so long a time; what was not used comes back evenly. */
export interface RateLimit {
  /** Requests, at least 1. */
  readonly count: number;
  /** Milliseconds, at least 1. */
  readonly windowMs: number;
}

// About 3 MB when full. Pushing one out takes as many other addresses.
const rememberedClients = 20_000;

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #dueAt = new LRUCache<string, number>({ max: rememberedClients });

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Counts a request of a client. Gives the milliseconds that he has to wait, 0 when he may go on; a refused one does not count. */
  take(address: string): number {
    const { count, windowMs } = this.#limit;
    const client = clientOf(address);
    const now = this.#clock.now();
    const known = this.#dueAt.get(client) ?? now;
    // Later than a window from now is of a clock that was set back.
    const due = known > now + windowMs ? now : Math.max(known, now);
    const interval = windowMs / count;
    const waitMs = due - now - (windowMs - interval);
    // Sums of fractions: a thousandth of a millisecond too early is in time.
    if (waitMs > 0.001) return waitMs;
    this.#dueAt.set(client, due + interval);
    return 0;
  }
}

/** One subscriber of IPv6 has at least 2^64 addresses, all with the same first half. */
function clientOf(address: string): string {
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice("::ffff:".length);
  if (!isIPv6(address)) return address;
  const [head = ""] = address.split("%");
  const [front = "", back] = head.split("::");
  const before = front === "" ? [] : front.split(":");
  const after = back === undefined || back === "" ? [] : back.split(":");
  const zeros = back === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":");
}
