// The code of README and guides compiles, runs, and prints what the page says that it prints.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tempDirectory } from "../../support/temp-directory.js";
import { promisedOutput, readCodeBlocks } from "./code-blocks.js";
import { compilePages, type PageProgram } from "./page-program.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const guides = readdirSync(`${root}docs/guide`).map((name) => `docs/guide/${name}`);
const pages = ["README.md", ...guides];
const run = promisify(execFile);

let program: PageProgram;
beforeAll(async () => {
  program = await compilePages(root, pages);
});
afterAll(() => rm(program.directory, { recursive: true, force: true }));

test("the compiler finds no mistake in any page", () => {
  expect(program.problems).toEqual([]);
});

describe.each(pages)("%s", (page) => {
  test("runs and prints what it says", async () => {
    const { script, blocks } = program.pages.find((each) => each.page === page)!;
    const { DATA_DIR, ...env } = process.env;
    const { stdout } = await run(process.execPath, [script], { cwd: await tempDirectory(), env });
    const promised = promisedOutput(blocks);
    if (promised.length > 0) expect(stdout.trimEnd().split("\n")).toEqual(promised);
  });
});

test("a mistake in a page and a mark without meaning are noticed", async () => {
  const page = "```ts\nconst n: number = 'x';\nconsole.log(n); // prints: y\n```\n";
  expect(promisedOutput(readCodeBlocks(page))).toEqual(["y"]);
  expect(() => readCodeBlocks("```ts no-check\n```\n")).toThrow("no-check");
  expect(() => readCodeBlocks("```js\n```\n")).toThrow("```ts");
  expect(() => readCodeBlocks("```ts\n")).toThrow("never closed");
  const directory = await tempDirectory();
  await writeFile(`${directory}/page.md`, page);
  const broken = await compilePages(root, [relative(root, `${directory}/page.md`)]);
  await rm(broken.directory, { recursive: true, force: true });
  expect(broken.problems).toEqual([expect.stringMatching(/page\.md:2 Type 'string' is not assignable/)]);
});
