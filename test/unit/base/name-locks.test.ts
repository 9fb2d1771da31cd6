import { expect, it } from "vitest";
import { NameLocks } from "../../../lib/base/name-locks.js";

function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

it("runs one at a time under a name, in order, and other names beside it", async () => {
  const locks = new NameLocks();
  const seen: string[] = [];
  const first = gate();
  const a1 = locks.hold("a", async () => {
    seen.push("a1 in");
    await first.passed;
    seen.push("a1 out");
  });
  const a2 = locks.hold("a", () => seen.push("a2"));
  await locks.hold("b", () => seen.push("b"));
  first.open();
  await Promise.all([a1, a2]);
  expect(seen).toEqual(["a1 in", "b", "a1 out", "a2"]);
});

it("goes on after a failure, and gives the failure to its own caller", async () => {
  const locks = new NameLocks();
  const failing = locks.hold("a", () => Promise.reject(new Error("mine")));
  const next = locks.hold("a", () => 7);
  await expect(failing).rejects.toThrow("mine");
  expect(await next).toBe(7);
});
