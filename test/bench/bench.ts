// `npm run bench`: measures, prints, and keeps the measurements. Fails only when something does not work, never
// because it is slow.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { replaceFigures, type FigureKind } from "./figures-in-docs.js";
import { fullHttpScale, quickHttpScale, renderHttpReport, runHttpBench, type HttpBenchRun } from "./http/http-bench.js";
import { renderReport } from "./report.js";
import { type BenchRun, runBench } from "./runner.js";
import { fullScale, quickScale } from "./scale.js";

const usage = `npm run bench -- [http] [options]
  http             the API over real sockets, on each framework, instead of the engine in process
  --quick          a little of everything: shows that it runs, its figures mean nothing
  --only <name>    only workloads whose name contains it, e.g. getOne
  --out <folder>   where the databases and the results go; default .cache/bench
  --profile        leaves CPU profiles of all variants in <folder>/profiles
  --write-docs     puts the figures into docs/benchmarks.md`;

// Compiled, this file is dist/test/bench/bench.js.
const root = resolve(import.meta.dirname, "../../..");

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string", default: join(root, ".cache/bench") },
    profile: { type: "boolean", default: false },
    "write-docs": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const [part, ...others] = positionals;
if (others.length > 0 || (part !== undefined && part !== "http")) throw new Error(usage);

if (flags.help) console.log(usage);
else if (part === "http") await benchHttp();
else await bench();

async function benchHttp(): Promise<void> {
  const { quick, out, only, profile } = flags;
  if (only !== undefined || profile) throw new Error("the part http takes neither --only nor --profile");
  if (flags["write-docs"] && quick) throw new Error("--write-docs takes a whole run: leave --quick out");
  const run = await runHttpBench({
    scale: quick ? quickHttpScale : fullHttpScale,
    directory: out,
    onProgress: (step) => console.error(step),
  });
  await tell(run, renderHttpReport(run), "http");
}

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
  await tell(run, renderReport(run), "engine");
}

async function tell(run: BenchRun | HttpBenchRun, report: string, kind: FigureKind): Promise<void> {
  console.log(`\n${report}\n`);
  const [load] = run.load;
  if (load > 1) console.log(`The machine was busy (load average ${load}): trust the ratios more than the times.`);
  console.log(`Kept in ${await keep(run, flags.out)}`);
  if (flags["write-docs"]) await writeDocs(report, kind);
}

async function keep(run: BenchRun | HttpBenchRun, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${run.date.replaceAll(":", "-")}-${run.scale.name}.json`);
  await writeFile(path, `${JSON.stringify(run, null, 2)}\n`);
  return path;
}

async function writeDocs(figures: string, kind: FigureKind): Promise<void> {
  const path = join(root, "docs/benchmarks.md");
  await writeFile(path, replaceFigures(await readFile(path, "utf8"), figures, kind));
  console.log(`Written into ${path}`);
}
