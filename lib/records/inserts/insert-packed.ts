// New rows of many callers into a table, in one statement and one bound value.
import { CompiledQuery, sql, type RawBuilder } from "kysely";
import { ok } from "../../base/result.js";
import { engineSlot } from "../rows/engine-slot.js";
import type { Collection } from "../../schema/collection.js";
import { physicalIndexes, type PhysicalIndex } from "../../schema/tables/physical-indexes.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { changingRows } from "../rows/changing-rows.js";
import { packedShape, packEngineSet, type PackedRow } from "./packed-row.js";
import { relationsHold } from "./packed-relations.js";

/** What becomes of rows that clash with a unique value, or name a record that is not there. */
type Refused =
  /** They are left out and the others go in, where their refusal can still be told afterwards; else all are refused. */
  | "left out"
  /** A clash refuses all rows. Relations are not looked at. */
  | "refuses all";

/** Gives the ids of the rows that went in. Throws what the store throws. */
export async function insertPacked(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly PackedRow[],
): Promise<ReadonlySet<string>> {
  const inserted = await runInsert(context, db, collection, rows, "left out");
  return new Set(inserted.map(({ id }) => id as string));
}

/** All rows, or none: throws what the store throws. Not to learn which went in saves a tenth of the time. */
export async function insertAllPacked(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly PackedRow[],
): Promise<void> {
  await runInsert(context, db, collection, rows, "refuses all");
}

async function runInsert(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly PackedRow[],
  refused: Refused,
): Promise<readonly StoreRow[]> {
  const { dialect } = context.services;
  const packed = dialect.packRows(rows.map((row) => [packEngineSet(dialect, row), row.given]));
  const text = insertText(context, db, collection, refused);
  const ids = rows.map(({ id }) => id);
  const { rows: inserted } = await changingRows(context, db, collection, ids, () =>
    db.executeQuery<StoreRow>(CompiledQuery.raw(text, [packed])),
  );
  return inserted;
}

function insertText(context: RecordContext, db: StoreExecutor, collection: Collection, refused: Refused): string {
  const { dialect, queries } = context.services;
  const compiled = queries.compiled(context, collection, ["insert packed", refused], () => {
    const { names, kinds } = packedShape(collection);
    const columns = sql.join(names.map((name) => sql.id(name)));
    const rows = dialect.unpackRows(kinds, sql`${engineSlot("rows")}`);
    const end = refused === "left out" ? leavingOut(context, collection) : sql``;
    const query = sql`insert into ${sql.table(collection.name)} (${columns}) ${rows} ${end}`;
    return ok(CompiledQuery.raw(query.compile(db).sql));
  });
  if (compiled.isErr()) throw compiled.error;
  return compiled.value.sql;
}

const uniqueIndexes = (collection: Collection): readonly PhysicalIndex[] =>
  [...physicalIndexes(collection).values()].filter(({ unique }) => unique);

/** The fields of the only index in which rows of a collection can clash; undefined where there are several, or none. */
export function onlyUniqueFields(collection: Collection): readonly string[] | undefined {
  const [only, ...others] = uniqueIndexes(collection);
  return others.length === 0 ? only?.columns : undefined;
}

function leavingOut(context: RecordContext, collection: Collection): RawBuilder<unknown> {
  const unique = uniqueIndexes(collection);
  // A row that is left out is told why only after the others went in. With several unique indexes it might then clash in
  // another one first, so all rows are refused and go one by one.
  const onClash = unique.length > 1 ? sql`` : sql`on conflict do nothing`;
  // Without WHERE, ON would begin a join's condition.
  return sql`where ${relationsHold(context, collection)} ${onClash} returning ${sql.ref(`${collection.name}.id`)} as "id"`;
}
