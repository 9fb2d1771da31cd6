// The plots of a run: what the tables cannot show at a glance.
import { describeRun } from "../report.js";
import type { BenchRun, Series } from "../runner.js";
import { median } from "../timing.js";
import { type VariantName, variantNames } from "../variants/index.js";
import { type LinePlot, type PlotPoint, renderLinePlot } from "./line-plot.js";

/** A picture for the page. */
export interface BenchPlot {
  /** Its name among the pictures, without a folder. */
  readonly file: string;
  /** What it shows, for those who do not see it. */
  readonly title: string;
  readonly svg: string;
}

const lineNames: Readonly<Record<VariantName, string>> = {
  raw: "raw node-sqlite3",
  better: "better-sqlite3",
  "better, NORMAL": "better-sqlite3, NORMAL",
  engine: "engine",
};

/** All whose series were measured. */
export function renderPlots(run: BenchRun): readonly BenchPlot[] {
  const caption = describeRun(run);
  const plots: readonly (Omit<LinePlot, "caption"> & { readonly file: string })[] = [
    {
      file: "getone-callers.svg",
      title: "getOne under an owner rule",
      xLabel: "callers at once",
      yLabel: "records read a second",
      points: rates(run, /^getOne-user-\d+$/),
    },
    {
      file: "create-callers.svg",
      title: "create: on the disk when it ends, but for NORMAL",
      xLabel: "callers at once",
      yLabel: "records made a second",
      points: rates(run, /^create-\d+$/),
    },
    {
      file: "latency-tenants.svg",
      title: "getOne of one tenant of many at random; the engine keeps 256 open, raw keeps all",
      xLabel: "tenants",
      yLabel: "milliseconds a call",
      isLogY: true,
      points: durations(run, "tenants", run.scale.spread.tenants, ["p50", "p99"]),
    },
    {
      file: "list-rows.svg",
      title: "List of 20 under an owner rule, with filter, sort and totals",
      xLabel: "records in the collection",
      yLabel: "milliseconds a list",
      isLogY: true,
      points: durations(run, "list-sizes", run.scale.sizes, ["first time", "asked again"]),
    },
  ];
  return plots
    .filter(({ points }) => points.length > 0)
    .map(({ file, ...chart }) => ({ file, title: chart.title, svg: renderLinePlot({ ...chart, caption }) }));
}

/** Throughput by callers. */
const rates = ({ series }: BenchRun, name: RegExp): readonly PlotPoint[] =>
  series
    .filter(({ workload }) => name.test(workload))
    .flatMap((each) => pointsOf(each, each.callers, (microseconds) => 1_000_000 / microseconds));

/** Times by sizes: a workload that has some rows for each size. */
const durations = (
  { series }: BenchRun,
  name: string,
  sizes: readonly number[],
  kinds: readonly string[],
): readonly PlotPoint[] =>
  series
    .filter(({ workload }) => workload === name)
    .flatMap((each) => {
      const size = sizes[Math.floor(each.place / kinds.length)]!;
      const kind = kinds[each.place % kinds.length]!;
      return pointsOf(each, size, (microseconds) => microseconds / 1_000, `, ${kind}`);
    });

const pointsOf = (
  { figures }: Series,
  x: number,
  toY: (microseconds: number) => number,
  suffix = "",
): readonly PlotPoint[] =>
  variantNames.flatMap((variant) => {
    const measured = figures[variant];
    return measured ? [{ series: `${lineNames[variant]}${suffix}`, x, y: toY(median(measured)) }] : [];
  });
