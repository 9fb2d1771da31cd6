// A process whose file descriptors are nearly all taken, by sockets and files of the app: databases are served all the same,
// because idle ones give theirs up.
import { describe, expect, it } from "vitest";
import { startChild } from "../support/child-process.js";
import { tempDirectory } from "../support/temp-directory.js";
import type { StarvingInput, StarvingMessage } from "./starving-messages.js";

const start = async (input: Omit<StarvingInput, "dataDir" | "databases">) => {
  const whole: StarvingInput = { dataDir: await tempDirectory(), databases: 20, ...input };
  const child = startChild<StarvingMessage>("starving-child", whole, { shell: "ulimit -n 1024" });
  const served = await child.first("served");
  expect((await child.ended).code).toBe(0);
  return served;
};

describe.runIf(process.platform === "linux")("a process without free file descriptors", () => {
  it.each([0, 2])("serves every database when %i are left", async (spare) => {
    const { outcomes, closedForHandles } = await start({ spare });
    expect(new Set(outcomes)).toEqual(new Set(["ok"]));
    expect(closedForHandles).toBeGreaterThan(0);
  });

  it("refuses where idle databases keep theirs (control)", async () => {
    const { outcomes } = await start({ spare: 0, isUnrelieved: true });
    expect(outcomes.filter((outcome) => outcome !== "ok")).not.toEqual([]);
  });
});
