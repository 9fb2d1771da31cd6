// A schema with every field type, and a SQLite in memory that has its tables: for tests of the expression language.
import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type Expression,
  sql,
} from "kysely";
import type { Collection, Field } from "../../lib/schema/collection.js";
import type { FieldTypeName } from "../../lib/schema/field-type.js";
import { fieldTypes } from "../../lib/schema/field-types/index.js";
import { systemFields } from "../../lib/schema/system-fields.js";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";
import { applyLimits } from "../../lib/storage/sqlite/connections/pragmas.js";
import { sqliteStoreDialect } from "../../lib/storage/sqlite/sqlite-store-dialect.js";
import { encodeParameters } from "../../lib/storage/sqlite/connections/value-codec.js";
import {
  createCollectionResolver,
  type CollectionResolverOptions,
} from "../../lib/query/compiler/collection-resolver.js";

type FieldSketch = FieldTypeName | readonly [FieldTypeName, Field["options"]];

function collectionOf(
  name: string,
  sketch: Readonly<Record<string, FieldSketch>>,
  { type = "base", softDelete = false }: { type?: "base" | "auth"; softDelete?: boolean } = {},
): Collection {
  const defined = Object.entries(sketch).map(([field, form]): Field => {
    const [fieldType, options] = typeof form === "string" ? [form, {}] : form;
    return {
      ...{ name: field, type: fieldType, required: false, unique: false, hidden: false, default: null },
      ...{ options, isSystem: false, isDeleted: false },
    };
  });
  const fields = [...systemFields(type, softDelete), ...defined];
  return {
    ...{ id: `id_${name}`, name, type, scope: "tenants", isSystem: false, isDeleted: false, softDelete },
    fields: new Map(fields.map((field) => [field.name, field])),
    deletedFields: new Map(),
    indexes: [],
    rules: { listRule: null, viewRule: null, createRule: null, updateRule: null, deleteRule: null },
  };
}

const multiple = { multiple: true };

/** posts → people (soft deletion) → teams, and one collection of accounts. */
export const collections = {
  posts: collectionOf("posts", {
    title: "text",
    body: "editor",
    mail: "email",
    link: "url",
    views: "number",
    open: "bool",
    day: "date",
    at: "datetime",
    kind: ["select", { options: ["Zqnews", "Zqnote"] }],
    tags: ["select", { options: ["Zqred", "Zqgreen", "Zqblue"], ...multiple }],
    meta: "json",
    author: ["relation", { collection: "people" }],
    reviewers: ["relation", { collection: "people", ...multiple }],
    gone: ["relation", { collection: "nowhere" }],
  }),
  people: collectionOf(
    "people",
    {
      name: "text",
      age: "number",
      born: "date",
      active: "bool",
      skills: ["select", { options: ["Zqred", "Zqgreen", "Zqblue"], ...multiple }],
      meta: "json",
      boss: ["relation", { collection: "people" }],
      team: ["relation", { collection: "teams" }],
      friends: ["relation", { collection: "people", ...multiple }],
    },
    { softDelete: true },
  ),
  teams: collectionOf("teams", {
    label: "text",
    size: "number",
    crew: ["relation", { collection: "people", ...multiple }],
  }),
  users: collectionOf("users", { nick: "text" }, { type: "auth" }),
} as const;

export type CollectionName = keyof typeof collections;

/** Knows the collections above. */
const catalog = {
  live: (name: string): Collection | undefined =>
    Object.hasOwn(collections, name) ? collections[name as CollectionName] : undefined,
};

/** The resolver of one of them; its table goes by its own name. */
export const resolverOf = (name: CollectionName, options: Partial<CollectionResolverOptions> = {}) =>
  createCollectionResolver({
    ...{ catalog, scope: "tenants", collection: collections[name], tableAlias: name, dialect: sqliteStoreDialect },
    ...options,
  });

/** Compiles, and runs nothing. */
export const compiler = new Kysely<Record<string, Record<string, unknown>>>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** An expression as SQL text with its values. */
export const compiled = (expression: Expression<unknown>): CompiledQuery => sql`${expression}`.compile(compiler);

/** A record as its JSON. */
export type Sample = Readonly<Record<string, unknown>> & { readonly id: string };

/** An open database in memory under the engine's limits. */
export interface MemoryDatabase {
  insert(name: CollectionName, records: readonly Sample[]): Promise<void>;
  run(query: CompiledQuery): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Makes it, with the tables of the collections. */
export async function openMemoryDatabase(): Promise<MemoryDatabase> {
  const connection = await nodeSqlite3Driver.open(":memory:", "create");
  applyLimits(connection, "writer");
  const run = async (query: CompiledQuery): Promise<Record<string, unknown>[]> => {
    const statement = await connection.prepare(query.sql);
    try {
      return await statement.all(encodeParameters(query.parameters));
    } finally {
      await statement.finalize();
    }
  };
  for (const { name, fields } of Object.values(collections)) {
    const columns = [...fields.values()].map((field) => {
      const kind = fieldTypes[field.type].columnKind(field);
      return sql`${sql.id(field.name)} ${sqliteStoreDialect.columnType(kind)}`;
    });
    await run(sql`create table ${sql.id(name)} (${sql.join(columns)})`.compile(compiler));
  }
  return {
    run,
    close: () => connection.close(),
    insert: async (name, records) => {
      for (const record of records) {
        const fields = [...collections[name].fields.values()];
        const values = fields.map((field) => {
          const value = record[field.name] ?? null;
          return value === null ? null : fieldTypes[field.type].encode(value, field);
        });
        const columns = sql.join(fields.map((field) => sql.id(field.name)));
        await run(sql`insert into ${sql.id(name)} (${columns}) values (${sql.join(values)})`.compile(compiler));
      }
    },
  };
}
