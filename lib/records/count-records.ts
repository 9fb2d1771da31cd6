// How many records a filter selects.
import { sql } from "kysely";
import { readCallOptions } from "../base/call-options.js";
import { err, ok, type Outcome } from "../base/result.js";
import { runBound } from "../query/values/run-bound.js";
import { requireCollection, type RecordContext } from "./record-context.js";
import { requireBypass } from "./rows/row-access.js";
import { bindContext } from "./rows/bind-context.js";
import { readFilter, rowPredicate, type FilterInput } from "./pages/record-filter.js";

/** Options of `count`. */
export interface CountOptions {
  /** Soft-deleted records too. Default false. */
  readonly includeDeleted?: boolean | undefined;
}

/** `filter_invalid`, `collection_not_found`. */
export async function countRecords(
  context: RecordContext,
  name: string,
  filter: FilterInput,
  options: CountOptions = {},
): Outcome<number> {
  const found = requireCollection(context, name);
  if (found.isErr()) return err(found.error);
  const collection = found.value;
  const checked = readCallOptions(options, { includeDeleted: "boolean" });
  if (checked.isErr()) return err(checked.error);
  const { includeDeleted = false } = checked.value;
  const read = readFilter(filter);
  if (read.isErr()) return err(read.error);
  const allowed = includeDeleted ? requireBypass(context) : ok(undefined);
  if (allowed.isErr()) return err(allowed.error);
  return context.read(async (db) => {
    const key = ["count", read.value.text, read.value.shapes, includeDeleted];
    const compiled = context.services.queries.compiled(context, collection, key, () =>
      rowPredicate(context, collection, read.value, includeDeleted).map((predicate) =>
        db
          .selectFrom(collection.name)
          .select(sql<number>`count(*)`.as("total"))
          .where(predicate)
          .compile(),
      ),
    );
    const rows = await runBound(db, compiled, bindContext(context, "list", read.value));
    return rows.map(([row]) => Number((row as { total: unknown }).total));
  });
}
