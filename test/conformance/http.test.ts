// The HTTP scenarios over every way to mount the API. Each mounting must answer as the row says, and all must give the
// same answers: status, headers and body, but for the ids and times that are new in each run.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { faceNames, type FaceName } from "../support/http-faces.js";
import { mountings } from "../support/http-mountings.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { authScenarios } from "./http/auth-scenarios.js";
import { batchScenarios } from "./http/batch-scenarios.js";
import { controlScenarios } from "./http/control-scenarios.js";
import { listScenarios } from "./http/list-scenarios.js";
import { requestScenarios } from "./http/request-scenarios.js";
import { callOf, comparable, faultsOf, type Scenario } from "./http/scenario.js";
import { copyWorld, makeWorld } from "./http/scenario-world.js";
import { writeScenarios } from "./http/write-scenarios.js";

// In this order: what only reads comes first, what changes the schema last.
const scenarios: readonly Scenario[] = [
  ...listScenarios,
  ...authScenarios,
  ...requestScenarios,
  ...writeScenarios,
  ...batchScenarios,
  ...controlScenarios,
];

const options = { rateLimit: false, cors: { origins: ["https://app.example.com"] } } as const;

describe("the HTTP scenarios", () => {
  let directory = "";
  let world: Awaited<ReturnType<typeof makeWorld>>;

  beforeAll(async () => {
    directory = await makeTempDirectory();
    world = await makeWorld(join(directory, "world"));
  });
  afterAll(() => removeTempDirectory(directory));

  /** All rows over one mounting: what is wrong, and the answers by row. */
  async function run(name: FaceName) {
    const engine = await copyWorld(join(directory, "world"), join(directory, name));
    const mounted = await mountings[name](engine, options);
    onTestFinished(async () => {
      await mounted.close();
      await engine.close();
    });
    const { known, tokens } = world;
    const faults: string[] = [];
    const answers = new Map<string, object>();
    for (const scenario of scenarios) {
      if (scenario.except?.[name] !== undefined) continue;
      const answer = await mounted.send(callOf(scenario, known, tokens));
      const found = faultsOf(scenario, known, answer);
      if (found.length > 0) faults.push(`${scenario.name}: ${found.join("; ")}: ${answer.body.slice(0, 300)}`);
      const compared = scenario.isOfTheMoment ? { ...answer, body: "" } : answer;
      answers.set(scenario.name, comparable(compared, known));
    }
    return { faults, answers };
  }

  it("are many, and no two have the same name", () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(150);
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });

  const reference = new Map<string, object>();

  it.each(faceNames)("are answered as the table says, and as by all others: %s", async (name) => {
    const { faults, answers } = await run(name);
    expect(faults).toEqual([]);
    const differing: unknown[] = [];
    for (const [row, answer] of answers) {
      const first = reference.get(row);
      if (first === undefined) reference.set(row, answer);
      else if (JSON.stringify(first) !== JSON.stringify(answer)) differing.push({ row, first, answer });
    }
    expect(differing).toEqual([]);
  });
});
