// How many files this process may hold open.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { descriptorLimit } from "../../../lib/engine/descriptor-limit.js";

it("is what the shell says of this process's children", () => {
  const said = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  expect(descriptorLimit()).toBe(said === "unlimited" ? 1_000_000 : Number(said));
});
