// The DDL of schema changes on a real store: defaults and names with quotes, uniqueness among live rows, backfills.
import { sql } from "kysely";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { ok } from "../../lib/base/result.js";
import { compileUpgrade } from "../../lib/databases/compile-upgrade.js";
import { Catalog } from "../../lib/schema/catalog.js";
import { planDeleteField } from "../../lib/schema/plans/plan-delete-field.js";
import { planUpdateCollection } from "../../lib/schema/plans/plan-update-collection.js";
import type { DatabaseScope } from "../../lib/schema/database-scope.js";
import type { Storage, Store } from "../../lib/storage/storage.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { SchemaDraft } from "../support/schema.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

let draft: SchemaDraft;
let storage: Storage;
let store: Store;

/** Brings the store to the draft's version, as a catch-up does. */
const catchUp = async (scope: DatabaseScope = "tenants") => {
  const before = Catalog.fold(draft.entries.slice(0, store.schemaVersion));
  const behind = draft.entries.slice(store.schemaVersion);
  return store.upgrade(draft.catalog.version, compileUpgrade(storage, before, behind, scope));
};
const row = { created: "2026-01-01T00:00:00.000Z", updated: "2026-01-01T00:00:00.000Z", deleted: null };
const insert = (table: string, values: Record<string, string | number | boolean | null>) =>
  store.write(async (db) =>
    ok(
      await db
        .insertInto(table)
        .values({ ...row, ...values })
        .execute(),
    ),
  );
const rows = async (table: string) =>
  valueOf(await store.read(async (db) => ok(await db.selectFrom(table).selectAll().orderBy("id").execute())));
const namesOf = async (type: "table" | "index") => {
  const query = sql<{ name: string }>`select name from sqlite_schema where type = ${type} order by name`;
  const found = valueOf(await store.read(async (db) => ok((await query.execute(db)).rows)));
  return found.map(({ name }) => name);
};

beforeEach(async () => {
  draft = new SchemaDraft();
  storage = createSqliteStorage({ dataDir: await tempDirectory(), durability: "normal" });
  valueOf(await storage.open());
  const identity = { id: "a".repeat(32), createdAt: row.created };
  valueOf(await storage.create("t1", identity, 0, () => Promise.resolve(ok(undefined))));
  store = valueOf(await storage.openStore("t1"));
  onTestFinished(async () => {
    valueOf(await store.close());
    valueOf(await storage.close());
  });
});

describe("a new collection", () => {
  it.each([
    ["tenants", ["_stats", "posts"]],
    ["stats", ["_logs", "_stats"]],
  ] as const)("stands in its scope only: %s", async (scope, tables) => {
    draft.create({ name: "posts" });
    valueOf(await catchUp(scope));
    expect(await namesOf("table")).toEqual(expect.arrayContaining([...tables]));
    expect(await namesOf("table")).not.toContain(scope === "stats" ? "posts" : "_logs");
  });
  it("has its columns and indexes", async () => {
    draft.create({
      name: "posts",
      fields: [
        { name: "order", type: "text", unique: true },
        { name: "parent", type: "relation", collection: "posts" },
        { name: "friends", type: "relation", collection: "posts", multiple: true },
      ],
      indexes: [{ fields: ["order", "created"] }, { fields: ["order"], unique: true }, { fields: ["parent"] }],
    });
    valueOf(await catchUp());
    const indexes = (await namesOf("index")).filter((name) => name.includes(":posts:"));
    expect(indexes).toEqual([
      "ix:posts:order,created",
      "ix:posts:parent",
      "ix:posts:parent,deleted,id",
      "ux:posts:order",
    ]);
    valueOf(await insert("posts", { id: "a", order: "x" }));
    expect(Object.keys((await rows("posts"))[0] ?? {})).toEqual([
      "id",
      "created",
      "updated",
      "deleted",
      "order",
      "parent",
      "friends",
    ]);
  });
  it("is unique among live rows, and names the fields that clash", async () => {
    draft.create({ name: "posts", fields: [{ name: "slug", type: "text", unique: true }] });
    valueOf(await catchUp());
    valueOf(await insert("posts", { id: "a", slug: "x", deleted: row.created }));
    valueOf(await insert("posts", { id: "b", slug: "x" }));
    valueOf(await insert("posts", { id: "c", slug: null }));
    valueOf(await insert("posts", { id: "d", slug: null }));
    const error = refusalOf(await insert("posts", { id: "e", slug: "x" }), "unique_violation");
    expect(error.details).toMatchObject({ collection: "posts", fields: ["slug"] });
  });
  it("has accounts whose addresses differ in more than letter case", async () => {
    draft.create({ name: "users", type: "auth" });
    valueOf(await catchUp());
    valueOf(await insert("users", { id: "a", email: "Ada@example.com" }));
    const error = refusalOf(await insert("users", { id: "b", email: "ada@EXAMPLE.com" }), "unique_violation");
    expect(error.details).toMatchObject({ collection: "users", fields: ["email"] });
  });
});

