// How many rows each table of a database aside holds.
import { ok, type Outcome } from "../base/result.js";
import type { DetachedStore } from "../storage/storage.js";

/** By table, in the order of their names. */
export function countRows(copy: DetachedStore): Outcome<Readonly<Record<string, number>>> {
  const tables = copy.objects.filter(({ kind }) => kind === "table");
  return copy.read(async (db) => {
    const rows: [string, number][] = [];
    for (const { name } of tables) {
      const counted = await db
        .selectFrom(name)
        .select((build) => build.fn.countAll<number>().as("rows"))
        .executeTakeFirstOrThrow();
      rows.push([name, counted.rows]);
    }
    return ok(Object.fromEntries(rows));
  });
}
