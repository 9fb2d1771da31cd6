// Passwords in and out of their stored form. The plain text is never kept, logged or cut short.
import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { ok, refuse, type Outcome } from "../base/result.js";

/** Turns passwords into hashes and checks them, one at a time for the whole engine. */
export interface PasswordHasher {
  /** The PHC string of a password (argon2id). `rate_limited` when too many are waiting. */
  hash(password: string): Outcome<string>;
  /** Whether a password belongs to a hash. `rate_limited` when too many are waiting. */
  verify(storedHash: string, password: string): Outcome<boolean>;
}

// The library's Algorithm.Argon2id is a const enum, which isolated modules cannot read.
const argon2id = 2;
// OWASP's second choice for argon2id: 19 MiB, two passes, one lane; about 11 ms on a 2-core machine.
const argonOptions = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Hashes run on libuv's pool beside the stores: with four at once a trivial query took 13 ms instead of
// 0.1 ms (measured). One at a time leaves the other threads to the stores.
const concurrentHashes = 1;

// About three seconds of waiting at 11 ms each; whoever comes later is told to try again.
const defaultQueueLength = 256;

/** A hasher with a bounded queue. */
export function createPasswordHasher({
  queueLength = defaultQueueLength,
}: { queueLength?: number } = {}): PasswordHasher {
  const limit = pLimit(concurrentHashes);
  async function inTurn<T>(work: () => Promise<T>): Outcome<T> {
    if (limit.pendingCount >= queueLength) {
      return refuse(
        "rate_limited",
        { retryAfterMs: 1_000 },
        { message: "Too many passwords are being checked; try again in a second." },
      );
    }
    return ok(await limit(work));
  }
  return {
    hash: (password) => inTurn(() => hash(password, argonOptions)),
    verify: (storedHash, password) => inTurn(() => verify(storedHash, password)),
  };
}
