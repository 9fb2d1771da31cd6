// How figures are written, alone and in tables: no more digits than they are worth. Tables are Markdown as prettier writes it.

/** More digits than repeat from run to run would only pretend. */
export const significant = (value: number): string =>
  value >= 99.5 ? Math.round(value).toLocaleString("en") : value.toPrecision(2);

/** Microseconds in the unit that suits them. */
export function showDuration(microseconds: number): string {
  if (microseconds < 1_000) return `${significant(microseconds)} µs`;
  return microseconds < 1_000_000 ? `${significant(microseconds / 1_000)} ms` : `${significant(microseconds / 1e6)} s`;
}

/** First column to the left, numbers to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(4, ...rows.map((row) => row[column]!.length)));
  const render = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [header, ...body] = rows;
  return [render(header!), rule, ...body.map(render)].join("\n");
}
