import { describe, expect, it } from "vitest";
import { Catalog } from "../../../lib/schema/catalog.js";
import { describeCollection } from "../../../lib/schema/definitions/describe-collection.js";
import { indexName } from "../../../lib/schema/tables/index-name.js";
import { planCreateCollection } from "../../../lib/schema/plans/plan-create-collection.js";
import { planDeleteCollection } from "../../../lib/schema/plans/plan-delete-collection.js";
import { planDeleteField } from "../../../lib/schema/plans/plan-delete-field.js";
import { parseSchemaLogEntry } from "../../../lib/schema/schema-change.js";
import { missingSystemChanges, systemCollections } from "../../../lib/schema/system-collections.js";
import { SchemaDraft } from "../../support/schema.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const definition = {
  name: "posts",
  fields: [{ name: "title", type: "text" }],
  indexes: [{ fields: ["title", "created"] }],
};

describe("the catalog", () => {
  it("stays as it is when a change is added", () => {
    const draft = new SchemaDraft();
    const before = draft.catalog;
    draft.create(definition);
    expect(before.live("posts", "tenants")).toBeUndefined();
    expect(draft.catalog.version).toBe(before.version + 1);
    expect(draft.catalog.collections.get("_stats")).toBe(before.collections.get("_stats"));
    expect(Catalog.empty.version).toBe(0);
    expect(Catalog.empty.collections.size).toBe(0);
  });
  it("finds by exact name and scope, by id, and ignoring case", () => {
    const draft = new SchemaDraft();
    const posts = draft.create(definition);
    expect(draft.catalog.live("posts", "tenants")).toBe(posts);
    expect(draft.catalog.live("posts", "stats")).toBeUndefined();
    expect(draft.catalog.live("Posts", "tenants")).toBeUndefined();
    expect(draft.catalog.named("POSTS")).toBe(posts);
    expect(draft.catalog.withId(posts.id)).toBe(posts);
    for (const name of ["constructor", "__proto__", "toString"])
      expect(draft.catalog.live(name, "tenants")).toBeUndefined();
  });
  it("knows the times of making and of the last change", () => {
    const draft = new SchemaDraft({ system: false });
    draft.create(definition);
    draft.follow(planDeleteField(draft.catalog, "posts", "title"));
    expect(draft.get("posts")).toMatchObject({
      createdAt: "1970-01-01T00:00:01.000Z",
      updatedAt: "1970-01-01T00:00:02.000Z",
    });
  });
  it("throws for entries that cannot follow: they were never planned", () => {
    const draft = new SchemaDraft();
    draft.create(definition);
    const [first] = draft.entries;
    const next = { version: draft.catalog.version + 1, at: "1970-01-01T00:00:00.000Z" };
    expect(() => Catalog.fold(draft.entries.slice(1))).toThrow("follows");
    expect(() => draft.catalog.with({ ...next, change: first?.change as never })).toThrow("twice");
    expect(() => draft.catalog.with({ ...next, change: { kind: "collection_deleted", id: "x" } })).toThrow("id x");
  });
});

describe("the engine's own collections", () => {
  it("stand in their databases", () => {
    const { catalog } = new SchemaDraft();
    const standing = (scope: "tenants" | "stats" | "workflows") =>
      [...catalog.collections.keys()].filter((name) => catalog.live(name, scope) !== undefined);
    expect(standing("tenants")).toEqual(["_stats"]);
    expect(standing("stats")).toEqual(["_stats", "_logs"]);
    const workflows = ["workflow_runs", "workflow_events", "workflow_jobs", "workflow_hooks", "workflow_waits"];
    expect(standing("workflows")).toEqual(["_stats", ...workflows]);
  });
  it("are added to an older log, once", () => {
    const draft = new SchemaDraft({ system: false });
    draft.log(systemCollections[0] as never);
    draft.create(definition);
    const missing = missingSystemChanges(draft.catalog);
    expect(missing).toEqual(systemCollections.slice(1));
    for (const change of missing) draft.log(change);
    expect(missingSystemChanges(draft.catalog)).toEqual([]);
  });
  it("have only fields and options that a definition may have", () => {
    // The same definitions under users' names are taken whole, and change nothing.
    const draft = new SchemaDraft();
    draft.create({ name: "workflow_runs_x" });
    for (const { definition: own } of systemCollections) {
      const fields = own.fields.map(({ options, ...field }) => ({
        ...field,
        ...options,
        ...(field.type === "relation" ? { collection: "workflow_runs_x" } : {}),
      }));
      const made = draft.create({ name: `x${own.name}`, fields, indexes: own.indexes });
      const names = [...made.fields.values()].filter((field) => !field.isSystem).map(({ name }) => name);
      expect(names).toEqual(own.fields.map(({ name }) => name));
      expect(made.indexes).toEqual(own.indexes);
    }
  });
});

