// Puts the newest figures into the page about them. Never touches the rest of the page.

/** Which figures of a page: those of the engine in process, those over HTTP, or the few in the README. */
export type FigureKind = "engine" | "http" | "headlines";

const marks = {
  engine: ["<!-- figures: written by `npm run bench -- --write-docs` -->", "<!-- end of figures -->"],
  headlines: ["<!-- headlines: written by `npm run bench -- --write-docs` -->", "<!-- end of headlines -->"],
  http: [
    "<!-- figures over HTTP: written by `npm run bench -- http --write-docs` -->",
    "<!-- end of figures over HTTP -->",
  ],
} as const;

/** Beside the page. */
export const plotsFolder = "benchmarks";

/** The plots as the page shows them. */
export const showPlots = (plots: readonly { readonly file: string; readonly title: string }[]): string =>
  ["### Plots", ...plots.map(({ file, title }) => `![${title}](${plotsFolder}/${file})`)].join("\n\n");

/** The page with new figures between their marks. Throws when it does not have each mark once, in order. */
export function replaceFigures(page: string, figures: string, kind: FigureKind = "engine"): string {
  const [start, end] = marks[kind];
  const [before, middle, ...tooMany] = page.split(start);
  const [former, after, ...moreEnds] = (middle ?? "").split(end);
  if (before === undefined || former === undefined || after === undefined || tooMany.length + moreEnds.length > 0) {
    throw new Error(`the page needs the lines "${start}" and "${end}", each once`);
  }
  return `${before}${start}\n\n${figures}\n\n${end}${after}`;
}
