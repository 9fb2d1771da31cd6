// Kills the operations that make, remove and change databases, before each single call to the disk and at random.
import { cp } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine } from "../../lib/index.js";
import { nodeFileSystem, type FileSystem } from "../../lib/base/file-system.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { startChild } from "../support/child-process.js";
import { seededRandom, testSeed } from "../support/random.js";
import { tempDirectory, withTempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";
import type { CrashingInput, CrashingMessage } from "./crash-messages.js";
import {
  checkDirectory,
  churn,
  copyOver,
  pointScenarios,
  restoreChurn,
  scenarioOf,
  type CrashScenario,
} from "./crash-scenarios.js";

const lanes = 2;

interface Crash {
  /** Where it was killed; null when it came to its end. */
  readonly at: string | null;
  readonly problems: readonly string[];
}

interface Sabotage {
  readonly child?: "transactions";
  readonly fileSystem?: FileSystem;
}

async function prepare({ prepare }: CrashScenario): Promise<string> {
  const template = await tempDirectory();
  if (prepare !== scenarioOf("open an empty directory").prepare) {
    const engine = valueOf(await TenantEngine.open({ dataDir: template, durability: "normal" }));
    await prepare(engine);
    valueOf(await engine.close());
  }
  return template;
}

/** What is wrong in a directory after a crash, or after no crash at all. */
async function checkAfter(
  scenario: CrashScenario,
  dataDir: string,
  { fileSystem }: Sabotage,
  acknowledged: readonly string[],
): Promise<readonly string[]> {
  const storage = createSqliteStorage({ dataDir, durability: "normal", ...(fileSystem ? { fileSystem } : {}) });
  const opened = await TenantEngine.open({ dataDir, storage });
  if (opened.isErr()) return [`the directory cannot be opened: ${opened.error.code} ${opened.error.message}`];
  try {
    return [...(await checkDirectory(opened.value)), ...(await scenario.check(opened.value, acknowledged))];
  } catch (thrown) {
    return [thrown instanceof Error ? thrown.message : String(thrown)];
  } finally {
    await opened.value.close();
  }
}

function crash(
  scenario: CrashScenario,
  template: string,
  killAt: number,
  sabotage: Sabotage = {},
  killFromOutside?: (pid: number) => void,
): Promise<Crash> {
  return withTempDirectory(async (dataDir) => {
    await cp(template, dataDir, { recursive: true });
    const input: CrashingInput = {
      dataDir,
      scenario: scenario.name,
      killAt,
      ...(sabotage.child ? { sabotage: sabotage.child } : {}),
    };
    const child = startChild<CrashingMessage>("crashing-child", input);
    if (killFromOutside !== undefined) {
      await child.first("started");
      killFromOutside(child.pid);
    }
    const { signal, stderr } = await child.ended;
    if (signal !== "SIGKILL") return { at: "its own end", problems: [`the child failed by itself: ${stderr}`] };
    const hasFinished = child.said.some(({ kind }) => kind === "finished");
    const at = hasFinished ? null : `call ${killAt}`;
    const acknowledged = child.said.flatMap((message) => (message.kind === "acknowledged" ? [message.text] : []));
    const problems = await checkAfter(scenario, dataDir, sabotage, acknowledged);
    return { at, problems: problems.map((problem) => `killed at ${at ?? "the end"}: ${problem}`) };
  });
}

/** Kills before the first call, the next, and so on, until the operation comes to its end. */
async function crashAtEveryCall(
  scenario: CrashScenario,
  sabotage: Sabotage = {},
  isEnough: (problems: readonly string[]) => boolean = () => false,
): Promise<{ readonly kills: number; readonly problems: readonly string[] }> {
  const template = await prepare(scenario);
  const { step = 1 } = scenario;
  const problems: string[] = [];
  let next = 1 - step;
  let kills = 0;
  let hasFinished = false;
  const lane = async (): Promise<void> => {
    while (!hasFinished && !isEnough(problems)) {
      const result = await crash(scenario, template, (next += step), sabotage);
      problems.push(...result.problems);
      if (result.at === null) hasFinished = true;
      else kills += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { kills, problems };
}

describe("a process killed before each call to the disk", () => {
  it.each(pointScenarios.map((scenario) => [scenario.name, scenario] as const))(
    "leaves everything whole when it was to %s",
    { timeout: 600_000 },
    async (name, scenario) => {
      const { kills, problems } = await crashAtEveryCall(scenario);
      console.log(`${name}: killed at ${kills} calls`);
      expect(problems).toEqual([]);
      // Each of them makes more calls than this; fewer would mean that the switch was not armed.
      expect(kills).toBeGreaterThan(5);
    },
  );

  it("is caught when it restores by copying over (control)", async () => {
    const { problems } = await crashAtEveryCall(copyOver, {}, (found) => found.length > 0);
    expect(problems).not.toEqual([]);
  });

  it("is caught when transactions are none (control)", async () => {
    // Its log entry and its DDL are calls of their own; a catch-up is one call, atomic by SQLite alone.
    const scenario = scenarioOf("change the schema");
    const { problems } = await crashAtEveryCall(scenario, { child: "transactions" }, (found) => found.length > 0);
    expect(problems).not.toEqual([]);
  });

  it("is caught when leftovers stay (control)", async () => {
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async unlink(path) {
        if (basename(dirname(path)) !== ".tmp") await nodeFileSystem.unlink(path);
      },
    };
    const namesLeftover = (problem: string): boolean => problem.includes(".tmp holds newcomer.");
    const scenario = scenarioOf("create a database");
    const { problems } = await crashAtEveryCall(scenario, { fileSystem }, (found) => found.some(namesLeftover));
    expect(problems.filter(namesLeftover)).not.toEqual([]);
  });
});

describe("a process killed at a random moment", () => {
  // One turn of the churn takes some 50 ms, one of the restores some 200: the moments fall all over their operations.
  it.each([
    ["changes everything", churn, 24, 300],
    ["restores", restoreChurn, 100, 600],
  ] as const)("leaves everything whole while it %s", { timeout: 600_000 }, async (_, scenario, kills, withinMs) => {
    const random = seededRandom(testSeed(`killed-operations ${scenario.name}`));
    const template = await prepare(scenario);
    const problems: string[] = [];
    let left = kills;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const afterMs = random() * withinMs;
        const kill = (pid: number): void => void setTimeout(() => process.kill(pid, "SIGKILL"), afterMs);
        problems.push(...(await crash(scenario, template, 0, {}, kill)).problems);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    expect(problems).toEqual([]);
  });
});
