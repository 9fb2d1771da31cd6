// Kills an engine that writes and backs up all its databases, again and again: what the next one passes over must hold
// every write that was acknowledged.
import { join } from "node:path";
import { expect, it } from "vitest";
import { startChild } from "../support/child-process.js";
import { seededRandom, testSeed } from "../support/random.js";
import { tempDirectory } from "../support/temp-directory.js";
import type { SetInput, SetMessage } from "./set-messages.js";

const kills = 8;

it("a backup of all after a crash passes over no database that was written to", { timeout: 600_000 }, async () => {
  const seed = testSeed("killed-sets");
  const random = seededRandom(seed);
  const dataDir = join(await tempDirectory(), "data");
  let written = 0;
  let passedOver = 0;
  for (let kill = 0; kill <= kills; kill += 1) {
    const input: SetInput = { dataDir, seed: seed + kill };
    const child = startChild<SetMessage>("set-child", input);
    const { problems, unchanged } = await child.first("checked");
    expect(problems).toEqual([]);
    if (kill > 0) passedOver += unchanged;
    // One turn takes some milliseconds: the kills fall into writes, copies, checkpoints and closings.
    const moment = setTimeout(() => void child.kill(), random() * 600);
    const end = await child.ended;
    clearTimeout(moment);
    expect(end.signal, end.stderr).toBe("SIGKILL");
    written += child.said.filter(({ kind }) => kind === "written").length;
  }
  expect(written).toBeGreaterThan(kills);
  // Else it was never put to the test: a database may be passed over when its files rested before the crash.
  expect(passedOver).toBeGreaterThan(0);
});
