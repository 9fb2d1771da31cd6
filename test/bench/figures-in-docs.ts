// Puts the newest figures into the page about them. Never touches the rest of the page.

const start = "<!-- figures: written by `npm run bench -- --write-docs` -->";
const end = "<!-- end of figures -->";

/** The page with new figures between its marks. Throws when it does not have each mark once, in order. */
export function replaceFigures(page: string, figures: string): string {
  const [before, middle, ...tooMany] = page.split(start);
  const [former, after, ...moreEnds] = (middle ?? "").split(end);
  if (before === undefined || former === undefined || after === undefined || tooMany.length + moreEnds.length > 0) {
    throw new Error(`the page needs the lines "${start}" and "${end}", each once`);
  }
  return `${before}${start}\n\n${figures}\n\n${end}${after}`;
}