describe("an update", () => {
  const defaults = [
    ["text", 'it\'s "quoted"; \\ -- /* ? $1 :a %', {}],
    ["text", "line\nbreak 😀", {}],
    ["number", -1.5e-7, {}],
    ["number", 1e21, {}],
    ["number", 0.1 + 0.2, {}],
    ["number", 5e-324, {}],
    ["bool", true, {}],
    ["bool", false, {}],
    ["json", { a: ["it's", null, 1.5] }, {}],
    ["select", ["b'"], { options: ["a", "b'"], multiple: true }],
    ["datetime", "2024-01-01T00:00:00.000Z", {}],
  ] as const;
  it.each(defaults)("gives stored records the default of a new %s field: %j", async (type, value, options) => {
    draft.create({ name: "posts" });
    valueOf(await catchUp());
    valueOf(await insert("posts", { id: "a" }));
    draft.follow(
      planUpdateCollection(draft.catalog, "posts", { fields: [{ name: "f", type, default: value, ...options }] }),
    );
    valueOf(await catchUp());
    const [stored] = await rows("posts");
    const expected =
      typeof value === "object" ? JSON.stringify(value) : typeof value === "boolean" ? Number(value) : value;
    expect(stored?.["f"]).toBe(expected);
    expect(store.schemaVersion).toBe(draft.catalog.version);
  });
  it("fills what becomes required, and leaves the rest", async () => {
    const fields = [
      { name: "a", type: "text" },
      { name: "b", type: "number" },
      { name: "c", type: "select", options: ["x", "y"], multiple: true },
    ];
    draft.create({ name: "posts", fields });
    valueOf(await catchUp());
    valueOf(await insert("posts", { id: "1", a: "", b: 0, c: "[]" }));
    valueOf(await insert("posts", { id: "2", a: null, b: null, c: null }));
    valueOf(await insert("posts", { id: "3", a: "kept", b: 7, c: '["y"]' }));
    const required = [
      { name: "a", required: true, default: "it's" },
      { name: "b", required: true, default: 5 },
      { name: "c", required: true, default: ["x"] },
    ];
    draft.follow(planUpdateCollection(draft.catalog, "posts", { fields: required }));
    valueOf(await catchUp());
    expect((await rows("posts")).map(({ a, b, c }) => [a, b, c])).toEqual([
      ["it's", 0, '["x"]'],
      ["it's", 5, '["x"]'],
      ["kept", 7, '["y"]'],
    ]);
  });
  it("adds and drops indexes as uniqueness changes", async () => {
    draft.create({ name: "posts", fields: [{ name: "slug", type: "text", unique: true }] });
    valueOf(await catchUp());
    const change = {
      fields: [
        { name: "slug", unique: false },
        { name: "code", type: "text", unique: true },
      ],
    };
    draft.follow(planUpdateCollection(draft.catalog, "posts", change));
    valueOf(await catchUp());
    expect((await namesOf("index")).filter((name) => name.includes(":posts:"))).toEqual(["ux:posts:code"]);
    valueOf(await insert("posts", { id: "a", slug: "x", code: "1" }));
    valueOf(await insert("posts", { id: "b", slug: "x", code: "2" }));
  });
  it("keeps a deleted field's column and data", async () => {
    draft.create({ name: "posts", fields: [{ name: "slug", type: "text" }] });
    valueOf(await catchUp());
    valueOf(await insert("posts", { id: "a", slug: "kept" }));
    draft.follow(planDeleteField(draft.catalog, "posts", "slug"));
    valueOf(await catchUp());
    expect((await rows("posts"))[0]?.["slug"]).toBe("kept");
  });
});
