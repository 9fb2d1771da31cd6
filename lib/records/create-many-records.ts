// Many new records in one transaction: all of them or none. Rows travel some hundred to a statement.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EngineError } from "../base/errors.js";
import { readCallOptions } from "../base/call-options.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import type { RecordValues } from "../schema/validation/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import { checkRelations } from "./rows/check-relations.js";
import { validateNew } from "./create-record.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { insertMany, rowsPerStatement, type InsertedRow } from "./inserts/insert-many.js";
import { engineSet, newRow } from "./inserts/new-row.js";
import { requireWritable, type RecordContext } from "./record-context.js";
import { askPackedRules, packedRules, type ClientRow } from "./inserts/packed-rules.js";
import { inRow } from "./inserts/refused-row.js";
import { requireCreatable, shownAfterWrite } from "./rows/row-access.js";
import { refusalOrClash, replaceByNew } from "./rows/told-clash.js";
import { encodeRow, hashPasswords, type RowValues } from "./rows/write-values.js";
import { maskRefusal, sentValues } from "./rows/written-fields.js";

/** Options of `createMany`. */
export interface CreateManyOptions {
  /** Called after each statement of up to 500 rows. The rows are there for others only when the call returns. */
  readonly onProgress?: ProgressListener;
}

// Validation of 500 rows takes about 2 ms; then other work of the process gets its turn.
const rowsPerTurn = 500;
// More would hold up those that share their commit.
const mostShared = 100;

/**
 * Makes all records or none; gives them in the order of the rows. An error names the first bad row in
 * `details.row`. `validation_failed`, `unique_violation`, `request_invalid` (no list, or over `limits.createManyRows`).
 */
export async function createManyRecords(
  context: RecordContext,
  name: string,
  rows: unknown,
  options: CreateManyOptions = {},
): Outcome<PlainRecord[]> {
  const writable = requireWritable(context, name);
  if (writable.isErr()) return err(writable.error);
  const collection = writable.value;
  const list = readRows(rows, context.services.limits.createManyRows);
  if (list.isErr()) return err(list.error);
  const read = readCallOptions(options, { onProgress: "function" });
  if (read.isErr()) return err(read.error);
  const validated = await validateRows(context, collection, list.value);
  if (validated.isErr()) return err(validated.error);
  const rowsToWrite = validated.value;
  if (rowsToWrite.length === 0) return ok([]);
  const { onProgress } = read.value;
  const total = rowsToWrite.length;
  const work = async (db: StoreExecutor): Outcome<PlainRecord[]> => {
    const named = rowsToWrite.flatMap(({ values }) => values ?? []);
    const related = named.length === 0 ? ok(undefined) : await checkRelations(context, db, collection, named);
    if (related.isErr()) return err(related.error);
    const rows = rowsToWrite.map(({ row }) => row);
    const inserted = await insertMany(context, db, collection, rows, (done) =>
      onProgress?.({ done, total, failed: 0, current: collection.name }),
    );
    if (inserted.isErr()) return err(await toldOf(context, db, collection, rowsToWrite, inserted.error));
    return authorizeRows(context, db, collection, rowsToWrite, inserted.value);
  };
  // Progress is not to be told twice.
  const isAlone = total > mostShared || onProgress !== undefined;
  const created = await context.write(work, { isAlone });
  return created.mapErr((error) => maskRefusal(context, collection, error));
}

/** A copy of the list: what is validated is what is written, whatever is done to the list meanwhile. */
function readRows(rows: unknown, most: number): Result<readonly unknown[], EngineError> {
  let length: number | undefined;
  try {
    length = Array.isArray(rows) ? rows.length : undefined;
    if (length !== undefined && length <= most) return ok(Array.from(rows as readonly unknown[]));
  } catch {
    // A proxy or a getter threw; the refusal below says what is expected.
  }
  const message = `createMany takes a list of at most ${most} rows${length === undefined ? "" : `; this one has ${length}`}.`;
  return refuse("request_invalid", { parameter: "rows" }, { message });
}

