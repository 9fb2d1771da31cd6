// Many new records in one transaction: all of them or none. Rows travel some hundred to a statement.
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError, isEngineError } from "../base/errors.js";
import { readCallOptions } from "../base/call-options.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, refuse, type Outcome, type Result } from "../base/result.js";
import type { Collection } from "../schema/collection.js";
import type { RecordValues } from "../schema/validation/record-validator.js";
import type { StoreExecutor } from "../storage/storage.js";
import { checkRelations } from "./rows/check-relations.js";
import { validateNew } from "./create-record.js";
import type { PlainRecord } from "./rows/plain-record.js";
import { insertPacked, packNewRows } from "./rows/insert-packed.js";
import { allFields } from "./selection/projection.js";
import { insertRows, type InsertedRow } from "./rows/insert-rows.js";
import { newRow, type NewRow } from "./rows/new-row.js";
import { requireWritable, type RecordContext } from "./record-context.js";
import { requireCreatable, shownAfterWrite } from "./rows/row-access.js";
import { refusalOrClash, replaceByNew } from "./rows/told-clash.js";
import { hashPasswords } from "./rows/write-values.js";
import { maskRefusal, sentValues } from "./rows/written-fields.js";

/** Options of `createMany`. */
export interface CreateManyOptions {
  /** Called after each statement of up to 100 rows. The rows are there for others only when the call returns. */
  readonly onProgress?: ProgressListener;
}

// A statement of 100 rows costs an eighth of 100 statements; more rows gain little and bind more memory.
const rowsPerStatement = 100;
// SQLITE_LIMIT_VARIABLE_NUMBER is 32,766.
const mostVariables = 32_000;
// What does not fill a statement goes by tens and ones, so that only three statements are ever prepared.
const smallerStatements = [10, 1];
// Validation of 500 rows takes about 2 ms; then other work of the process gets its turn.
const rowsPerTurn = 500;

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
  const values = rowsToWrite.map((row) => row.values);
  const { onProgress } = read.value;
  const work = async (db: StoreExecutor): Outcome<PlainRecord[]> => {
    const related = await checkRelations(context, db, collection, values);
    if (related.isErr()) return err(related.error);
    const inserted = await insertAll(context, db, collection, values, onProgress);
    if (inserted.isErr()) return err(await toldOf(context, db, collection, rowsToWrite, inserted.error));
    return authorizeRows(context, db, collection, rowsToWrite, inserted.value);
  };
  // Many rows would hold up those that share their commit, and progress is not to be told twice.
  const isAlone = values.length > rowsPerStatement || onProgress !== undefined;
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
  readonly values: RecordValues;
  /** What the row's rule sees as `@request.data`. */
  readonly sent: Readonly<Record<string, unknown>>;
}

async function validateRows(
  context: RecordContext,
  collection: Collection,
  rows: readonly unknown[],
): Outcome<ValidatedRow[]> {
  const validated: ValidatedRow[] = [];
  for (const [row, data] of rows.entries()) {
    if (row > 0 && row % rowsPerTurn === 0) await nextTurn();
    const valid = validateNew(context, collection, data);
    if (valid.isErr()) return err(inRow(valid.error, row));
    const hashed = collection.type === "auth" ? await hashPasswords(context, collection, valid.value) : valid;
    if (hashed.isErr()) return err(hashed.error);
    validated.push({ values: hashed.value, sent: sentValues(data, valid.value) });
  }
  return ok(validated);
}

async function insertAll(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  values: readonly RecordValues[],
  onProgress: ProgressListener | undefined,
): Outcome<InsertedRow[]> {
  const rows = values.map((row) => newRow(context, collection, row));
  const columns = Object.keys(rows[0] ?? {}).length;
  const sizes = [Math.min(rowsPerStatement, Math.floor(mostVariables / columns)), ...smallerStatements];
  const records: InsertedRow[] = [];
  while (records.length < rows.length) {
    const start = records.length;
    const size = sizes.find((candidate) => candidate <= rows.length - start) ?? 1;
    const inserted = await insertChunk(context, db, collection, rows.slice(start, start + size), start);
    if (inserted.isErr()) return err(inserted.error);
    records.push(...inserted.value);
    onProgress?.({ done: records.length, total: rows.length, failed: 0, current: collection.name });
  }
  return ok(records);
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
  const row = newRow(context, collection, clashing.values);
  const allow = () => requireCreatable(context, db, collection, row.id, clashing.sent);
  return refusalOrClash(error, () => replaceByNew(db, collection, row), allow);
}

/** Each row must satisfy the rule of its making by itself: what rules see of the request differs from row to row. */
async function authorizeRows(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly ValidatedRow[],
  records: readonly InsertedRow[],
): Outcome<PlainRecord[]> {
  const shown: PlainRecord[] = [];
  for (const [index, { id, record }] of records.entries()) {
    const allowed = await requireCreatable(context, db, collection, id, rows[index]?.sent ?? {});
    if (allowed.isErr()) return err(allowed.error);
    shown.push(await shownAfterWrite(context, db, collection, id, record));
  }
  return ok(shown);
}

async function insertChunk(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly NewRow[],
  start: number,
): Outcome<readonly InsertedRow[]> {
  try {
    const packed = rows.length > 1 ? packNewRows(context, collection, rows) : undefined;
    if (packed === undefined) return ok(await insertRows(context, db, collection, rows));
    const records = await insertPacked(context, db, collection, packed, allFields);
    const leftOut = rows.findIndex(({ id }) => !records.has(id));
    if (leftOut === -1) return ok(rows.map(({ id }) => ({ id, record: records.get(id) as PlainRecord })));
    // By itself it is refused, and that says why.
    const alone = await insertChunk(context, db, collection, rows.slice(leftOut, leftOut + 1), start + leftOut);
    return alone.isErr() ? alone : refuse("internal", {}, { message: "A row was left out for no reason." });
  } catch (thrown) {
    if (!isEngineError(thrown) || !thrown.is("unique_violation") || rows.length === 1) {
      return err(isEngineError(thrown) ? inRow(thrown, start) : new EngineError("internal", {}, { cause: thrown }));
    }
    // The statement was undone as a whole, and SQLite does not say which row it was: one by one, the first that
    // clashes is found. The transaction is rolled back in any case.
    for (const [index, row] of rows.entries()) {
      const alone = await insertChunk(context, db, collection, [row], start + index);
      if (alone.isErr()) return alone;
    }
    return err(thrown);
  }
}

/** The same error, naming the row of the list. */
function inRow(error: EngineError, row: number): EngineError {
  const message = `Row ${row}: ${error.message}`;
  if (error.is("validation_failed"))
    return new EngineError("validation_failed", { ...error.details, row }, { message });
  if (error.is("unique_violation")) return new EngineError("unique_violation", { ...error.details, row }, { message });
  return error;
}
