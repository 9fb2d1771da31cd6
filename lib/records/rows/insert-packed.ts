// New rows of many callers into a table, in one statement and one bound value. A row that clashes with a unique value is
// left out and the others go in, where its refusal can still be told afterwards; else all are refused.
import { CompiledQuery, sql } from "kysely";
import { ok } from "../../base/result.js";
import { engineSlot } from "./engine-slot.js";
import type { Collection } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import { physicalIndexes } from "../../schema/tables/physical-indexes.js";
import { isEngineSet } from "../../schema/system-fields.js";
import type { ColumnKind } from "../../storage/store-dialect.js";
import type { StoreExecutor, StoreRow } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { projectionKey, projectRecord, type ProjectedParts } from "../selection/projection.js";
import { changingRows } from "./changing-rows.js";
import type { PlainRecord } from "./plain-record.js";
import type { NewRow } from "./new-row.js";
import type { RowValues } from "./write-values.js";

/** The columns of a new row: what the engine sets, and what callers give. */
interface RowShape {
  readonly names: readonly string[];
  readonly kinds: readonly ColumnKind[];
}

const engineShape: RowShape = {
  names: ["id", "created", "updated"],
  kinds: ["text", "text", "text"],
};

const givenShapes = new WeakMap<Collection, RowShape>();

function givenShape(collection: Collection): RowShape {
  const known = givenShapes.get(collection);
  if (known) return known;
  const fields = [...collection.fields.values()].filter((field) => !isEngineSet(field));
  const shape = {
    names: fields.map(({ name }) => name),
    kinds: fields.map((field) => fieldTypes[field.type].columnKind(field)),
  };
  givenShapes.set(collection, shape);
  return shape;
}

/** What callers give of a row, packed; undefined when it must be bound by itself. */
export function packGiven({ services }: RecordContext, collection: Collection, row: RowValues): string | undefined {
  const { names, kinds } = givenShape(collection);
  return services.dialect.packValues(
    kinds,
    names.map((name) => row[name] ?? null),
  );
}

/** A row to insert. */
export interface PackedRow {
  readonly id: string;
  readonly now: string;
  readonly given: string;
}

/** Whole rows, packed; undefined when one of them must be bound by itself. */
export function packNewRows(
  context: RecordContext,
  collection: Collection,
  rows: readonly NewRow[],
): readonly PackedRow[] | undefined {
  const packed: PackedRow[] = [];
  for (const row of rows) {
    const given = packGiven(context, collection, row);
    if (given === undefined) return undefined;
    packed.push({ id: row.id, now: row["created"] as string, given });
  }
  return packed;
}

/** Gives the records of the rows that went in, by their ids. Throws what the store throws. */
export async function insertPacked(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  rows: readonly PackedRow[],
  parts: ProjectedParts,
): Promise<ReadonlyMap<string, PlainRecord>> {
  const { dialect } = context.services;
  const packed = dialect.packRows(
    rows.map(({ id, now, given }) => [dialect.packValues(engineShape.kinds, [id, now, now]) as string, given]),
  );
  const text = insertText(context, db, collection, parts);
  const ids = rows.map(({ id }) => id);
  const { rows: inserted } = await changingRows(context, db, collection, ids, () =>
    db.executeQuery<StoreRow>(CompiledQuery.raw(text, [packed])),
  );
  return new Map(inserted.map(({ id, item }) => [id as string, JSON.parse(item as string) as PlainRecord]));
}

function insertText(context: RecordContext, db: StoreExecutor, collection: Collection, parts: ProjectedParts): string {
  const { dialect, queries } = context.services;
  const compiled = queries.compiled(context, collection, ["insert packed", projectionKey(parts)], () => {
    const given = givenShape(collection);
    const names = [...engineShape.names, ...given.names].map((name) => sql.id(name));
    const rows = dialect.unpackRows([...engineShape.kinds, ...given.kinds], sql`${engineSlot("rows")}`);
    const id = sql.ref(`${collection.name}.id`);
    const item = projectRecord(context, collection, parts);
    const unique = [...physicalIndexes(collection).values()].filter((index) => index.unique);
    // A row that is left out is told why only after the others went in. With several unique indexes it might then clash in
    // another one first, so all rows are refused and go one by one. Without WHERE, ON would begin a join's condition.
    const orLeaveOut = unique.length > 1 ? sql`` : sql`where true on conflict do nothing`;
    const query = sql`insert into ${sql.table(collection.name)} (${sql.join(names)}) ${rows} ${orLeaveOut} returning ${id} as "id", ${item} as "item"`;
    return ok(CompiledQuery.raw(query.compile(db).sql));
  });
  if (compiled.isErr()) throw compiled.error;
  return compiled.value.sql;
}
