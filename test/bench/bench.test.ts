// The benchmark runs whole and reports every row. Never asserts how fast anything is.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tempDirectory } from "../support/temp-directory.js";
import { replaceFigures } from "./figures-in-docs.js";
import { frameworks } from "./http/frameworks.js";
import type { HttpBenchRun } from "./http/http-bench.js";
import { httpWorks } from "./http/http-works.js";
import { median, speedRatio } from "./report.js";
import type { BenchRun } from "./runner.js";
import { quickScale } from "./scale.js";
import { percentile } from "./timing.js";
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
    expect(rows.length).toBeGreaterThanOrEqual(18);
    expect(new Set(rows.map(({ label, callers }) => `${label} ${callers}`)).size).toBe(rows.length);
    const printed = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    for (const { label, callers } of rows) {
      const lines = printed.filter((cells) => cells[1] === label && cells[2] === String(callers));
      expect(lines).toEqual([["", label, String(callers), ...Array(3).fill(expect.stringMatching(/\d/)), ""]]);
    }
    expect(stdout).toMatch(/cores, .*, Node \d+.*, SQLite 3\..*\n.*load average \d/);

    const files = await readdir(out);
    expect(files).toEqual([expect.stringMatching(/^\d{4}-.*-quick\.json$/)]);
    const kept = JSON.parse(await readFile(join(out, files[0]!), "utf8")) as BenchRun;
    expect(kept.series.map(({ workload, figures, ...row }) => row)).toEqual(rows);
    for (const { figures } of kept.series) {
      expect(Object.keys(figures)).toEqual(variantNames);
      for (const rounds of Object.values(figures)) {
        expect(rounds).toHaveLength(quickScale.rounds);
        expect(rounds.every((figure) => figure > 0)).toBe(true);
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

describe("a quick run over HTTP", () => {
  it("prints and keeps a row for every work on every framework, and leaves no database behind", async () => {
    const out = await tempDirectory();
    const { stdout } = await runBench("http", "--quick", "--out", out);
    const printed = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    for (const framework of frameworks) {
      for (const { label, connections } of httpWorks) {
        const lines = printed.filter((cells) => cells[1] === `${framework}: ${label}`);
        const figure = expect.stringMatching(/\d/) as string;
        expect(lines).toEqual([
          ["", `${framework}: ${label}`, String(connections), figure, figure, figure, figure, ""],
        ]);
      }
    }
    const files = await readdir(out);
    expect(files).toEqual([expect.stringMatching(/^\d{4}-.*-http-quick\.json$/)]);
    const kept = JSON.parse(await readFile(join(out, files[0]!), "utf8")) as HttpBenchRun;
    for (const { bare, engine } of kept.series) {
      for (const { rate } of [...bare, ...engine]) expect(rate).toBeGreaterThan(0);
    }
  });

  it("refuses a part that is not there", async () => {
    await expect(runBench("smtp")).rejects.toThrow("npm run bench -- [http]");
  });
});

describe("figures", () => {
  it("take the middle of the rounds", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(median([7])).toBe(7);
  });

  it("name a call that was measured as the percentile", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
    expect([50, 99].map((percent) => percentile([7, 3, 5], percent))).toEqual([5, 7]);
    expect(percentile([4], 50)).toBe(4);
  });

  it("compare round with round", () => {
    const figures = { raw: [10, 100, 40], engine: [20, 50, 40] };
    expect(speedRatio({ figures }, "engine")).toEqual({ median: 1, least: 0.5, most: 2 });
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
