// Ids: legal as database names, never twice, always in the order of their making.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../lib/base/clock.js";
import { createIdGenerator, type RandomBytes } from "../../../lib/base/ids.js";
import { isDatabaseName } from "../../../lib/databases/database-name.js";
import { setClock } from "../../support/set-clock.js";

/** The same bytes for the same seed (xorshift32). */
function seededRandom(seed: number): RandomBytes {
  let state = seed | 0 || 1;
  return (size) =>
    Uint8Array.from({ length: size }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    });
}

const isAscending = (ids: readonly string[]): boolean => ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? ""));

describe("ids", () => {
  it("are 32 characters of [0-9a-f] and legal database names", () => {
    const newId = createIdGenerator(systemClock);
    for (let count = 0; count < 100; count += 1) {
      const id = newId();
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(isDatabaseName(id)).toBe(true);
    }
  });

  it("begin with the milliseconds, so that they sort by time", () => {
    const clock = setClock(Date.UTC(2024, 0, 1));
    const id = createIdGenerator(clock)();
    expect(Number.parseInt(id.slice(0, 12), 16)).toBe(clock.ms);
    expect(id[12]).toBe("7");
    expect(id[16]).toMatch(/[89ab]/);
  });

  it("stay in order within one millisecond, 100,000 of them", () => {
    const newId = createIdGenerator(setClock());
    expect(isAscending(Array.from({ length: 100_000 }, newId))).toBe(true);
  });

  it("stay in order whatever the clock does and whatever is drawn", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 60 }), fc.integer(), (steps, seed) => {
        const clock = setClock();
        const newId = createIdGenerator(clock, seededRandom(seed));
        const ids = steps.map((step) => {
          clock.ms += step;
          return newId();
        });
        expect(isAscending(ids)).toBe(true);
      }),
    );
  });

  it("are the same again for the same clock and the same bytes", () => {
    const make = (): readonly string[] => {
      const newId = createIdGenerator(setClock(), seededRandom(7));
      return [newId(), newId(), newId()];
    };
    expect(make()).toEqual(make());
  });

  it("are drawn from bytes of which none is used twice, over many draws from the system", () => {
    const newId = createIdGenerator(setClock());
    // The last 28 bits are random alone: the sequence stands before them.
    const tails = Array.from({ length: 2_000 }, () => newId().slice(-7));
    const ones = tails.reduce((sum, tail) => sum + Number.parseInt(tail, 16).toString(2).replaceAll("0", "").length, 0);
    // A repeated pool would repeat 256 tails; by chance two of 2,000 are alike once in 130 runs, four never.
    expect(new Set(tails).size).toBeGreaterThan(1_996);
    // Bytes that were cleared, or never drawn, would be zeros. 14 bits of 28 are ones; three standard deviations are 0.2.
    expect(Math.abs(ones / tails.length - 14)).toBeLessThan(1);
  });

  it("differ between two engines at the same moment", () => {
    const clock = setClock();
    expect(createIdGenerator(clock)()).not.toBe(createIdGenerator(clock)());
  });
});
