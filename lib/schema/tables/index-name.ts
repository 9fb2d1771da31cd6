// Names of indexes, from which people and error messages can tell the table and the columns.

/** What an index is about. */
export interface IndexParts {
  readonly table: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** `ux:posts:title,author` for a unique one, `ix:…` for others. Names of tables and columns hold neither `:` nor `,`. */
export const indexName = ({ table, columns, unique }: IndexParts): string =>
  `${unique ? "ux" : "ix"}:${table}:${columns.join(",")}`;
