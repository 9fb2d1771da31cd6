// From measured rounds to figures, and to the text that people read. The text is Markdown as prettier writes it, so that
// the terminal and the documentation show the same.
import type { BenchRun, Series } from "./runner.js";
import { renderTargets } from "./targets/render-targets.js";
import { renderTable, showDuration, significant } from "./shown-figures.js";
import { median } from "./timing.js";
import { baseline, type VariantName, variantNames } from "./variants/index.js";

/** How a variant's speed compares with another's: 2 is twice as fast, 0.5 takes twice as long. */
export interface SpeedRatio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Compared round by round, because the rounds ran side by side. Undefined when one of them took no part. */
export function speedRatio(
  { figures }: Pick<Series, "figures">,
  variant: VariantName,
  compared: VariantName = baseline,
): SpeedRatio | undefined {
  const own = figures[variant];
  const ratios = figures[compared]?.map((figure, round) => figure / (own?.[round] ?? Number.NaN));
  if (!own || !ratios) return undefined;
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** The machine and the day, in one line. */
export const describeRun = ({ machine, scale, date }: BenchRun): string =>
  `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node.slice(1)}, ` +
  `SQLite ${machine.sqlite} (better-sqlite3: ${machine.betterSqlite}); ` +
  `medians of ${scale.rounds} ${scale.rounds === 1 ? "round" : "rounds"}`;

/** The machine, then what was aimed at, then a table with a line for each series. */
export function renderReport(run: BenchRun): string {
  const { load, seconds } = run;
  const header = ["", "callers", ...variantNames, "engine : raw (least–most)", "engine : better"];
  const lines = run.series.map((series) => [
    series.label,
    String(series.callers),
    ...variantNames.map((name) => showFigure(series.figures[name], series)),
    showRatio(speedRatio(series, "engine")),
    significantOr(speedRatio(series, "engine", "better")?.median),
  ]);
  return [
    `${describeRun(run)};`,
    `load average ${load[0]} before, ${load[1]} after; ${Math.floor(seconds / 60)} min ${seconds % 60} s in all.`,
    "",
    "### What is aimed at",
    "",
    renderTargets(run),
    "",
    "### All that was measured",
    "",
    renderTable([header, ...lines]),
  ].join("\n");
}

// What most apps do most: alone, and many at once.
const headlines: readonly (readonly [workload: string, place: number])[] = [
  ["getOne-user-1", 0],
  ["getOne-user-64", 0],
  ["list-1", 1],
  ["list-64-different", 0],
  ["create-1", 0],
  ["create-64", 0],
  ["createMany", 0],
];

/** A few lines of the report, for the README: speeds, none of which stands only there. */
export function renderHeadlines(run: BenchRun): string {
  const lines = headlines.flatMap(([workload, place]) => {
    const series = run.series.find((each) => each.workload === workload && each.place === place);
    if (!series) return [];
    const [raw, better] = (["raw", "better"] as const).map((name) => speedRatio(series, "engine", name)?.median);
    return [[series.label, String(series.callers), significantOr(raw), significantOr(better)]];
  });
  return `${describeRun(run)}.\n\n${renderTable([["", "callers", "engine : raw", "engine : better"], ...lines])}`;
}

function showFigure(figures: readonly number[] | undefined, { unit }: Series): string {
  if (!figures) return nothing;
  const figure = median(figures);
  if (unit === "times") return `${significant(figure)} ×`;
  return unit === "MB" ? `${significant(figure)} MB` : showDuration(figure);
}

// Took no part.
const nothing = "–";

const significantOr = (value: number | undefined): string => (value === undefined ? nothing : significant(value));

const showRatio = (ratio: SpeedRatio | undefined): string =>
  ratio ? `${significant(ratio.median)} (${significant(ratio.least)}–${significant(ratio.most)})` : nothing;
