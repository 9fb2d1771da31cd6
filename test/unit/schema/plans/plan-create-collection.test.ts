import { describe, expect, it } from "vitest";
import { planCreateCollection } from "../../../../lib/schema/plans/plan-create-collection.js";
import { planDeleteCollection } from "../../../../lib/schema/plans/plan-delete-collection.js";
import { planDeleteField } from "../../../../lib/schema/plans/plan-delete-field.js";
import { planUpdateCollection } from "../../../../lib/schema/plans/plan-update-collection.js";
import { SchemaDraft } from "../../../support/schema.js";
import { refusalOf } from "../../../support/unwrap.js";

const users = {
  name: "users",
  type: "auth",
  fields: [
    { name: "email", type: "email", required: true },
    { name: "password", type: "text", required: true },
    { name: "name", type: "text" },
  ],
};
const posts = { name: "posts", type: "base", fields: [{ name: "title", type: "text", required: true }] };

const problemsOf = (definition: unknown, draft = new SchemaDraft()): Record<string, string> => {
  const { details } = refusalOf(planCreateCollection(draft.catalog, definition, draft), "validation_failed");
  return Object.fromEntries(Object.entries(details.fields).map(([path, { code }]) => [path, code]));
};

describe("making a collection", () => {
  it("fills in every default", () => {
    const collection = new SchemaDraft().create(posts);
    expect([...collection.fields.keys()]).toEqual(["id", "created", "updated", "title"]);
    expect(collection).toMatchObject({
      type: "base",
      scope: "tenants",
      softDelete: false,
      isSystem: false,
      indexes: [],
    });
    expect(collection.rules).toEqual({
      listRule: null,
      viewRule: null,
      createRule: null,
      updateRule: null,
      deleteRule: null,
    });
  });
  it("gives auth collections their own fields, whether they are listed or not", () => {
    const names = ["id", "created", "updated", "email", "password", "verified"];
    expect([...new SchemaDraft().create(users).fields.keys()]).toEqual([...names, "name"]);
    expect([...new SchemaDraft().create({ name: "users", type: "auth" }).fields.keys()]).toEqual(names);
    expect(new SchemaDraft().create(users).fields.get("password")).toMatchObject({ type: "password", isSystem: true });
  });
  it("takes schema for fields, and not both", () => {
    const { fields, ...rest } = posts;
    expect(new SchemaDraft().create({ ...rest, schema: fields }).fields.has("title")).toBe(true);
    expect(problemsOf({ ...posts, schema: fields })).toEqual({ schema: "duplicate" });
  });
  it("takes a relation to itself, and not to what is not there", () => {
    const parent = { name: "parent", type: "relation", collection: "posts" };
    expect(new SchemaDraft().create({ name: "posts", fields: [parent] }).fields.get("parent")?.options).toEqual({
      collection: "posts",
    });
    expect(problemsOf({ name: "other", fields: [parent] })).toEqual({ "fields.0.collection": "collection_not_found" });
  });
});

