// The hash of a password that nobody has, to be checked where there is no record: otherwise the time of an answer would
// tell which accounts exist.
import { randomBytes } from "node:crypto";
import { ok, type Outcome } from "../base/result.js";
import type { PasswordHasher } from "./password-hash.js";

/** Gives the same hash at each call, made at the first one with the hasher's own parameters. `rate_limited`. */
export function createDecoyHash(passwords: PasswordHasher): () => Outcome<string> {
  let made: string | undefined;
  return async () => {
    if (made !== undefined) return ok(made);
    // 256 bits: as hard to guess as a key.
    const hashed = await passwords.hash(randomBytes(32).toString("hex"));
    if (hashed.isOk()) made ??= hashed.value;
    return hashed;
  };
}
