// The benchmark runs whole and reports every row. Never asserts how fast anything is.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tempDirectory } from "../support/temp-directory.js";
import { replaceFigures } from "./figures-in-docs.js";
import { median, speedRatio } from "./report.js";
import type { BenchRun } from "./runner.js";
import { quickScale } from "./scale.js";
import { variantNames } from "./variants/index.js";
import { workloads } from "./workloads.js";

const root = resolve(import.meta.dirname, "../..");

const runBench = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [join(root, "dist/test/bench/bench.js"), ...args]);

describe("a quick run", () => {
  it("prints and keeps every row for every variant, and leaves no database behind", async () => {
    const out = await tempDirectory();
    const { stdout } = await runBench("--quick", "--out", out);

    const rows = workloads.flatMap((workload) => workload.rows(quickScale));
    expect(rows.length).toBeGreaterThanOrEqual(11);
    const printed = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    for (const { label, callers } of rows) {
      const lines = printed.filter((cells) => cells[1] === label && cells[2] === String(callers));
      expect(lines).toEqual([["", label, String(callers), ...Array(3).fill(expect.stringMatching(/\d/)), ""]]);
    }
    expect(stdout).toMatch(/cores, .*, Node \d+.*, SQLite 3\..*\n.*load average \d/);

    const files = await readdir(out);
    expect(files).toEqual([expect.stringMatching(/^\d{4}-.*-quick\.json$/)]);
    const kept = JSON.parse(await readFile(join(out, files[0]!), "utf8")) as BenchRun;
    expect(kept.series.map(({ label, callers }) => ({ label, callers }))).toEqual(rows);
    for (const { microseconds } of kept.series) {
      expect(Object.keys(microseconds)).toEqual(variantNames);
      for (const times of Object.values(microseconds)) {
        expect(times).toHaveLength(quickScale.rounds);
        expect(times.every((time) => time > 0)).toBe(true);
      }
    }
  });

  it("refuses a workload that is not there, and figures for the docs that are not whole", async () => {
    const out = await tempDirectory();
    await expect(runBench("--quick", "--only", "nothing", "--out", out)).rejects.toThrow(
      'no workload is called like "nothing"',
    );
    await expect(runBench("--quick", "--write-docs", "--out", out)).rejects.toThrow("--write-docs takes a whole run");
  });
});

describe("figures", () => {
  it("take the middle of the rounds", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(median([7])).toBe(7);
  });

  it("compare round with round", () => {
    const microseconds = { raw: [10, 100, 40], engine: [20, 50, 40] };
    expect(speedRatio({ microseconds }, "engine")).toEqual({ median: 1, least: 0.5, most: 2 });
  });
});

describe("the page about them", () => {
  const page = () => readFile(join(root, "docs/benchmarks.md"), "utf8");

  it("takes new figures and changes nothing else, however often", async () => {
    const once = replaceFigures(await page(), "| new |");
    expect(once).toContain("\n\n| new |\n\n");
    expect(replaceFigures(once, "| newer |")).toBe(once.replace("| new |", "| newer |"));
    expect(once.slice(once.indexOf("## What"))).toBe((await page()).slice((await page()).indexOf("## What")));
  });

  it("must have its marks", () => {
    expect(() => replaceFigures("no marks", "| new |")).toThrow("each once");
  });
});
