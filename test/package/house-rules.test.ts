// Proves that the checks bite: each rule of the house is broken on purpose in a scratch folder and must be reported.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "house-rules-"));
  await symlink(join(root, "node_modules"), join(scratch, "node_modules"));
  await put("package.json", `{ "type": "module" }`);
  await put(
    "tsconfig.json",
    `{ "compilerOptions": { "target": "es2023", "module": "nodenext", "strict": true, "skipLibCheck": true, "types": ["node"] } }`,
  );
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(scratch, path)), { recursive: true });
  await writeFile(join(scratch, path), text);
}

function run(script: string, args: readonly string[] = []): Promise<{ code: number; output: string }> {
  return new Promise((settle) => {
    execFile(process.execPath, [script, ...args], { cwd: scratch }, (error, stdout, stderr) =>
      settle({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

describe("floors and doors", () => {
  const checkFloors = () => run(join(root, ".ci/check-floors.mjs"));
  const floors = ["base", "storage", "schema", "query", "access", "records", "databases", "backup", "engine"];

  it("reports every upward import, every foreign door, and nothing else", async () => {
    await rm(join(scratch, "lib"), { recursive: true, force: true });
    const expected: string[] = [];
    for (const [height, floor] of floors.entries()) {
      await put(`lib/${floor}/ground.ts`, `export const ${floor} = 1;\n`);
      const below = floors[height - 1];
      if (below === undefined) continue;
      await put(`lib/${floor}/downward.ts`, `export * from "../${below}/ground.js";\n`);
      await put(`lib/${below}/upward.ts`, `export type { Up } from "../${floor}/up.js";\n`);
      await put(`lib/${floor}/up.ts`, `export type Up = 1;\n`);
      expected.push(`floor-${below}: lib/${below}/upward.ts -> lib/${floor}/up.ts`);
    }
    await put("lib/stats/blind.ts", `export * from "../backup/ground.js";\n`);
    expected.push("floor-stats: lib/stats/blind.ts -> lib/backup/ground.ts");
    await put("lib/leftovers/leftover.ts", `export * from "../base/ground.js";\n`);
    await put("lib/engine/new-folder.ts", `export * from "../leftovers/leftover.js";\n`);
    expected.push("no-unlisted-folder: lib/engine/new-folder.ts -> lib/leftovers/leftover.ts");
    await put("lib/records/circle.ts", `import type { B } from "./round.js";\nexport type A = B | 1;\n`);
    await put("lib/records/round.ts", `import type { A } from "./circle.js";\nexport type B = A | 2;\n`);
    expected.push("no-circles: lib/records/circle.ts -> lib/records/round.ts");
    await put(
      "lib/storage/sqlite/node-sqlite3-driver.ts",
      `import sqlite3 from "sqlite3";\nexport const x = sqlite3;\n`,
    );
    await put("lib/records/raw.ts", `import sqlite3 from "sqlite3";\nexport const y = sqlite3;\n`);
    await put("lib/records/fallible.ts", `export const late = import("neverthrow");\n`);
    await put("lib/records/stranger.ts", `import ts from "typescript";\nexport const z = ts;\n`);
    await put("lib/databases/store.ts", `export * from "../storage/sqlite/node-sqlite3-driver.js";\n`);
    await put("lib/schema/file.ts", `import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n`);
    await put("lib/index.ts", `export * from "./engine/ground.js";\n`);
    await put("adapters/http/core.ts", `export * from "../../lib/index.js";\n`);
    await put("adapters/koa/index.ts", `export * from "../http/core.js";\nexport * from "../../lib/base/ground.js";\n`);
    await put("adapters/http/other.ts", `import router from "find-my-way";\nexport const a = router;\n`);
    await put("adapters/express/index.ts", `import express from "express";\nexport const b = express;\n`);
    await put("adapters/client/index.ts", `export * from "../../lib/index.js";\n`);
    const { code, output } = await checkFloors();
    const reported = output.split("\n").filter((line) => line.includes(" -> "));
    expect(code).toBe(1);
    expect(reported).toEqual(expect.arrayContaining(expected));
    const others = reported.filter((line) => !expected.includes(line)).map((line) => line.replace(/ -> .*/, ""));
    expect(others.sort()).toEqual([
      "adapters-see-the-index: adapters/koa/index.ts",
      "client-sees-nothing: adapters/client/index.ts",
      "door-find-my-way: adapters/http/other.ts",
      "door-neverthrow: lib/records/fallible.ts",
      "door-sqlite3: lib/records/raw.ts",
      "floor-engine: lib/engine/new-folder.ts",
      "no-unlisted-package: adapters/express/index.ts",
      "no-unlisted-package: lib/records/stranger.ts",
      "pure-floors: lib/schema/file.ts",
      "store-unseen: lib/databases/store.ts",
    ]);
  });

  it("fails when it saw no module at all", async () => {
    await rm(join(scratch, "lib"), { recursive: true, force: true });
    await rm(join(scratch, "adapters"), { recursive: true, force: true });
    await mkdir(join(scratch, "lib"));
    await put("elsewhere.ts", "export {};\n");
    const { code, output } = await checkFloors();
    expect(output).toContain("no module was seen");
    expect(code).toBe(1);
  });
});

describe("lint", () => {
  it("reports dropped and floating results, unreasoned exceptions and vague file names", async () => {
    await rm(join(scratch, "lib"), { recursive: true, force: true });
    await put(
      "lib/records/bad-util.ts",
      `import { ok, okAsync, type Result, type ResultAsync } from "neverthrow";
const write = (): ResultAsync<number, Error> => okAsync(1);
const check = (): Result<number, Error> => ok(1);
const load = async (): Promise<Result<number, Error>> => check();
export async function drop(): Promise<void> {
  write();
  check();
  await write();
  await load();
  load();
  void (await load());
  const kept = await load();
  if (kept.isErr()) throw kept.error;
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const loose: any = 1;
export const looser: any = 1;
export default loose;
export enum Kind { A }
`,
    );
    await put(
      "lint.mjs",
      `import config from ${JSON.stringify(join(root, ".ci/eslint.config.mjs"))};
import { ESLint } from "eslint";
const scratch = { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } };
const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [...config, scratch] });
const [result] = await eslint.lintFiles(["lib/records/bad-util.ts"]);
console.log(JSON.stringify(result.messages.map(({ line, ruleId }) => line + " " + ruleId)));
`,
    );
    const { output } = await run("lint.mjs");
    const reported = JSON.parse(output) as string[];
    const rules = ["house/", "no-floating-promises", "no-explicit-any", "no-restricted-syntax"];
    expect(reported.filter((message) => rules.some((rule) => message.includes(rule))).sort()).toEqual(
      [
        "1 house/file-name",
        "6 @typescript-eslint/no-floating-promises",
        "6 house/no-dropped-result",
        "7 house/no-dropped-result",
        "8 house/no-dropped-result",
        "9 house/no-dropped-result",
        "10 @typescript-eslint/no-floating-promises",
        "15 house/reasoned-disable",
        "17 @typescript-eslint/no-explicit-any",
        "18 no-restricted-syntax",
        "19 no-restricted-syntax",
      ].sort(),
    );
  });
});

describe("the test runner's closing line", () => {
  const runTests = async (name: string, text: string) => {
    await put(`runs/${name}/one.test.ts`, text);
    const { code, output } = await run(join(root, "node_modules/vitest/vitest.mjs"), [
      "run",
      `--root=runs/${name}`,
      `--reporter=${join(root, ".ci/plain-reporter.mjs")}`,
    ]);
    return {
      code,
      last: output
        .trim()
        .split("\n")
        .filter((line) => / passed, /.test(line))
        .at(-1),
    };
  };
  const start = `import { expect, it } from "vitest";\n`;

  it.each([
    [
      "passing",
      `${start}it("a", () => { expect(1).toBe(1); });\nit.skip("b", () => {});`,
      0,
      "1 passed, 0 failed, 1 skipped",
    ],
    ["failing", `${start}it("a", () => { expect(1).toBe(2); });`, 1, "0 passed, 1 failed"],
    ["unimportable", `${start}import "./missing.js";\nit("a", () => {});`, 1, "0 passed, 1 failed"],
    ["unhandled", `${start}it("a", () => { void Promise.reject(new Error("late")); });`, 1, "1 passed, 1 failed"],
    ["empty", "export {};", 1, "0 passed, 1 failed"],
  ])("a %s run", async (name, text, code, last) => {
    expect(await runTests(name, text)).toEqual({ code, last });
  });
});