describe("reading the log back", () => {
  it("gives the entries that were written", () => {
    const draft = new SchemaDraft();
    draft.create(definition);
    draft.follow(planDeleteField(draft.catalog, "posts", "title"));
    draft.follow(planDeleteCollection(draft.catalog, "posts"));
    const stored = JSON.parse(JSON.stringify(draft.entries)) as typeof draft.entries;
    const read = stored.map((entry) => valueOf(parseSchemaLogEntry(entry)));
    expect(read).toEqual(draft.entries);
    expect(Catalog.fold(read).collections).toEqual(draft.catalog.collections);
  });
  const at = "2026-01-01T00:00:00.000Z";
  it.each([
    [{ version: 1, at, change: { kind: "field_renamed", id: "a" } }, 'unknown kind "field_renamed"'],
    [{ version: 1, at, change: { kind: "toString", id: "a" } }, "unknown kind"],
    [{ version: 1, at, change: null }, "unknown kind"],
    [{ version: 1, at, change: { kind: "field_deleted", id: "a" } }, "not readable"],
    [{ version: 1, at, change: { kind: "collection_deleted", id: "a", why: "x" } }, "not readable"],
    [{ version: 0, at, change: { kind: "collection_deleted", id: "a" } }, "version"],
    [{ version: "1", at, change: { kind: "collection_deleted", id: "a" } }, "version"],
    [{ version: 1, at: 5, change: { kind: "collection_deleted", id: "a" } }, "time"],
  ])("refuses %j", (entry, reason) => {
    expect(refusalOf(parseSchemaLogEntry(entry), "database_corrupt").details.reason).toContain(reason);
  });
});

describe("a collection as people read it", () => {
  it("has everything, and means the same when it is sent back", () => {
    const draft = new SchemaDraft();
    const posts = draft.create(definition);
    const described = describeCollection(posts);
    expect(described).toMatchObject({ id: posts.id, name: "posts", system: false, softDelete: false, listRule: null });
    expect(described.fields.map(({ name, system }) => [name, system])).toEqual([
      ["id", true],
      ["created", true],
      ["updated", true],
      ["title", false],
    ]);
    expect(draft.follow(planCreateCollection(draft.catalog, described, draft)).kind).toBe("exists");
  });
  it("leaves out the indexes of deleted fields, and says when it is deleted", () => {
    const draft = new SchemaDraft();
    draft.create(definition);
    draft.follow(planDeleteField(draft.catalog, "posts", "title"));
    draft.follow(planDeleteCollection(draft.catalog, "posts"));
    expect(describeCollection(draft.get("posts"))).toMatchObject({ indexes: [], deleted: true });
  });
  it("is the caller's own object", () => {
    const posts = new SchemaDraft().create(definition);
    (describeCollection(posts).indexes as unknown[]).length = 0;
    expect(posts.indexes).toHaveLength(1);
  });
});

it("index names tell what they are about", () => {
  const parts = { table: "a__b", columns: ["c__d", "e"], unique: true };
  expect(indexName(parts)).toBe("ux:a__b:c__d,e");
  expect(indexName({ ...parts, unique: false })).toBe("ix:a__b:c__d,e");
});
