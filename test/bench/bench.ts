// `npm run bench`: measures, prints, and keeps the measurements. Fails only when something does not work, never
// because it is slow.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { replaceFigures } from "./figures-in-docs.js";
import { renderReport } from "./report.js";
import { type BenchRun, runBench } from "./runner.js";
import { fullScale, quickScale } from "./scale.js";

const usage = `npm run bench -- [options]
  --quick          a little of everything: shows that it runs, its figures mean nothing
  --only <name>    only workloads whose name contains it, e.g. getOne
  --out <folder>   where the databases and the results go; default .cache/bench
  --profile        leaves CPU profiles of all variants in <folder>/profiles
  --write-docs     puts the figures into docs/benchmarks.md`;

// Compiled, this file is dist/test/bench/bench.js.
const root = resolve(import.meta.dirname, "../../..");

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string", default: join(root, ".cache/bench") },
    profile: { type: "boolean", default: false },
    "write-docs": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (flags.help) console.log(usage);
else await bench();

async function bench(): Promise<void> {
  const { quick, only, out } = flags;
  if (flags["write-docs"] && (quick || only !== undefined)) {
    throw new Error("--write-docs takes a whole run: leave --quick and --only out");
  }
  const run = await runBench({
    scale: quick ? quickScale : fullScale,
    directory: out,
    only,
    profiles: flags.profile ? join(out, "profiles") : undefined,
    onProgress: (step) => console.error(step),
  });
  const report = renderReport(run);
  console.log(`\n${report}\n`);
  const [load] = run.load;
  if (load > 1) console.log(`The machine was busy (load average ${load}): trust the ratios more than the times.`);
  console.log(`Kept in ${await keep(run, out)}`);
  if (flags["write-docs"]) await writeDocs(report);
}

async function keep(run: BenchRun, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${run.date.replaceAll(":", "-")}-${run.scale.name}.json`);
  await writeFile(path, `${JSON.stringify(run, null, 2)}\n`);
  return path;
}

async function writeDocs(figures: string): Promise<void> {
  const path = join(root, "docs/benchmarks.md");
  await writeFile(path, replaceFigures(await readFile(path, "utf8"), figures));
  console.log(`Written into ${path}`);
}
