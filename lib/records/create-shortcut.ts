// The faster ways of a create: as one statement, and together with others like it. They do what the create's own work
// does, or nothing.
import { formatTimestamp } from "../base/clock.js";
import { ok, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { Collection } from "../schema/collection.js";
import type { RecordValues } from "../schema/validation/record-validator.js";
import type { StoreExecutor, WriteShortcut } from "../storage/storage.js";
import { mayBeOneStatement } from "./rows/changing-rows.js";
import { insertRows } from "./rows/insert-rows.js";
import { insertPacked, packGiven } from "./rows/insert-packed.js";
import { newRow } from "./rows/new-row.js";
import type { PlainRecord } from "./rows/plain-record.js";
import type { RecordContext } from "./record-context.js";
import { dropUnpicked } from "./selection/expand-records.js";
import { projectionKey } from "./selection/projection.js";
import type { RecordSelection } from "./selection/record-selection.js";
import { encodeRow } from "./rows/write-values.js";

/** A create as its shortcuts need it. */
export interface NewRecord {
  readonly collection: Collection;
  readonly values: RecordValues;
  readonly selection: RecordSelection;
}

/** Undefined for creates that more than one statement must decide. */
export function createShortcut(context: RecordContext, record: NewRecord): WriteShortcut<PlainRecord> | undefined {
  const { collection, values, selection } = record;
  if (!context.policy.bypassesRules || selection.expand.length > 0 || namesRecords(record)) return undefined;
  const statement = async (db: StoreExecutor): Promise<Result<PlainRecord, EngineError> | undefined> => {
    if (!mayBeOneStatement(context, collection)) return undefined;
    const [inserted] = await insertRows(context, db, collection, [newRow(context, collection, values)], selection);
    return ok(shown(inserted?.record ?? {}, selection));
  };
  const given = packGiven(context, collection, encodeRow(collection, values));
  if (given === undefined) return { statement };
  const isOneStatement = mayBeOneStatement(context, collection);
  const key = JSON.stringify([
    ...["create", isOneStatement, context.catalog.version, context.scope, context.policy.shape],
    ...[collection.id, projectionKey(selection)],
  ]);
  const run = async (db: StoreExecutor, items: readonly unknown[]) =>
    // Somebody may have begun to watch while it waited.
    isOneStatement && !mayBeOneStatement(context, collection)
      ? items.map(() => undefined)
      : createTogether(context, db, record, items as readonly string[]);
  return { statement, batch: { key, item: given, bytes: given.length, isOneStatement, run } };
}

const namesRecords = ({ collection, values }: NewRecord): boolean => {
  for (const field of collection.fields.values()) {
    if (field.type === "relation" && hasValue(values.get(field.name))) return true;
  }
  return false;
};

const hasValue = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : typeof value === "string");

async function createTogether(
  context: RecordContext,
  db: StoreExecutor,
  { collection, selection }: NewRecord,
  items: readonly string[],
): Promise<readonly (Result<PlainRecord, EngineError> | undefined)[]> {
  const { services } = context;
  const now = formatTimestamp(services.clock.now());
  const rows = items.map((given) => ({ id: services.newId(), now, given }));
  const records = await insertPacked(context, db, collection, rows, selection);
  return rows.map(({ id }) => {
    const record = records.get(id);
    return record && ok(shown(record, selection));
  });
}

const shown = (record: PlainRecord, selection: RecordSelection): PlainRecord => {
  dropUnpicked([record], selection);
  return record;
};
