// The gate that callers wait at.
import { describe, expect, it } from "vitest";
import { Gate } from "../../../../lib/databases/open/gate.js";

describe("a gate", () => {
  it("is shut at first and lets nobody through before it opens", async () => {
    const gate = new Gate();
    expect(await gate.opened(1)).toBe(false);
  });

  it("lets all who wait through at once, and those who come later", async () => {
    const gate = new Gate();
    const waiting = [gate.opened(), gate.opened(60_000), gate.opened()];
    gate.open();
    expect(await Promise.all(waiting)).toEqual([true, true, true]);
    expect(await gate.opened(0)).toBe(true);
  });

  it("can be shut again", async () => {
    const gate = new Gate();
    gate.open();
    gate.shut();
    expect(await gate.opened(1)).toBe(false);
  });

  it("forgets who has given up, and opens for the others", async () => {
    const gate = new Gate();
    const patient = gate.opened();
    expect(await gate.opened(0)).toBe(false);
    gate.open();
    expect(await patient).toBe(true);
  });
});
