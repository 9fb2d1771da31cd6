// Kills writers with SIGKILL, again and again, and holds what they acknowledged against what is there afterwards.
import { describe, expect, it } from "vitest";
import { startChild } from "../support/child-process.js";
import { seededRandom, testSeed } from "../support/random.js";
import { tempDirectory } from "../support/temp-directory.js";
import { findLosses, isAcknowledgement, type WritingInput, type WritingMessage } from "./write-ledger.js";

// Two lanes for two cores. A new directory now and then: the survey stays short, and the first open is killed too.
const lanes = 2;
const directoriesPerLane = 5;
const cyclesPerDirectory = 20;
// From a child that is killed at its first acknowledgement to one that has made some dozen writes.
const mostAcknowledgements = 40;

interface Tally {
  readonly problems: string[];
  kills: number;
  acknowledged: number;
}

/** Cycles in one directory: each child checks the one before, writes, and is killed; a last one only checks. */
async function runCycles(
  dataDir: string,
  random: () => number,
  cycles: number,
  acknowledge: WritingInput["acknowledge"],
  tally: Tally,
  crowd = 0,
): Promise<void> {
  const acknowledged: WritingMessage[] = [];
  for (let cycle = 0; cycle <= cycles; cycle += 1) {
    const stopAfterSurvey = cycle === cycles;
    const input: WritingInput = { dataDir, cycle, acknowledge, stopAfterSurvey, crowd };
    const child = startChild<WritingMessage>("writing-child", input);
    if (!stopAfterSurvey && random() < 0.1) {
      // In the start: while it opens the directory, makes what is missing, or reads.
      const moment = setTimeout(() => void child.kill(), 100 + random() * 400);
      await child.ended;
      clearTimeout(moment);
    } else if (!stopAfterSurvey) {
      // Of a crowd, from the first of a group to some that came in later ones.
      let left = 1 + Math.floor(random() * Math.max(mostAcknowledgements, 6 * crowd));
      await child.until((message) => isAcknowledgement(message) && (left -= 1) === 0);
    }
    const end = stopAfterSurvey ? await child.ended : await child.kill();
    if (end.signal !== "SIGKILL") tally.problems.push(`cycle ${cycle}: the child ended by itself: ${end.stderr}`);
    const survey = child.said.find((message) => message.kind === "found");
    if (survey !== undefined) {
      tally.problems.push(...findLosses(acknowledged, survey.found), ...survey.leftovers);
    }
    const news = child.said.filter(isAcknowledgement);
    acknowledged.push(...news);
    tally.acknowledged += news.length;
    tally.kills += stopAfterSurvey ? 0 : 1;
  }
}

describe("a process killed while it writes", () => {
  it("loses no acknowledged write and leaves no half one, in 200 kills", { timeout: 600_000 }, async () => {
    const seed = testSeed("killed-writing");
    const tally: Tally = { problems: [], kills: 0, acknowledged: 0 };
    const directories: string[] = [];
    for (let n = 0; n < lanes * directoriesPerLane; n += 1) directories.push(await tempDirectory());
    const lane = async (number: number): Promise<void> => {
      const random = seededRandom(seed + number);
      for (let n = number; n < directories.length; n += lanes) {
        await runCycles(directories[n]!, random, cyclesPerDirectory, "after commit", tally);
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    expect(tally.problems).toEqual([]);
    expect(tally.kills).toBe(200);
    // Kills that came before the first write alone would prove nothing.
    expect(tally.acknowledged).toBeGreaterThan(1_000);
  });

  it("is caught when it acknowledges before the commit (control)", async () => {
    const tally: Tally = { problems: [], kills: 0, acknowledged: 0 };
    await runCycles(await tempDirectory(), seededRandom(testSeed("killed-writing control")), 5, "before commit", tally);
    expect(tally.problems).toContainEqual(expect.stringContaining("was acknowledged and is lost"));
  });

  it("loses no acknowledged record of 64 callers whose writes share their commits, in 20 kills", async () => {
    const tally: Tally = { problems: [], kills: 0, acknowledged: 0 };
    await runCycles(await tempDirectory(), seededRandom(testSeed("killed crowd")), 20, "after commit", tally, 64);
    expect(tally.problems).toEqual([]);
    expect(tally.kills).toBe(20);
    expect(tally.acknowledged).toBeGreaterThan(1_000);
  });

  it("is caught when one of the 64 is acknowledged before the commit (control)", async () => {
    const tally: Tally = { problems: [], kills: 0, acknowledged: 0 };
    await runCycles(await tempDirectory(), seededRandom(testSeed("crowd control")), 3, "before commit", tally, 64);
    expect(tally.problems).toContainEqual(expect.stringContaining("was acknowledged and is lost"));
  });
});
