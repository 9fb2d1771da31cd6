// How SQLite would answer a query: EXPLAIN QUERY PLAN and what its rows say. Runs nothing.
import type { CompiledQuery } from "kysely";
import type { PlanStep } from "../store-dialect.js";

/** The same query, asked for its plan. */
export const planOf = (query: CompiledQuery): CompiledQuery => ({ ...query, sql: `explain query plan ${query.sql}` });

interface PlanRow {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** The steps in SQLite's order, which is that of the tree. */
export function readPlan(rows: readonly unknown[]): readonly PlanStep[] {
  const depths = new Map<number, number>([[0, -1]]);
  return (rows as readonly PlanRow[]).map(({ id, parent, detail }) => {
    const depth = (depths.get(parent) ?? -1) + 1;
    depths.set(id, depth);
    return { detail, depth, scans: scannedTable(detail), sorts: detail.startsWith("USE TEMP B-TREE FOR ORDER BY") };
  });
}

// An index that is scanned gives the order, but every row is still looked at. Functions that give rows are called
// virtual tables, and subqueries stand in parentheses.
function scannedTable(detail: string): string | undefined {
  const [, table] = /^SCAN ([^(].*?)(?: USING (?:COVERING )?INDEX .*)?$/.exec(detail) ?? [];
  return table === undefined || table.includes("VIRTUAL TABLE") || table.endsWith("CONSTANT ROW") ? undefined : table;
}