describe("making it again", () => {
  it("gives the live one for an equal definition, in whatever order and words", () => {
    const draft = new SchemaDraft();
    const made = draft.create(users);
    const again = { ...users, fields: [...users.fields].reverse(), softDelete: false, listRule: null, indexes: [] };
    expect(draft.follow(planCreateCollection(draft.catalog, again, draft))).toEqual({
      kind: "exists",
      collection: made,
    });
  });
  it("names every difference", () => {
    const draft = new SchemaDraft();
    draft.create({ ...posts, indexes: [{ fields: ["title"] }] });
    const other = {
      ...posts,
      softDelete: true,
      listRule: "",
      fields: [
        { name: "title", type: "text", max: 9 },
        { name: "body", type: "editor" },
      ],
    };
    const error = refusalOf(planCreateCollection(draft.catalog, other, draft), "collection_exists");
    expect(error.details.differences).toEqual([
      "softDelete is false, not true",
      "required of field 'title' is true, not false",
      "max of field 'title' is not set, not 9",
      "field 'body' is not in the collection",
      "index on title is missing in the definition",
      'listRule is null, not ""',
    ]);
    for (const difference of error.details.differences) expect(error.message).toContain(difference);
  });
  it("is a difference when the definition has fewer fields than the collection ever had", () => {
    const draft = new SchemaDraft();
    draft.create(posts);
    refusalOf(planCreateCollection(draft.catalog, { name: "posts" }, draft), "collection_exists");
  });
  it("knows every earlier form after the collection has grown", () => {
    const draft = new SchemaDraft();
    draft.create(posts);
    const grown = { fields: [{ name: "body", type: "text" }], listRule: "", softDelete: true };
    draft.follow(planUpdateCollection(draft.catalog, "posts", grown));
    draft.follow(planUpdateCollection(draft.catalog, "posts", { fields: [{ name: "title", required: false }] }));
    const second = { ...posts, ...grown, fields: [...posts.fields, ...grown.fields] };
    for (const definition of [posts, second]) {
      expect(draft.follow(planCreateCollection(draft.catalog, definition, draft))).toEqual({
        kind: "exists",
        collection: draft.get("posts"),
      });
    }
  });
  it("is a difference when a field of it was deleted since", () => {
    const draft = new SchemaDraft();
    draft.create(posts);
    draft.follow(planDeleteField(draft.catalog, "posts", "title"));
    const error = refusalOf(planCreateCollection(draft.catalog, posts, draft), "collection_exists");
    expect(error.message).toContain('collections.undeleteField("posts", "title")');
  });
  it("refuses a deleted one's name and names the undelete call", () => {
    const draft = new SchemaDraft();
    draft.create(posts);
    draft.follow(planDeleteCollection(draft.catalog, "posts"));
    const error = refusalOf(planCreateCollection(draft.catalog, posts, draft), "collection_deleted");
    expect(error.message).toContain('collections.undelete("posts")');
  });
  it("refuses names that differ in letter case only, and the engine's own", () => {
    const draft = new SchemaDraft();
    draft.create(posts);
    refusalOf(planCreateCollection(draft.catalog, { ...posts, name: "Posts" }, draft), "collection_exists");
    for (const name of ["_stats", "workflow_runs", "Workflow_Runs"]) {
      refusalOf(planCreateCollection(draft.catalog, { name }, draft), "database_reserved");
    }
  });
});

