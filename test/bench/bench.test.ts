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
import { renderLinePlot } from "./plots/line-plot.js";
import { speedRatio } from "./report.js";
import type { BenchRun } from "./runner.js";
import { quickScale } from "./scale.js";
import { renderPlots } from "./plots/bench-plots.js";
import { judgeTargets } from "./targets/render-targets.js";
import { targetsOf } from "./targets/targets.js";
import { median, percentile } from "./timing.js";
import { workloads } from "./workloads/index.js";

const root = resolve(import.meta.dirname, "../..");

const runBench = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [join(root, "dist/test/bench/bench.js"), ...args]);

describe("a quick run", () => {
  it("prints and keeps every row for every variant, and leaves no database behind", async () => {
    const out = await tempDirectory();
    const json = join(await tempDirectory(), "kept.json");
    const { stdout } = await runBench("--quick", "--out", out, "--json", json);

    const rows = workloads.flatMap((workload) => workload.rows(quickScale).map((row) => ({ ...row, workload })));
    expect(rows.length).toBeGreaterThanOrEqual(50);
    expect(new Set(rows.map(({ label, callers }) => `${label} ${callers}`)).size).toBe(rows.length);
    const printed = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    for (const { label, callers } of rows) {
      const lines = printed.filter((cells) => cells[1] === label && cells[2] === String(callers));
      expect(lines).toEqual([["", label, String(callers), ...Array(6).fill(expect.stringMatching(/\d|–/)), ""]]);
    }
    expect(stdout).toMatch(/cores, .*, Node \d+.*, SQLite 3\..*\n.*load average \d.* \d+ s in all/);
    for (const { work, goal } of targetsOf(quickScale)) {
      const lines = printed.filter((cells) => cells[1] === work && cells[2] === goal);
      expect(lines).toEqual([
        ["", work, goal, expect.stringMatching(/\d/), expect.stringMatching(/^yes$|^\*\*no\*\*$/), ""],
      ]);
    }

    const kept = JSON.parse(await readFile(json, "utf8")) as BenchRun;
    expect(kept.series.map(({ label, callers, workload, place }) => ({ label, callers, workload, place }))).toEqual(
      workloads.flatMap((each) =>
        each.rows(quickScale).map(({ label, callers }, place) => ({ label, callers, workload: each.name, place })),
      ),
    );
    for (const [place, { figures }] of kept.series.entries()) {
      const { variants, isOnce } = rows[place]!.workload;
      expect(Object.keys(figures).filter((name) => !(variants as readonly string[]).includes(name))).toEqual([]);
      expect(figures.engine).toBeDefined();
      for (const rounds of Object.values(figures)) {
        expect(rounds).toHaveLength(isOnce ? 1 : quickScale.rounds);
        expect(rounds.every((figure) => figure > 0)).toBe(true);
      }
    }
    expect(judgeTargets(kept)).toHaveLength(targetsOf(quickScale).length);
    expect(judgeTargets({ ...kept, series: [] })).toEqual([]);
    expect(renderPlots(kept).map(({ file }) => file)).toHaveLength(4);
    expect(await readdir(out)).toEqual([]);
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
    expect(speedRatio({ figures }, "engine", "better")).toBeUndefined();
  });
});

describe("a plot", () => {
  it("names its axes, its machine and its lines, and draws every line in a colour of its own", () => {
    const points = [1, 8, 64].map((x) => ({ x, y: x }));
    const lines = [
      { name: "raw", colour: "orange", points },
      { name: "engine", colour: "blue", points },
    ] as const;
    for (const isLogY of [false, true]) {
      const named = { title: "Reads", caption: "a machine", xLabel: "callers", yLabel: "records a second" };
      const svg = renderLinePlot({ ...named, isLogY, lines });
      expect(svg).toMatch(/^<svg .*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      for (const word of [...Object.values(named), "raw", "engine", "64"]) expect(svg).toContain(`>${word}<`);
      const strokes = [...svg.matchAll(/stroke="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour);
      expect(new Set(strokes).size).toBe(2);
      expect(svg).not.toContain("NaN");
    }
  });
});

/** The cells of each line of the tables in a text. */
const tableCells = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()));

describe("the README", () => {
  it("claims no speed that the page does not show", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const measured = tableCells(await readFile(join(root, "docs/benchmarks.md"), "utf8"));
    const [, claimed] = /<!-- headlines: [^>]*-->(.*)<!-- end of headlines -->/s.exec(readme)!;
    expect(replaceFigures(readme, "| new |", "headlines")).toContain("\n\n| new |\n\n");
    for (const [, label, callers, raw, better] of tableCells(claimed!).slice(2)) {
      const shown = measured.filter((cells) => cells[1] === label && cells[2] === callers);
      expect([label, shown.map((cells) => [cells[7]!.split(" ")[0], cells[8]])]).toEqual([label, [[raw, better]]]);
    }
  });
});

describe("the page about them", () => {
  const page = () => readFile(join(root, "docs/benchmarks.md"), "utf8");

  it("takes new figures and changes nothing else, however often", async () => {
    const once = replaceFigures(await page(), "| new |");
    expect(once).toContain("\n\n| new |\n\n");
    expect(replaceFigures(once, "| newer |")).toBe(once.replace("| new |", "| newer |"));
    const after = "\n## What is compared";
    expect(once.split(after)[1]).toBe((await page()).split(after)[1]);
  });

  it("must have its marks", () => {
    expect(() => replaceFigures("no marks", "| new |")).toThrow("each once");
  });
});
