// How many records a filter selects.
import { setImmediate as nextTurn } from "node:timers/promises";
import { readCallOptions } from "../base/call-options.js";
import { err, ok, type Outcome } from "../base/result.js";
import { bindParameters } from "../query/values/bind-parameters.js";
import { requireCollection, type RecordContext } from "./record-context.js";
import { compileCount } from "./pages/list-queries.js";
import { requireBypass } from "./rows/row-access.js";
import { bindContext } from "./rows/bind-context.js";
import { readFilter, type FilterInput } from "./pages/record-filter.js";
import { readWithTotal } from "./totals/read-with-total.js";
import { totalQuestion } from "./totals/total-question.js";

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
  const compiled = compileCount(context, collection, read.value, includeDeleted);
  if (compiled.isErr()) return err(compiled.error);
  const counted = bindParameters(compiled.value, bindContext(context, "list", read.value));
  if (counted.isErr()) return err(counted.error);
  const [statement, values] = [compiled.value, counted.value.parameters];
  const question = totalQuestion({ collection, catalog: context.catalog, statement, values });
  return context.readShared(question.text, async (db) => {
    const read = await readWithTotal<object>(context, db, {
      question,
      // An answer from memory gives way all the same: who asks in a loop would keep the process from everything else.
      withoutTotal: () => nextTurn({}),
      withTotal: async () => {
        const { rows } = await db.executeQuery<{ readonly total: unknown }>(counted.value);
        return { total: Number(rows[0]?.total) };
      },
    });
    return ok(read.total);
  });
}
