// Proving a password costs one hash, whatever the answer.
import { describe, expect, it } from "vitest";
import { createDecoyHash } from "../../../../lib/access/decoy-hash.js";
import { createPasswordHasher, type PasswordHasher } from "../../../../lib/access/password-hash.js";
import type { AuthServices } from "../../../../lib/records/auth/auth-services.js";
import type { FoundAuthRecord } from "../../../../lib/records/auth/find-auth-record.js";
import { provePassword } from "../../../../lib/records/auth/prove-password.js";
import type { RecordContext } from "../../../../lib/records/record-context.js";
import { valueOf } from "../../../support/unwrap.js";

const hasher = createPasswordHasher();
const right = "correct horse";

/** The real hasher, and what was asked of it. */
function counted() {
  const verified: string[] = [];
  const passwords: PasswordHasher = {
    hash: (password) => hasher.hash(password),
    verify: (hash, password) => {
      verified.push(hash.split("$").slice(0, 4).join("$"));
      return hasher.verify(hash, password);
    },
  };
  const services = { decoyHash: createDecoyHash(passwords) } as unknown as AuthServices;
  const prove = (found: FoundAuthRecord | undefined, password: string) =>
    provePassword({ services: { passwords } } as unknown as RecordContext, services, found, password);
  return { verified, prove };
}

const recordWith = (passwordHash: string | null): FoundAuthRecord => ({ record: { id: "a" }, epoch: 0, passwordHash });

describe("proving a password", () => {
  it.each([
    ["the right one", right, true],
    ["a wrong one", "wrong horse", false],
    ["the empty one", "", false],
    ["one that is too long to be any", right.repeat(1_000), false],
    ["one that cannot be stored", `${right}\0`, false],
    ["a lone surrogate", "\uD800".repeat(8), false],
  ])("asks for one hash of the same parameters: %s", async (_, password, expected) => {
    const { verified, prove } = counted();
    const found = recordWith(valueOf(await hasher.hash(right)));
    expect(valueOf(await prove(found, password))).toBe(expected);
    expect(verified).toEqual(["$argon2id$v=19$m=19456,t=2,p=1"]);
  });

  it.each([
    ["no record", undefined],
    ["a record without a password", recordWith(null)],
  ])("asks for one hash of the same parameters and is never right: %s", async (_, found) => {
    const { verified, prove } = counted();
    expect(valueOf(await prove(found, right))).toBe(false);
    expect(valueOf(await prove(found, ""))).toBe(false);
    const sameAsForARecord = "$argon2id$v=19$m=19456,t=2,p=1";
    expect(verified).toEqual([sameAsForARecord, sameAsForARecord]);
  });

  it("never takes a text that only looks like a stored one once it is encoded", async () => {
    const { prove } = counted();
    const found = recordWith(valueOf(await hasher.hash("\uFFFD".repeat(8))));
    expect(valueOf(await prove(found, "\uFFFD".repeat(8)))).toBe(true);
    expect(valueOf(await prove(found, "\uD800".repeat(8)))).toBe(false);
  });
});
