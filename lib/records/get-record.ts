// One record: by its id, or the first that a filter selects.
import { readCallOptions } from "../base/call-options.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import { expandRecords } from "./selection/expand-records.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { listRecords } from "./list-records.js";
import { projectionKey, projectRecord } from "./selection/projection.js";
import {
  isRecordId,
  recordNotFound,
  requireCollection,
  type CompileContext,
  type RecordContext,
} from "./record-context.js";
import { bindContext } from "./rows/bind-context.js";
import type { FilterInput } from "./pages/record-filter.js";
import { accessPredicate, requireBypass } from "./rows/row-access.js";
import type { Collection } from "../schema/collection.js";
import type { EngineError } from "../base/errors.js";
import { CompiledQuery, sql, type RawBuilder } from "kysely";
import {
  selectionKinds,
  selectRecordParts,
  type RecordSelection,
  type SelectionOptions,
} from "./selection/record-selection.js";
import { engineSlot } from "./rows/engine-slot.js";
import { compileKeyedRead, runKeyedRead } from "./rows/keyed-record.js";
import { liveRows } from "./rows/row-predicates.js";

export interface GetOptions extends SelectionOptions {
  /** The record also when it is soft-deleted. Default false. */
  readonly includeDeleted?: boolean | undefined;
}

export interface GetFirstOptions extends GetOptions {
  /** `"-created,title"` or a list of such keys. Default: as the records were made. */
  readonly sort?: string | readonly string[] | undefined;
}

const getKinds = { ...selectionKinds, includeDeleted: "boolean" } as const;

/** The record of an id. `record_not_found`, `collection_not_found`, `request_invalid` (fields, expand). */
export function getRecord(
  context: RecordContext,
  name: string,
  id: string,
  options: GetOptions = {},
): Outcome<PlainRecord> {
  const plan = planGet(context, name, id, options);
  if (plan.isErr()) return Promise.resolve(err(plan.error));
  const { selection } = plan.value;
  // No async functions: a frame for each call is felt here, where 64 callers' reads share one trip.
  return readText(context, plan.value).then((text) => {
    if (text.isErr()) return err(text.error);
    const record = JSON.parse(text.value) as PlainRecord;
    return selection.expand.length === 0 ? ok(record) : expand(context, record, selection);
  });
}

const expand = (context: RecordContext, record: PlainRecord, selection: RecordSelection): Outcome<PlainRecord> =>
  context.read(async (db) => {
    const expanded = await expandRecords(context, db, [record], selection);
    return expanded.map(() => record);
  });

/** As {@link getRecord}, as JSON text: what the store built, untouched where nothing is expanded. */
export function getRecordText(
  context: RecordContext,
  name: string,
  id: string,
  options: GetOptions = {},
): Outcome<string> {
  const plan = planGet(context, name, id, options);
  if (plan.isErr()) return Promise.resolve(err(plan.error));
  if (plan.value.selection.expand.length === 0) return readText(context, plan.value);
  return getRecord(context, name, id, options).then((record) => record.map((expanded) => JSON.stringify(expanded)));
}

/** What a get was asked for, read and checked against the schema. */
interface GetPlan {
  readonly collection: Collection;
  readonly id: string;
  readonly selection: RecordSelection;
  readonly includeDeleted: boolean;
}

function planGet(context: RecordContext, name: string, id: string, options: GetOptions): Result<GetPlan, EngineError> {
  const found = requireCollection(context, name);
  if (found.isErr()) return err(found.error);
  const collection = found.value;
  const read = readCallOptions(options, getKinds);
  if (read.isErr()) return err(read.error);
  const selection = selectRecordParts(context, collection, read.value);
  if (selection.isErr()) return err(selection.error);
  if (!isRecordId(id)) return recordNotFound(name, id);
  const { includeDeleted = false } = read.value;
  const allowed = includeDeleted ? requireBypass(context) : undefined;
  return allowed?.isErr() ? err(allowed.error) : ok({ collection, id, selection: selection.value, includeDeleted });
}

/** The record's JSON. `record_not_found`. */
function readText(context: RecordContext, { collection, id, selection, includeDeleted }: GetPlan): Outcome<string> {
  const key = `get ${includeDeleted} ${projectionKey(selection)}`;
  const compiled = context.services.queries.keyed(context, collection, key, () =>
    gettable(context, collection, includeDeleted).map((predicate) =>
      compileKeyedRead(context, collection, projectRecord(context, collection, selection), predicate),
    ),
  );
  return runKeyedRead(context, compiled, id, () => bindContext(context, "view")).then((item) => {
    if (item.isErr()) return err(item.error);
    return item.value === undefined ? recordNotFound(collection.name, id) : ok(item.value);
  });
}

/** What a row must satisfy to be given. */
const gettable = (
  context: CompileContext,
  collection: Collection,
  includeDeleted: boolean,
): Result<RawBuilder<boolean>, EngineError> =>
  accessPredicate(context, collection, "view").map((viewable) => {
    const parts = [
      ...(includeDeleted ? [] : [liveRows(collection)]),
      ...(viewable ? [sql<boolean>`(${viewable})`] : []),
    ];
    return parts.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(parts, sql` and `)}`;
  });

/** The statement of a get of all fields, as it is asked alone: slot `id`. */
export const compileGet = (context: CompileContext, collection: Collection): Result<CompiledQuery, EngineError> =>
  gettable(context, collection, false).map((predicate) => {
    const read = compileKeyedRead(context, collection, projectRecord(context, collection), predicate);
    return CompiledQuery.raw(read.query.one, read.parameters.toSpliced(read.query.keyAt, 0, engineSlot("id")));
  });

/** The first record of a sorted, filtered list. `record_not_found`, and what a list can end in. */
export async function getFirstRecord(
  context: RecordContext,
  name: string,
  filter: FilterInput,
  options: GetFirstOptions = {},
): Outcome<PlainRecord> {
  const read = readCallOptions(options, { ...getKinds, sort: "any" });
  if (read.isErr()) return err(read.error);
  const page = await listRecords(context, name, 1, 1, { ...read.value, filter, skipTotal: true });
  if (page.isErr()) return err(page.error);
  const [first] = page.value.items;
  if (first) return ok(first);
  return refuse(
    "record_not_found",
    { collection: name, id: "" },
    { message: `No record of "${name}" matches the filter.` },
  );
}
