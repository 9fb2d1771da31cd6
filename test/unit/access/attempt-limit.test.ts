// How often somebody may be wrong.
import { describe, expect, it } from "vitest";
import { AttemptLimit } from "../../../lib/access/attempt-limit.js";
import { ok, refuse } from "../../../lib/base/result.js";
import { setClock } from "../../support/set-clock.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const minute = 60_000;
const who = ["login", "database", "ada@example.com", undefined];

function limitOf(failures: number) {
  const clock = setClock();
  const limit = new AttemptLimit({ clock, failures, windowMs: 15 * minute });
  const be = (isRight: boolean, parts = who) => limit.attempt(parts, () => Promise.resolve(ok(isRight)));
  return { clock, limit, be };
}

describe("an attempt limit", () => {
  it("lets as many failures through as it says, then asks for no proof", async () => {
    const { be, limit } = limitOf(3);
    for (let attempt = 0; attempt < 3; attempt += 1) expect(valueOf(await be(false))).toBe(false);
    let proofs = 0;
    const refused = await limit.attempt(who, () => {
      proofs += 1;
      return Promise.resolve(ok(true));
    });
    expect(refusalOf(refused, "rate_limited").details.retryAfterMs).toBe(15 * minute);
    expect(proofs).toBe(0);
  });

  it("forgets them when the window of the first one is over", async () => {
    const { be, clock } = limitOf(2);
    await be(false);
    clock.ms += 14 * minute;
    await be(false);
    const refusal = refusalOf(await be(true), "rate_limited");
    expect(refusal.details.retryAfterMs).toBe(minute);
    expect(refusal.message).toContain("in 1 minute.");
    clock.ms += minute;
    expect(valueOf(await be(true))).toBe(true);
  });

  it("forgets them with a success", async () => {
    const { be } = limitOf(2);
    for (let round = 0; round < 5; round += 1) {
      expect(valueOf(await be(false))).toBe(false);
      expect(valueOf(await be(true))).toBe(true);
    }
  });

  it("counts each account and address for itself", async () => {
    const { be } = limitOf(1);
    await be(false);
    refusalOf(await be(true), "rate_limited");
    expect(valueOf(await be(true, ["login", "database", "ada@example.com", "10.0.0.1"]))).toBe(true);
    expect(valueOf(await be(true, ["login", "other", "ada@example.com", undefined]))).toBe(true);
    expect(valueOf(await be(true, ["login", "database", "bob@example.com", undefined]))).toBe(true);
  });

  it("does not keep anybody out when the clock is set back", async () => {
    const { be, clock } = limitOf(1);
    await be(false);
    clock.ms -= 24 * 60 * minute;
    expect(valueOf(await be(true))).toBe(true);
  });

  it("does not tell those beyond the limit whether they were right, also when all ask at once", async () => {
    const { limit } = limitOf(3);
    const guesses = Array.from({ length: 10 }, (_, guess) =>
      limit.attempt(who, async () => {
        await Promise.resolve();
        return ok(guess === 9);
      }),
    );
    const answers = await Promise.all(guesses);
    expect(answers.filter((answer) => answer.isOk())).toHaveLength(3);
    expect(answers.some((answer) => answer.isOk() && answer.value)).toBe(false);
  });

  it("counts no proof that could not be made", async () => {
    const { limit, be } = limitOf(1);
    for (let round = 0; round < 3; round += 1) {
      refusalOf(await limit.attempt(who, () => Promise.resolve(refuse("database_busy", {}))), "database_busy");
    }
    expect(valueOf(await be(true))).toBe(true);
  });
});
