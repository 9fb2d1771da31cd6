// The tour behind `npm start`: tells its story to the end, leaves two tenants in two files, and touches nothing else.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tempDirectory } from "../../support/temp-directory.js";

const tour = fileURLToPath(new URL("../../../dist/examples/tour/tour.js", import.meta.url));
const run = promisify(execFile);
const runTour = (dataDir: string) =>
  run(process.execPath, [tour, "--once"], { env: { ...process.env, DATA_DIR: dataDir } });

test("the tour shows two tenants with the same collections and different data in two files", async () => {
  const directory = join(await tempDirectory(), "data");
  const { stdout, stderr } = await runTour(directory);
  expect(stderr).toBe("");
  expect(stdout).toContain(`The data are in ${directory}`);
  expect(stdout).toContain("archive-north, films: 1255 of 1255");
  expect(stdout).toContain("archive-south, films: 1945 of 1945");
  expect(stdout).toContain("schema_append_only: ");
  expect(stdout).toContain("record_not_found: ");
  for (const name of ["archive-north", "archive-south"]) {
    expect(stdout).toMatch(new RegExp(`${name}\\.db +\\d+ +KiB`));
    expect(existsSync(join(directory, `${name}.db`))).toBe(true);
  }
});

test("a directory that holds something keeps it: the tour goes into a new one inside", async () => {
  const directory = await tempDirectory();
  await writeFile(join(directory, "mine.txt"), "mine");
  await runTour(directory);
  await runTour(directory);
  const names = (await readdir(directory)).sort();
  expect(names).toEqual(["mine.txt", expect.stringMatching(/^tour-/), expect.stringMatching(/^tour-/)]);
  expect(await readFile(join(directory, "mine.txt"), "utf8")).toBe("mine");
});

test("what goes wrong is told with its code, and the exit code is 1", async () => {
  const file = join(await tempDirectory(), "no-directory");
  await writeFile(file, "");
  await expect(runTour(file)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("EEXIST") });
});
