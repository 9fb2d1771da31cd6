// What brings one database from one schema version to the next: tables, columns, indexes, as statements. Runs none of
// them; deleting needs none, because what is hidden stays.
import { sql, type CompiledQuery } from "kysely";
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { Storage, StoreExecutor } from "../../storage/storage.js";
import type { Catalog } from "../catalog.js";
import type { Collection, Field } from "../collection.js";
import { standsIn, type DatabaseScope } from "../database-scope.js";
import { fieldTypes } from "../field-types/index.js";
import { physicalIndexes, type PhysicalIndex } from "./physical-indexes.js";
import type { CollectionUpdated, SchemaChange } from "../schema-change.js";
import { isEngineSet } from "../system-fields.js";
import { hasTokenEpoch, tokenEpochColumn } from "./token-epoch.js";

/**
 * The DDL of one change in a database of the scope, in order; none for a change of collections that do not stand in it.
 * `before` and `after` are the catalogs around the change. The statements bind no values, so that they can be run as one
 * script.
 */
export function compileChange(
  tools: DdlTools,
  change: SchemaChange,
  before: Catalog,
  after: Catalog,
  scope: DatabaseScope,
): readonly string[] {
  const now = after.withId(change.id);
  if (now === undefined) throw new Error(`no collection has the id ${change.id} after its own change`);
  if (!standsIn(now, scope)) return [];
  if (change.kind === "collection_created") return createTable(tools, now).map(textOf);
  if (change.kind !== "collection_updated") return [];
  const was = before.withId(change.id);
  if (was === undefined) throw new Error(`no collection had the id ${change.id} before its change`);
  return [
    ...addColumns(tools, now, change),
    ...fillRequired(tools, was, now, change),
    ...changeIndexes(tools, was, now),
  ].map(textOf);
}

/** What statements are built with. */
export type DdlTools = Pick<Storage, "dialect" | "builder">;

function textOf({ sql: text, parameters }: CompiledQuery): string {
  if (parameters.length > 0) throw new Error(`a statement of a schema change binds values: ${text}`);
  return text;
}

function createTable({ dialect, builder }: DdlTools, collection: Collection): CompiledQuery[] {
  const text = dialect.columnType("text");
  let table = builder.schema
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
  return [table.compile(), ...[...physicalIndexes(collection).values()].map((index) => createIndex(builder, index))];
}

function addColumns(
  { dialect, builder }: DdlTools,
  collection: Collection,
  { fieldsAdded }: CollectionUpdated,
): CompiledQuery[] {
  return fieldsAdded.map(({ name }) => {
    const field = fieldOf(collection, name);
    const value = field.default === null ? null : fieldTypes[field.type].encode(field.default, field);
    // With the default in the column, the store gives it to every record that is there without rewriting one.
    return builder.schema
      .alterTable(collection.name)
      .addColumn(name, columnTypeOf(dialect, field), (column) =>
        value === null ? column : column.defaultTo(sql.lit(value)),
      )
      .compile();
  });
}

function fillRequired(
  { builder }: DdlTools,
  was: Collection,
  now: Collection,
  { fieldsLoosened }: CollectionUpdated,
): CompiledQuery[] {
  return fieldsLoosened.flatMap(({ name, required, default: value }) => {
    if (!required || fieldOf(was, name).required || value === null) return [];
    const field = fieldOf(now, name);
    const type = fieldTypes[field.type];
    const column = sql.ref(`${now.name}.${name}`);
    const empty = type.isMultiple(field) ? "[]" : "";
    const isText = ["text", "json"].includes(type.columnKind(field));
    const isEmpty = isText ? sql`${column} is null or ${column} = ${sql.lit(empty)}` : sql`${column} is null`;
    const filled = sql.lit(type.encode(value, field));
    return sql`update ${sql.table(now.name)} set ${sql.ref(name)} = ${filled} where ${isEmpty}`.compile(builder);
  });
}

function changeIndexes({ builder }: DdlTools, was: Collection, now: Collection): CompiledQuery[] {
  const [had, wanted] = [physicalIndexes(was), physicalIndexes(now)];
  const dropped = [...had.keys()].filter((name) => !wanted.has(name));
  const made = [...wanted].filter(([name]) => !had.has(name));
  return [
    ...dropped.map((name) => builder.schema.dropIndex(name).compile()),
    ...made.map(([, index]) => createIndex(builder, index)),
  ];
}

function createIndex(builder: StoreExecutor, index: PhysicalIndex): CompiledQuery {
  const columns = index.columns.map((name) =>
    index.ignoresCase ? sql`${sql.ref(name)} collate nocase` : sql.ref(name),
  );
  const made = builder.schema
    .createIndex(index.name)
    .on(index.table)
    .expression(sql`${sql.join(columns)}`);
  return (index.unique ? made.unique().where(sql.ref("deleted"), "is", null) : made).compile();
}

const columnTypeOf = (dialect: StoreDialect, field: Field) =>
  dialect.columnType(fieldTypes[field.type].columnKind(field));

function fieldOf(collection: Collection, name: string): Field {
  const field = collection.fields.get(name) ?? collection.deletedFields.get(name);
  if (field === undefined) throw new Error(`the field ${collection.name}.${name} is not in the catalog`);
  return field;
}
