// From measured rounds to figures, and to the text that people read. The text is Markdown as prettier writes it, so that
// the terminal and the documentation show the same.
import type { BenchRun, Series } from "./runner.js";
import { baseline, type VariantName, variantNames } from "./variants/index.js";

/** The middle value; between the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** How a variant's speed compares with the baseline's: 2 is twice as fast, 0.5 takes twice as long. */
export interface SpeedRatio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Compared round by round, because the rounds ran side by side. */
export function speedRatio({ figures }: Pick<Series, "figures">, variant: VariantName): SpeedRatio {
  const ratios = figures[baseline].map((figure, round) => figure / figures[variant][round]!);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

const compared = variantNames.filter((name) => name !== baseline);

/** The machine, then a table with a line for each series. */
export function renderReport(run: BenchRun): string {
  const { machine, scale, load, date } = run;
  const header = ["", "callers", ...variantNames, ...compared.map((name) => `${name} : ${baseline} (least–most)`)];
  const lines = run.series.map((series) => [
    series.label,
    String(series.callers),
    ...variantNames.map((name) => showFigure(median(series.figures[name]), series)),
    ...compared.map((name) => showRatio(speedRatio(series, name))),
  ]);
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node.slice(1)}, SQLite ${machine.sqlite};`,
    `medians of ${scale.rounds} ${scale.rounds === 1 ? "round" : "rounds"}; load average ${load[0]} before, ${load[1]} after.`,
    "",
    renderTable([header, ...lines]),
  ].join("\n");
}

const showFigure = (figure: number, { unit }: Series): string =>
  unit === "times" ? `${significant(figure)} ×` : showDuration(figure);

const showDuration = (microseconds: number): string => {
  if (microseconds < 1_000) return `${significant(microseconds)} µs`;
  return microseconds < 1_000_000 ? `${significant(microseconds / 1_000)} ms` : `${significant(microseconds / 1e6)} s`;
};

const showRatio = ({ median, least, most }: SpeedRatio): string =>
  `${significant(median)} (${significant(least)}–${significant(most)})`;

// More digits than repeat from run to run would only pretend.
export const significant = (value: number): string =>
  value >= 99.5 ? Math.round(value).toLocaleString("en") : value.toPrecision(2);

/** First column to the left, numbers to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(4, ...rows.map((row) => row[column]!.length)));
  const render = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [header, ...body] = rows;
  return [render(header!), rule, ...body.map(render)].join("\n");
}
