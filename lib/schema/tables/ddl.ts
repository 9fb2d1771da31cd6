// Brings one database from one schema version to the next: tables, columns, indexes. Runs inside the transaction that it
// is given, never opens one; deleting runs nothing, because what is hidden stays.
import { sql } from "kysely";
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { StoreExecutor } from "../../storage/storage.js";
import type { Catalog } from "../catalog.js";
import type { Collection, Field } from "../collection.js";
import { standsIn, type DatabaseScope } from "../database-scope.js";
import { fieldTypes } from "../field-types/index.js";
import { physicalIndexes, type PhysicalIndex } from "./physical-indexes.js";
import type { CollectionUpdated, SchemaChange } from "../schema-change.js";
import { isEngineSet } from "../system-fields.js";
import { hasTokenEpoch, tokenEpochColumn } from "./token-epoch.js";

/**
 * Runs the DDL of one change in a database of the scope. `before` and `after` are the catalogs around
 * the change. A change of collections that do not stand in the scope runs nothing. What the store
 * refuses is thrown as it throws it, and the transaction must be rolled back.
 */
export async function applyChange(
  db: StoreExecutor,
  dialect: StoreDialect,
  change: SchemaChange,
  before: Catalog,
  after: Catalog,
  scope: DatabaseScope,
): Promise<void> {
  const now = after.withId(change.id);
  if (now === undefined) throw new Error(`no collection has the id ${change.id} after its own change`);
  if (!standsIn(now, scope)) return;
  if (change.kind === "collection_created") return createTable(db, dialect, now);
  if (change.kind !== "collection_updated") return;
  const was = before.withId(change.id);
  if (was === undefined) throw new Error(`no collection had the id ${change.id} before its change`);
  await addColumns(db, dialect, now, change);
  await fillRequired(db, was, now, change);
  await changeIndexes(db, was, now);
}

async function createTable(db: StoreExecutor, dialect: StoreDialect, collection: Collection): Promise<void> {
  const text = dialect.columnType("text");
  let table = db.schema
    .createTable(collection.name)
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("created", text, (column) => column.notNull())
    .addColumn("updated", text, (column) => column.notNull())
    // There from the start, because softDelete may be turned on later and unique indexes ask for it.
    .addColumn("deleted", text);
  if (hasTokenEpoch(collection)) {
    table = table.addColumn(tokenEpochColumn, "integer", (column) => column.notNull().defaultTo(0));
  }
  for (const field of collection.fields.values()) {
    if (!isEngineSet(field)) table = table.addColumn(field.name, columnTypeOf(dialect, field));
  }
  await table.execute();
  for (const index of physicalIndexes(collection).values()) await createIndex(db, index);
}

async function addColumns(
  db: StoreExecutor,
  dialect: StoreDialect,
  collection: Collection,
  { fieldsAdded }: CollectionUpdated,
): Promise<void> {
  for (const { name } of fieldsAdded) {
    const field = fieldOf(collection, name);
    const value = field.default === null ? null : fieldTypes[field.type].encode(field.default, field);
    // With the default in the column, the store gives it to every record that is there without rewriting one.
    await db.schema
      .alterTable(collection.name)
      .addColumn(name, columnTypeOf(dialect, field), (column) =>
        value === null ? column : column.defaultTo(sql.lit(value)),
      )
      .execute();
  }
}

async function fillRequired(
  db: StoreExecutor,
  was: Collection,
  now: Collection,
  { fieldsLoosened }: CollectionUpdated,
): Promise<void> {
  for (const { name, required, default: value } of fieldsLoosened) {
    if (!required || fieldOf(was, name).required || value === null) continue;
    const field = fieldOf(now, name);
    const type = fieldTypes[field.type];
    const column = sql.ref(`${now.name}.${name}`);
    const empty = type.isMultiple(field) ? "[]" : "";
    const isText = ["text", "json"].includes(type.columnKind(field));
    const isEmpty = isText ? sql`${column} is null or ${column} = ${empty}` : sql`${column} is null`;
    await sql`update ${sql.table(now.name)} set ${sql.ref(name)} = ${type.encode(value, field)} where ${isEmpty}`.execute(
      db,
    );
  }
}

async function changeIndexes(db: StoreExecutor, was: Collection, now: Collection): Promise<void> {
  const [had, wanted] = [physicalIndexes(was), physicalIndexes(now)];
  for (const name of had.keys()) if (!wanted.has(name)) await db.schema.dropIndex(name).execute();
  for (const [name, index] of wanted) if (!had.has(name)) await createIndex(db, index);
}

async function createIndex(db: StoreExecutor, index: PhysicalIndex): Promise<void> {
  const columns = index.columns.map((name) =>
    index.ignoresCase ? sql`${sql.ref(name)} collate nocase` : sql.ref(name),
  );
  const builder = db.schema
    .createIndex(index.name)
    .on(index.table)
    .expression(sql`${sql.join(columns)}`);
  await (index.unique ? builder.unique().where(sql.ref("deleted"), "is", null) : builder).execute();
}

const columnTypeOf = (dialect: StoreDialect, field: Field) =>
  dialect.columnType(fieldTypes[field.type].columnKind(field));

function fieldOf(collection: Collection, name: string): Field {
  const field = collection.fields.get(name) ?? collection.deletedFields.get(name);
  if (field === undefined) throw new Error(`the field ${collection.name}.${name} is not in the catalog`);
  return field;
}
