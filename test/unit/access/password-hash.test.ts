// Passwords in and out of their stored form.
import { describe, expect, it } from "vitest";
import { createPasswordHasher } from "../../../lib/access/password-hash.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

describe("a hash", () => {
  it("belongs to its password and to no other", async () => {
    const hasher = createPasswordHasher();
    const stored = valueOf(await hasher.hash("correct horse"));
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(stored).not.toContain("correct");
    expect(valueOf(await hasher.verify(stored, "correct horse"))).toBe(true);
    for (const other of ["correct hors", "correct horse ", "Correct horse", ""]) {
      expect(valueOf(await hasher.verify(stored, other))).toBe(false);
    }
  });

  it("is another one each time, for the same password", async () => {
    const hasher = createPasswordHasher();
    expect(valueOf(await hasher.hash("correct horse"))).not.toBe(valueOf(await hasher.hash("correct horse")));
  });

  it("counts every character of a long password, and every byte of its letters", async () => {
    const hasher = createPasswordHasher();
    const long = "ü🙂".repeat(400);
    const stored = valueOf(await hasher.hash(`${long}a`));
    expect(valueOf(await hasher.verify(stored, `${long}a`))).toBe(true);
    expect(valueOf(await hasher.verify(stored, `${long}b`))).toBe(false);
  });
});

describe("the queue", () => {
  it("refuses whoever comes when it is full, and serves again afterwards", async () => {
    const hasher = createPasswordHasher({ queueLength: 2 });
    const results = await Promise.all(Array.from({ length: 10 }, () => hasher.hash("correct horse")));
    const served = results.filter((result) => result.isOk());
    expect(served.length).toBeGreaterThanOrEqual(2);
    expect(served.length).toBeLessThan(10);
    for (const result of results) {
      if (result.isErr()) expect(refusalOf(result, "rate_limited").details.retryAfterMs).toBeGreaterThan(0);
    }
    valueOf(await hasher.hash("correct horse"));
  });
});
