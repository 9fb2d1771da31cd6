// The statements that bring a database from one version of the schema to a later one. Opens nothing, runs nothing.
import type { Catalog, DatabaseScope } from "../schema/catalog.js";
import type { SchemaLogEntry } from "../schema/schema-change.js";
import { compileChange, type DdlTools } from "../schema/tables/ddl.js";

/** The statements of all entries, which follow on the catalog, for databases of the scope. They bind no values. */
export function compileUpgrade(
  tools: DdlTools,
  start: Catalog,
  entries: readonly SchemaLogEntry[],
  scope: DatabaseScope,
): readonly string[] {
  const statements: string[] = [];
  let before = start;
  for (const entry of entries) {
    const after = before.with(entry);
    statements.push(...compileChange(tools, entry.change, before, after, scope));
    before = after;
  }
  return statements;
}
