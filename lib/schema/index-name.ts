// Names of indexes that tell their table and columns. Only this file may know how.

/** What an index is about. */
export interface IndexParts {
  readonly table: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** `ux:posts:title,author` for a unique one, `ix:…` for others. Names of tables and columns hold neither `:` nor `,`. */
export const indexName = ({ table, columns, unique }: IndexParts): string =>
  `${unique ? "ux" : "ix"}:${table}:${columns.join(",")}`;

/** The parts of a name that {@link indexName} made; undefined for other names. */
export function parseIndexName(name: string): IndexParts | undefined {
  const [, kind, table = "", columns = ""] = /^(ux|ix):([^:,]+):([^:]+)$/.exec(name) ?? [];
  return kind === undefined ? undefined : { table, columns: columns.split(","), unique: kind === "ux" };
}
