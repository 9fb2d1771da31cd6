// The plots of a run: what the tables cannot show at a glance.
import { describeRun } from "../report.js";
import type { BenchRun } from "../runner.js";
import { median } from "../timing.js";
import { type VariantName, variantNames } from "../variants/index.js";
import { type LinePlot, type PlotLine, renderLinePlot } from "./line-plot.js";

/** A picture for the page. */
export interface BenchPlot {
  /** Its name among the pictures, without a folder. */
  readonly file: string;
  /** What it shows, for those who do not see it. */
  readonly title: string;
  readonly svg: string;
}

/** Each variant looks alike in all plots. */
const looks: Readonly<Record<VariantName, Pick<PlotLine, "name" | "colour">>> = {
  raw: { name: "raw sqlite3", colour: "orange" },
  better: { name: "better-sqlite3", colour: "green" },
  "better, NORMAL": { name: "better-sqlite3, NORMAL", colour: "gold" },
  engine: { name: "engine", colour: "blue" },
};

type Chart = Omit<LinePlot, "caption"> & { readonly file: string };

/** All whose series were measured. */
export function renderPlots(run: BenchRun): readonly BenchPlot[] {
  const caption = describeRun(run);
  return [getOneByCallers(run), createByCallers(run), latencyByTenants(run), listByRows(run)]
    .filter(({ lines }) => lines.length > 0)
    .map(({ file, ...chart }) => ({ file, title: chart.title, svg: renderLinePlot({ ...chart, caption }) }));
}

const getOneByCallers = (run: BenchRun): Chart => ({
  file: "getone-callers.svg",
  title: "getOne under an owner rule",
  xLabel: "callers at once",
  yLabel: "records read a second",
  lines: variantNames.flatMap((variant) => ratesByCallers(run, /^getOne-user-\d+$/, variant)),
});

const createByCallers = (run: BenchRun): Chart => ({
  file: "create-callers.svg",
  title: "create: on the disk when it ends, but for NORMAL",
  xLabel: "callers at once",
  yLabel: "records made a second",
  lines: variantNames.flatMap((variant) => ratesByCallers(run, /^create-\d+$/, variant)),
});

const latencyByTenants = (run: BenchRun): Chart => ({
  file: "latency-tenants.svg",
  title: "getOne of one tenant of many at random; the engine keeps 256 open, raw keeps all",
  xLabel: "tenants",
  yLabel: "milliseconds a call",
  isLogY: true,
  lines: (["raw", "engine"] as const).flatMap((variant) => [
    ...timesBySize(run, "tenants", run.scale.spread.tenants, { variant, kind: 0, name: ", p50" }),
    ...timesBySize(run, "tenants", run.scale.spread.tenants, { variant, kind: 1, name: ", p99", isDashed: true }),
  ]),
});

const listByRows = (run: BenchRun): Chart => ({
  file: "list-rows.svg",
  title: "List of 20 under an owner rule, with filter, sort and totals",
  xLabel: "records in the collection",
  yLabel: "milliseconds a list",
  isLogY: true,
  lines: [
    // Those by hand remember nothing: asked again is asked for the first time.
    ...timesBySize(run, "list-sizes", run.scale.sizes, { variant: "raw", kind: 0 }),
    ...timesBySize(run, "list-sizes", run.scale.sizes, { variant: "better", kind: 0 }),
    ...timesBySize(run, "list-sizes", run.scale.sizes, { variant: "engine", kind: 1, name: ", asked again" }),
    ...timesBySize(run, "list-sizes", run.scale.sizes, {
      variant: "engine",
      kind: 0,
      name: ", first time",
      isDashed: true,
    }),
  ],
});

/** Throughput by callers. */
function ratesByCallers({ series }: BenchRun, workloads: RegExp, variant: VariantName): readonly PlotLine[] {
  const points = series.flatMap(({ workload, callers, figures }) => {
    const measured = workloads.test(workload) ? figures[variant] : undefined;
    return measured ? [{ x: callers, y: 1_000_000 / median(measured) }] : [];
  });
  return points.length === 0 ? [] : [{ ...looks[variant], points }];
}

interface SizedLine {
  readonly variant: VariantName;
  /** Which of the two rows that the workload has for each size. */
  readonly kind: 0 | 1;
  /** Behind the variant's own name. */
  readonly name?: string;
  /** Default false. */
  readonly isDashed?: boolean;
}

/** Times by sizes, in milliseconds. */
function timesBySize(
  { series }: BenchRun,
  workload: string,
  sizes: readonly number[],
  { variant, kind, name = "", isDashed = false }: SizedLine,
): readonly PlotLine[] {
  const rows = series.filter((each) => each.workload === workload);
  const points = sizes.flatMap((x, place) => {
    const measured = rows[2 * place + kind]?.figures[variant];
    return measured ? [{ x, y: median(measured) / 1_000 }] : [];
  });
  return points.length === 0 ? [] : [{ ...looks[variant], name: `${looks[variant].name}${name}`, isDashed, points }];
}
