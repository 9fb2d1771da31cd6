// `npm run bench`: measures, prints, and keeps the measurements. Fails only when something does not work, never
// because it is slow.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { plotsFolder, replaceFigures, showPlots, type FigureKind } from "./figures-in-docs.js";
import { fullHttpScale, quickHttpScale, renderHttpReport, runHttpBench, type HttpBenchRun } from "./http/http-bench.js";
import { type BenchPlot, renderPlots } from "./plots/bench-plots.js";
import { renderHeadlines, renderReport } from "./report.js";
import { type BenchRun, runBench } from "./runner.js";
import { fullScale, quickScale, type Scale } from "./scale.js";

const usage = `npm run bench -- [http] [options]
  http             the API over real sockets, on each framework, instead of the engine in process
  --quick          a little of everything: shows that it runs, its figures mean nothing
  --only <name>    only workloads whose name contains it, e.g. getOne
  --rounds <n>     measured rounds, instead of 5
  --out <folder>   where the databases and the results go; default .cache/bench
  --json <file>    where the results go instead
  --profile        leaves CPU profiles of all variants in <folder>/profiles
  --write-docs     puts figures and plots into docs/benchmarks.md, and a few figures into README.md`;

// Compiled, this file is dist/test/bench/bench.js.
const root = resolve(import.meta.dirname, "../../..");

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string", default: join(root, ".cache/bench") },
    rounds: { type: "string" },
    json: { type: "string" },
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
  const { quick, out, only, profile, rounds } = flags;
  if (only !== undefined || profile || rounds !== undefined) {
    throw new Error("the part http takes neither --only nor --rounds nor --profile");
  }
  if (flags["write-docs"] && quick) throw new Error("--write-docs takes a whole run: leave --quick out");
  const run = await runHttpBench({
    scale: quick ? quickHttpScale : fullHttpScale,
    directory: out,
    onProgress: (step) => console.error(step),
  });
  await tell(run, renderHttpReport(run));
  if (flags["write-docs"]) await writeFigures("docs/benchmarks.md", renderHttpReport(run), "http");
}

async function bench(): Promise<void> {
  const { quick, only, out } = flags;
  if (flags["write-docs"] && (quick || only !== undefined)) {
    throw new Error("--write-docs takes a whole run: leave --quick and --only out");
  }
  const run = await runBench({
    scale: withRounds(quick ? quickScale : fullScale),
    directory: out,
    only,
    profiles: flags.profile ? join(out, "profiles") : undefined,
    onProgress: (step) => console.error(step),
  });
  const report = renderReport(run);
  await tell(run, report);
  if (!flags["write-docs"]) return;
  const plots = renderPlots(run);
  await writePlots(plots);
  await writeFigures("docs/benchmarks.md", `${report}\n\n${showPlots(plots)}`, "engine");
  await writeFigures("README.md", renderHeadlines(run), "headlines");
}

function withRounds(scale: Scale): Scale {
  if (flags.rounds === undefined) return scale;
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds is a whole number of at least 1");
  return { ...scale, rounds };
}

async function tell(run: BenchRun | HttpBenchRun, report: string): Promise<void> {
  console.log(`\n${report}\n`);
  const [load] = run.load;
  if (load > 1) console.log(`The machine was busy (load average ${load}): trust the ratios more than the times.`);
  console.log(`Kept in ${await keep(run, flags.out)}`);
}

async function keep(run: BenchRun | HttpBenchRun, directory: string): Promise<string> {
  const path = flags.json ?? join(directory, `${run.date.replaceAll(":", "-")}-${run.scale.name}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(run, null, 2)}\n`);
  return path;
}

async function writePlots(plots: readonly BenchPlot[]): Promise<void> {
  const folder = join(root, "docs", plotsFolder);
  await mkdir(folder, { recursive: true });
  for (const { file, svg } of plots) await writeFile(join(folder, file), svg);
}

async function writeFigures(page: string, figures: string, kind: FigureKind): Promise<void> {
  const path = join(root, page);
  await writeFile(path, replaceFigures(await readFile(path, "utf8"), figures, kind));
  console.log(`Written into ${path}`);
}