describe("refusing a definition", () => {
  it.each([
    [null, { definition: "type" }],
    [[], { definition: "type" }],
    [undefined, { definition: "json" }],
    [{}, { name: "required" }],
    [{ name: "_mine" }, { name: "name" }],
    [{ name: "sqlite_x" }, { name: "reserved" }],
    [{ name: "SQLITE_x" }, { name: "reserved" }],
    [{ name: "constructor" }, { name: "reserved" }],
    [{ name: "a".repeat(64) }, { name: "name" }],
    [{ name: "pösts" }, { name: "name" }],
    [{ name: "posts", typ: "base" }, { typ: "unknown_key" }],
    [{ name: "posts", type: "view" }, { type: "options" }],
    [{ name: "posts", listRule: "x".repeat(3_501) }, { listRule: "max" }],
    [{ name: "posts", listRule: "\ud800" }, { definition: "text_invalid" }],
    [{ name: "posts", fields: {} }, { fields: "type" }],
    [JSON.parse('{"name":"posts","__proto__":{"type":"auth"}}'), { definition: "json" }],
  ])("%j", (definition, problems) => expect(problemsOf(definition)).toEqual(problems));

  const select = { name: "a", type: "select", options: ["x"] };
  it.each([
    [{ name: "a" }, { type: "required" }],
    [{ type: "text" }, { name: "required" }],
    [{ name: "a", type: "blob" }, { type: "options" }],
    [{ name: "a", type: "toString" }, { type: "options" }],
    [{ name: "a", type: "password" }, { type: "reserved" }],
    [{ name: "a", type: "text", maxx: 3 }, { maxx: "unknown_key" }],
    [{ name: "a", type: "bool", min: 3 }, { min: "unknown_key" }],
    [{ name: "a", type: "text", required: "yes" }, { required: "type" }],
    [{ name: "a", type: "text", min: 5, max: 4 }, { min: "option" }],
    [{ name: "a", type: "text", pattern: "(" }, { pattern: "option" }],
    [{ name: "a", type: "text", pattern: "x".repeat(501) }, { pattern: "max" }],
    [{ name: "a", type: "text", default: 5 }, { default: "type" }],
    [{ name: "a", type: "text", default: "x".repeat(5_000) }, { default: "max" }],
    [{ name: "a", type: "text", default: "", required: true }, { default: "default" }],
    [{ name: "a", type: "text", default: "x", unique: true }, { default: "default" }],
    [{ name: "a", type: "json", unique: true }, { unique: "unique" }],
    [{ ...select, multiple: true, unique: true }, { unique: "unique" }],
    [{ ...select, default: "y" }, { default: "options" }],
    [{ ...select, options: [] }, { options: "min" }],
    [{ ...select, options: ["x", "x"] }, { options: "duplicate" }],
    [{ ...select, options: [""] }, { "options.0": "min" }],
    [{ name: "a", type: "select" }, { options: "option" }],
    [{ name: "a", type: "relation" }, { collection: "option" }],
    [{ name: "a", type: "text", system: true }, { system: "reserved" }],
    [{ name: "id", type: "text" }, { name: "reserved" }],
    [{ name: "ID", type: "text" }, { name: "reserved" }],
    [{ name: "expand", type: "text" }, { name: "reserved" }],
    [{ name: "and", type: "text" }, { name: "reserved" }],
    [{ name: "NULL", type: "text" }, { name: "reserved" }],
    [{ name: "toString", type: "text" }, { name: "reserved" }],
    [{ name: "__proto__", type: "text" }, { name: "name" }],
    [{ name: "a b", type: "text" }, { name: "name" }],
  ])("with the field %j", (field, problems) => {
    const placed = Object.fromEntries(Object.entries(problems).map(([key, code]) => [`fields.0.${key}`, code]));
    expect(problemsOf({ name: "posts", fields: [field] })).toEqual(placed);
  });

  it("with auth's own fields in another form, or their names in another case", () => {
    const auth = (field: object) => problemsOf({ name: "users", type: "auth", fields: [field] });
    expect(auth({ name: "email", type: "text" })).toEqual({ "fields.0.type": "reserved" });
    expect(auth({ name: "email", type: "email", unique: false })).toEqual({ "fields.0.unique": "reserved" });
    expect(auth({ name: "password", type: "text", min: 3 })).toEqual({ "fields.0.min": "reserved" });
    expect(auth({ name: "Email", type: "email" })).toEqual({ "fields.0.name": "reserved" });
    expect(auth({ name: "tokenKey", type: "text" })).toEqual({ "fields.0.name": "reserved" });
  });
  it("with fields or indexes that do not go together", () => {
    const twice = [
      { name: "a", type: "text" },
      { name: "A", type: "text" },
    ];
    expect(problemsOf({ name: "posts", fields: twice })).toEqual({ "fields.1.name": "duplicate" });
    const indexed = (index: unknown) =>
      problemsOf({ name: "posts", fields: [{ name: "a", type: "json" }], indexes: [index] });
    expect(indexed({ fields: ["b"] })).toEqual({ "indexes.0.fields.0": "unknown_field" });
    expect(indexed({ fields: ["a"] })).toEqual({ "indexes.0.fields.0": "not_indexable" });
    expect(indexed({ fields: [] })).toEqual({ "indexes.0.fields": "min" });
    expect(indexed({ fields: ["id", "id"] })).toEqual({ "indexes.0.fields": "duplicate" });
    expect(indexed({ columns: ["id"] })).toEqual({
      "indexes.0.columns": "unknown_key",
      "indexes.0.fields": "required",
    });
  });
  it("with more fields than a collection may have", () => {
    const fields = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `f${at}`, type: "text" }));
    expect(new SchemaDraft().create({ name: "wide", fields: fields(200) }).fields.size).toBe(203);
    expect(problemsOf({ name: "wide", fields: fields(201) })).toEqual({ fields: "max" });
    expect(problemsOf({ name: "wide", fields: fields(1_000) })).toEqual({ fields: "max" });
  });
  it("suggests what was probably meant", () => {
    const draft = new SchemaDraft();
    const { message } = refusalOf(
      planCreateCollection(draft.catalog, { name: "a", feilds: [] }, draft),
      "validation_failed",
    );
    expect(message).toContain("Did you mean 'fields'?");
  });
});