interface ValidatedRow {
  readonly row: RowValues;
  /** Kept only where they may name records: 10,000 maps that nobody reads cost a third of the call. */
  readonly values: RecordValues | undefined;
  /** What the row's rule sees as `@request.data`; empty for those who are bound by none. */
  readonly sent: Readonly<Record<string, unknown>>;
}

const nothing = {};

async function validateRows(
  context: RecordContext,
  collection: Collection,
  rows: readonly unknown[],
): Outcome<ValidatedRow[]> {
  const { bypassesRules } = context.policy;
  const mayNameRecords = [...collection.fields.values()].some(({ type }) => type === "relation");
  const validated: ValidatedRow[] = [];
  for (const [at, data] of rows.entries()) {
    if (at > 0 && at % rowsPerTurn === 0) await nextTurn();
    const valid = validateNew(context, collection, data);
    if (valid.isErr()) return err(inRow(valid.error, at));
    const hashed = collection.type === "auth" ? await hashPasswords(context, collection, valid.value) : valid;
    if (hashed.isErr()) return err(hashed.error);
    validated.push({
      row: encodeRow(collection, hashed.value),
      values: mayNameRecords ? hashed.value : undefined,
      sent: bypassesRules ? nothing : sentValues(data, valid.value),
    });
  }
  return ok(validated);
}

/** A clash as the caller may hear of it. */
async function toldOf(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly ValidatedRow[],
  error: EngineError,
): Promise<EngineError> {
  const clashing = error.is("unique_violation") ? rows[error.details.row ?? 0] : undefined;
  if (!clashing || context.policy.bypassesRules) return error;
  const row = newRow(clashing.row, engineSet(context));
  const allow = () => requireCreatable(context, db, collection, row.id, clashing.sent);
  return refusalOrClash(error, () => replaceByNew(db, collection, row), allow);
}

/** Each row must satisfy the rule of its making by itself: what rules see of the request differs from row to row. */
async function authorizeRows(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly ValidatedRow[],
  inserted: readonly InsertedRow[],
): Outcome<PlainRecord[]> {
  if (context.policy.bypassesRules) return ok(inserted.map(({ record }) => record));
  const alike = await authorizePacked(context, db, collection, rows, inserted);
  if (alike !== undefined) return alike;
  const shown: PlainRecord[] = [];
  for (const [index, { id, record }] of inserted.entries()) {
    const allowed = await requireCreatable(context, db, collection, id, rows[index]?.sent ?? {});
    if (allowed.isErr()) return err(allowed.error);
    shown.push(await shownAfterWrite(context, db, collection, id, record));
  }
  return ok(shown);
}

/** Some hundred rows at once; undefined where each must be asked about by itself. */
async function authorizePacked(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly ValidatedRow[],
  inserted: readonly InsertedRow[],
): Promise<Result<PlainRecord[], EngineError> | undefined> {
  const rules = packedRules(context, collection);
  if (rules === undefined) return undefined;
  const shown: PlainRecord[] = [];
  for (let start = 0; start < inserted.length; start += rowsPerStatement) {
    const asked: ClientRow[] = [];
    for (const [at, { id, now, given }] of inserted.slice(start, start + rowsPerStatement).entries()) {
      if (given === undefined) return undefined;
      asked.push({ id, now, given, context, sent: rows[start + at]?.sent ?? nothing });
    }
    const verdict = await askPackedRules(context, db, rules, asked);
    // By itself the row that a rule refuses is told so.
    if (verdict === undefined || verdict.creatable.size < asked.length) return undefined;
    for (const [at, { id }] of asked.entries()) {
      shown.push(verdict.viewable.has(at) ? (inserted[start + at] as InsertedRow).record : { id });
    }
  }
  return ok(shown);
}
