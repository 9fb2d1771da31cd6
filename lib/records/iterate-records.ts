// Everything that a filter selects, by key, one batch in memory at a time. No lease is held between batches.
import { readCallOptions } from "../base/call-options.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { listRecords } from "./list-records.js";
import type { RecordContext } from "./record-context.js";
import type { FilterInput } from "./pages/record-filter.js";
import { selectionKinds, type SelectionOptions } from "./selection/record-selection.js";

export interface IterateOptions extends SelectionOptions {
  /** Default: all live records. */
  readonly filter?: FilterInput | undefined;
  /** Records read at once, 1 to `limits.perPage` (1,000). Default 500: one query then costs less than a millisecond. */
  readonly batch?: number | undefined;
  /** Soft-deleted records too. Default false. */
  readonly includeDeleted?: boolean | undefined;
}

const defaultBatch = 500;

const iterateKinds = { ...selectionKinds, filter: "any", batch: "any", includeDeleted: "boolean" } as const;

/** Gives each record; an Err is the last thing given. `filter_invalid`, `request_invalid` (batch, fields, expand). */
export async function* iterateRecords(
  run: <T>(work: (context: RecordContext) => Outcome<T>) => PromiseLike<Result<T, EngineError>>,
  name: string,
  options: IterateOptions,
): AsyncGenerator<Result<PlainRecord, EngineError>, void, undefined> {
  const read = readCallOptions(options, iterateKinds);
  if (read.isErr()) {
    yield err(read.error);
    return;
  }
  const { batch = defaultBatch, ...listed } = read.value;
  let cursor: string | null = "";
  while (cursor !== null) {
    const from: string = cursor;
    const page = await run(async (context) => {
      const { perPage } = context.services.limits;
      if (!Number.isInteger(batch) || batch < 1 || batch > perPage) {
        return refuse(
          "request_invalid",
          { parameter: "batch" },
          { message: `batch is a whole number from 1 to ${perPage}.` },
        );
      }
      return listRecords(context, name, 1, batch, { ...listed, skipTotal: true, cursor: from });
    });
    if (page.isErr()) {
      yield err(page.error);
      return;
    }
    for (const record of page.value.items) yield ok(record);
    cursor = page.value.nextCursor ?? null;
  }
}
