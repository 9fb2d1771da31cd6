// A thousand databases on few file descriptors: all are served, and no more are open than allowed.
import { describe, expect, it } from "vitest";
import type { FleetInput, FleetMessage } from "../faults/fleet-messages.js";
import { startChild } from "../support/child-process.js";
import { testSeed } from "../support/random.js";
import { tempDirectory } from "../support/temp-directory.js";

const cap = 100;
const descriptorLimit = 512;

// The count comes out of /proc; the engine's own reckoning of macOS's limit has its unit test.
describe.runIf(process.platform === "linux")("a thousand databases under a cap of 100 and ulimit -n 512", () => {
  it("are all served, round after round", { timeout: 600_000 }, async () => {
    const input: FleetInput = {
      dataDir: await tempDirectory(),
      databases: 1_000,
      rounds: 3,
      maxOpenDatabases: cap,
      seed: testSeed("scale"),
    };
    const child = startChild<FleetMessage>("fleet-child", input, { shell: `ulimit -n ${descriptorLimit}` });
    const served = await child.first("served");
    expect(served.wrong).toEqual([]);
    expect(served.mostOpen).toBeLessThanOrEqual(cap);
    // It had to open and close all the time, or the cap was never met.
    expect(served.mostOpen).toBeGreaterThan(cap / 2);
    expect(served.mostDescriptors).toBeLessThan(descriptorLimit);
    // Node's own: standard streams, event loop, the listing itself.
    expect(served.leftOpen).toBeLessThan(40);
    expect((await child.ended).code).toBe(0);
  });

  it("are seen to be too many where the cap is higher (control)", async () => {
    const input = { dataDir: await tempDirectory(), databases: 150, rounds: 1, maxOpenDatabases: 150, seed: 1 };
    const child = startChild<FleetMessage>("fleet-child", input satisfies FleetInput, { shell: "ulimit -n 4096" });
    const served = await child.first("served");
    expect(served.mostOpen).toBeGreaterThan(cap);
    expect(served.mostDescriptors).toBeGreaterThan(descriptorLimit);
  });
});
