// Tables in Markdown pages, read back so that tests can hold them against the code.

/** The rows of the table whose first head cell is given, as cells; throws when the page has no such table. */
export function tableRows(markdown: string, firstHead: string): readonly (readonly string[])[] {
  const lines = markdown.split("\n");
  const head = lines.findIndex((line) => line.startsWith("|") && cellsOf(line)[0] === firstHead);
  if (head < 0) throw new Error(`no table starts with the column "${firstHead}"`);
  const rows: (readonly string[])[] = [];
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith("|")) break;
    rows.push(cellsOf(line));
  }
  return rows;
}

/** The words of a cell that stand in backticks. */
export const codeWords = (cell: string | undefined): readonly string[] =>
  [...(cell ?? "").matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((match) => match[1]!);

const cellsOf = (line: string): readonly string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
