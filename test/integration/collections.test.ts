// The global schema through the engine: one change, every database, nothing lost.
import { describe, expect, it } from "vitest";
import type { CollectionChange, CollectionDefinition, ErrorCode, TenantEngine } from "../../lib/index.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const posts = {
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true, max: 20 },
    { name: "views", type: "number", min: 0 },
    { name: "tags", type: "select", options: ["a", "b"], multiple: true },
  ],
} as const;

const fieldNames = ({ fields }: { readonly fields: readonly { readonly name: string }[] }): readonly string[] =>
  fields.map(({ name }) => name);

async function makeDatabases(engine: TenantEngine, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, at) => `cold${at}`);
  for (const name of names) valueOf(await engine.databases.create({ name }));
  return names;
}

describe("create", () => {
  it("gives the whole definition, which can be sent back and means the same", async () => {
    const engine = await openEngine();
    const made = valueOf(
      await engine.collections.create({ ...posts, indexes: [{ fields: ["views", "title"] }], listRule: "" }),
    );
    expect(made).toMatchObject({
      name: "posts",
      type: "base",
      softDelete: false,
      system: false,
      indexes: [{ fields: ["views", "title"], unique: false }],
      listRule: "",
      viewRule: null,
      createRule: null,
      updateRule: null,
      deleteRule: null,
    });
    expect(fieldNames(made)).toEqual(["id", "created", "updated", "title", "views", "tags"]);
    expect(made.fields.find(({ name }) => name === "title")).toEqual({
      name: "title",
      type: "text",
      required: true,
      unique: false,
      hidden: false,
      default: null,
      max: 20,
      system: false,
    });
    expect(valueOf(await engine.collections.get("posts"))).toEqual(made);
    expect(valueOf(await engine.collections.create(made as CollectionDefinition))).toEqual(made);
    const { fields, ...rest } = posts;
    expect(
      valueOf(await engine.collections.create({ ...rest, schema: fields, indexes: made.indexes, listRule: "" })),
    ).toEqual(made);
  });

  it("of an equal definition gives the one that is there, in any order of fields", async () => {
    const engine = await openEngine();
    const made = valueOf(await engine.collections.create(posts));
    expect(valueOf(await engine.collections.create({ ...posts, fields: [...posts.fields].reverse() })).id).toBe(
      made.id,
    );
  });

  it("of one definition by many callers at once makes one collection", async () => {
    const { engine, db } = await openTenant([]);
    const results = await Promise.all(Array.from({ length: 12 }, () => engine.collections.create(posts)));
    expect(new Set(results.map((result) => valueOf(result).id)).size).toBe(1);
    valueOf(await db.collection("posts").create({ title: "a" }));
  });

  it("of many collections at once makes each", async () => {
    const { engine, db } = await openTenant([]);
    const names = Array.from({ length: 12 }, (_, at) => `c${at}`);
    const made = await Promise.all(names.map((name) => engine.collections.create({ ...posts, name })));
    expect(made.map((result) => valueOf(result).name)).toEqual(names);
    for (const name of names) valueOf(await db.collection(name).create({ title: name }));
    const own = valueOf(await engine.collections.list()).filter(({ system }) => !system);
    expect(own.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it("of another definition names each difference and the call that changes it", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(posts));
    const other: CollectionDefinition = {
      name: "posts",
      softDelete: true,
      fields: [
        { name: "title", type: "text", required: false, max: 30 },
        { name: "views", type: "text" },
        { name: "extra", type: "bool" },
      ],
    };
    const { message, details } = refusalOf(await engine.collections.create(other), "collection_exists");
    expect(details.differences.length).toBeGreaterThanOrEqual(5);
    for (const word of ["softDelete", "title", "views", "extra", "tags", "collections.update"])
      expect(message).toContain(word);
    refusalOf(await engine.collections.create({ ...posts, name: "POSTS" }), "collection_exists");
    expect(fieldNames(valueOf(await engine.collections.get("posts")))).not.toContain("extra");
  });

  it("of auth collections has the system's fields once", async () => {
    const engine = await openEngine();
    const made = valueOf(
      await engine.collections.create({
        name: "users",
        type: "auth",
        fields: [
          { name: "email", type: "email", required: true },
          { name: "password", type: "text", required: true },
          { name: "name", type: "text" },
        ],
      }),
    );
    expect(fieldNames(made)).toEqual(["id", "created", "updated", "email", "password", "verified", "name"]);
    expect(made.fields.filter(({ system }) => system).map(({ name }) => name)).toContain("password");
  });
});

describe("list and get", () => {
  it("give live collections, the engine's own first, deleted ones to those who ask", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(posts));
    valueOf(await engine.collections.create({ name: "gone" }));
    valueOf(await engine.collections.delete("gone"));
    const live = valueOf(await engine.collections.list());
    expect(live.at(-1)?.name).toBe("posts");
    expect(live.find(({ name }) => name === "_stats")?.system).toBe(true);
    expect(live.some(({ name }) => name === "gone")).toBe(false);
    const all = valueOf(await engine.collections.list({ includeDeleted: true }));
    expect(all.find(({ name }) => name === "gone")?.deleted).toBe(true);
    expect(refusalOf(await engine.collections.get("gone"), "collection_deleted").message).toContain("undelete");
  });

  it("what they give is the caller's: changing it changes nothing", async () => {
    const engine = await openEngine();
    const made = valueOf(await engine.collections.create(posts));
    (made.fields as unknown[]).length = 0;
    expect(valueOf(await engine.collections.get("posts")).fields).toHaveLength(6);
  });
});

describe("update", () => {
  it("adds fields with their defaults to the records that are there, in every database", async () => {
    const { engine, db } = await openTenant([posts]);
    const cold = await makeDatabases(engine, 3);
    const places = [db, engine.db(), ...cold.map((name) => engine.db(name))];
    const made = await Promise.all(
      places.map(async (place) => valueOf(await place.collection("posts").create({ title: "old" }))),
    );
    const changed = valueOf(
      await engine.collections.update("posts", {
        fields: [
          { name: "state", type: "select", options: ["new", "old"], required: true, default: "new" },
          { name: "note", type: "text" },
          { name: "labels", type: "select", options: ["x"], multiple: true, default: ["x"] },
          { name: "meta", type: "json", default: { a: "it's" } },
          { name: "open", type: "bool", default: false },
          { name: "price", type: "number", default: 0.1 },
        ],
      }),
    );
    expect(fieldNames(changed).slice(-6)).toEqual(["state", "note", "labels", "meta", "open", "price"]);
    for (const [at, place] of places.entries()) {
      const id = made[at]?.id ?? "";
      const defaults = { state: "new", note: null, labels: ["x"], meta: { a: "it's" }, open: false, price: 0.1 };
      expect(valueOf(await place.collection("posts").getOne(id))).toEqual({ ...made[at], ...defaults });
      expect(valueOf(await place.collection("posts").count("state = 'new' && open = false && price = 0.1"))).toBe(1);
      expect(valueOf(await place.collection("posts").update(id, { note: "n" }))).toMatchObject({
        ...defaults,
        note: "n",
      });
    }
  });

  it.each<[string, CollectionChange]>([
    ["a longer text", { fields: [{ name: "title", type: "text", max: 200 }] }],
    ["no length at all", { fields: [{ name: "title", type: "text", max: null }] as never }],
    ["no longer required", { fields: [{ name: "title", type: "text", required: false }] }],
    ["a smaller minimum", { fields: [{ name: "views", type: "number", min: -5 }] }],
    ["another option", { fields: [{ name: "tags", type: "select", options: ["a", "b", "c"] }] }],
    ["a rule", { listRule: "", updateRule: "title != ''" }],
    ["an index", { indexes: [{ fields: ["views"] }] }],
  ])("loosens and adds: %s", async (_what, change) => {
    const { engine, db } = await openTenant([posts]);
    const made = valueOf(await db.collection("posts").create({ title: "t", views: 1, tags: ["b"] }));
    const before = valueOf(await engine.collections.get("posts"));
    const after = valueOf(await engine.collections.update("posts", change));
    expect({ ...after, updated: "" }).not.toEqual({ ...before, updated: "" });
    expect(valueOf(await db.collection("posts").getOne(made.id))).toEqual(made);
    const again = valueOf(await engine.collections.update("posts", change));
    expect(again).toEqual(after);
  });

  it("lets what it loosened in, at once", async () => {
    const { engine, db } = await openTenant([posts]);
    const own = db.collection("posts");
    refusalOf(await own.create({ title: "x".repeat(21) }), "validation_failed");
    valueOf(await engine.collections.update("posts", { fields: [{ name: "title", type: "text", max: 30 }] }));
    valueOf(await own.create({ title: "x".repeat(21) }));
    refusalOf(await own.create({ title: "x".repeat(31) }), "validation_failed");
  });

  it.each<[string, object, ErrorCode, RegExp]>([
    ["another name", { name: "articles" }, "schema_append_only", /renamed/],
    ["another kind", { type: "auth" }, "schema_append_only", /base/],
    ["another type of a field", { fields: [{ name: "views", type: "text" }] }, "schema_append_only", /views.*number/],
    [
      "a new required field",
      { fields: [{ name: "must", type: "text", required: true }] },
      "schema_append_only",
      /default/,
    ],
    [
      "an optional field required",
      { fields: [{ name: "views", type: "number", required: true }] },
      "schema_append_only",
      /default/,
    ],
    ["a shorter text", { fields: [{ name: "title", type: "text", max: 5 }] }, "schema_append_only", /max.*20/],
    ["a pattern", { fields: [{ name: "title", type: "text", pattern: "^a" }] }, "schema_append_only", /pattern/],
    ["an option less", { fields: [{ name: "tags", type: "select", options: ["a"] }] }, "schema_append_only", /'b'/],
    [
      "one instead of several",
      { fields: [{ name: "tags", type: "select", options: ["a", "b"], multiple: false }] },
      "schema_append_only",
      /multiple/,
    ],
    ["a field of another case", { fields: [{ name: "Title", type: "text" }] }, "field_exists", /letter case/],
    ["a reserved field", { fields: [{ name: "id", type: "text" }] }, "validation_failed", /reserved|engine/],
    ["an unknown setting", { renameField: "a" }, "validation_failed", /renameField/],
    ["a wrong setting", { fields: [{ name: "views", type: "number", max: "9" }] }, "validation_failed", /max/],
  ])("refuses %s and says why", async (_what, change, code, says) => {
    const { engine, db } = await openTenant([posts]);
    const made = valueOf(await db.collection("posts").create({ title: "t", views: 1 }));
    const before = valueOf(await engine.collections.list({ includeDeleted: true }));
    const version = valueOf(await engine.databases.get("default")).schemaVersion;
    expect(refusalOf(await engine.collections.update("posts", change), code).message).toMatch(says);
    expect(valueOf(await engine.collections.list({ includeDeleted: true }))).toEqual(before);
    expect(valueOf(await engine.databases.get("default")).schemaVersion).toBe(version);
    expect(valueOf(await db.collection("posts").getOne(made.id))).toEqual(made);
  });

  it("an optional field may become required with a default, which records without a value take", async () => {
    const { engine, db } = await openTenant([posts]);
    const [without, with7] = valueOf(
      await db.collection("posts").createMany([{ title: "a" }, { title: "b", views: 7 }]),
    );
    valueOf(
      await engine.collections.update("posts", {
        fields: [{ name: "views", type: "number", required: true, default: 3 }],
      }),
    );
    expect(valueOf(await db.collection("posts").getOne(String(without?.id)))["views"]).toBe(3);
    expect(valueOf(await db.collection("posts").getOne(String(with7?.id)))["views"]).toBe(7);
    refusalOf(await db.collection("posts").create({ title: "c", views: null }), "validation_failed");
    expect(valueOf(await db.collection("posts").create({ title: "c" }))["views"]).toBe(3);
  });

  it("by many callers at once is done one after the other, and none is lost", async () => {
    const { engine, db } = await openTenant([posts]);
    const names = Array.from({ length: 10 }, (_, at) => `extra${at}`);
    const writes = Array.from({ length: 20 }, (_, at) => db.collection("posts").create({ title: `t${at}` }));
    const updates = names.map((name) =>
      engine.collections.update("posts", { fields: [{ name, type: "number", default: 1 }] }),
    );
    for (const result of await Promise.all(updates)) valueOf(result);
    for (const result of await Promise.all(writes)) valueOf(result);
    expect(
      fieldNames(valueOf(await engine.collections.get("posts")))
        .slice(-10)
        .sort(),
    ).toEqual([...names].sort());
    expect(valueOf(await db.collection("posts").count(names.map((name) => `${name} = 1`).join(" && ")))).toBe(20);
  });

  it("within a transaction is not seen by it, and is there after it", async () => {
    const { engine, db } = await openTenant([posts]);
    valueOf(
      await db.transaction(async (tx) => {
        valueOf(await engine.collections.update("posts", { fields: [{ name: "late", type: "text" }] }));
        refusalOf(await tx.collection("posts").create({ title: "t", late: "x" }), "validation_failed");
        valueOf(await tx.collection("posts").create({ title: "t" }));
      }),
    );
    expect(valueOf(await db.collection("posts").create({ title: "u", late: "x" }))["late"]).toBe("x");
  });
});

describe("databases that are behind", () => {
  it("catch up over many changes when they are touched, also after a restart", async () => {
    const dataDir = await tempDirectory();
    const first = await openEngine({ dataDir });
    valueOf(await first.collections.create(posts));
    const [name = ""] = await makeDatabases(first, 1);
    const made = valueOf(await first.db(name).collection("posts").create({ title: "old", views: 3 }));
    const stood = valueOf(await first.databases.get(name)).schemaVersion ?? 0;
    valueOf(await first.close());

    const second = await openEngine({ dataDir });
    valueOf(await second.collections.update("posts", { fields: [{ name: "note", type: "text", default: "n" }] }));
    valueOf(
      await second.collections.create({
        name: "tags",
        fields: [{ name: "post", type: "relation", collection: "posts" }],
      }),
    );
    valueOf(await second.collections.deleteField("posts", "views"));
    valueOf(await second.collections.update("posts", { softDelete: true }));
    expect(valueOf(await second.databases.get(name)).schemaVersion).toBe(stood);
    valueOf(await second.close());

    const third = await openEngine({ dataDir });
    expect(valueOf(await third.databases.get(name)).schemaVersion).toBe(stood);
    const read = valueOf(await third.db(name).collection("posts").getOne(made.id));
    expect(read).toMatchObject({ title: "old", note: "n", deleted: null });
    expect(read).not.toHaveProperty("views");
    valueOf(await third.db(name).collection("tags").create({ post: made.id }));
    valueOf(await third.collections.undeleteField("posts", "views"));
    expect(valueOf(await third.db(name).collection("posts").getOne(made.id))["views"]).toBe(3);
    expect(valueOf(await third.databases.get(name)).schemaVersion).toBe(stood + 5);
  });
});

describe("deleteField and undeleteField", () => {
  it("hide a field everywhere and bring it back with its values", async () => {
    const { engine, db } = await openTenant([posts]);
    const own = db.collection("posts");
    const made = valueOf(await own.create({ title: "t", views: 7, tags: ["a"] }));
    const without = valueOf(await engine.collections.deleteField("posts", "views"));
    expect(fieldNames(without)).not.toContain("views");
    expect(valueOf(await own.getOne(made.id))).not.toHaveProperty("views");
    refusalOf(await own.create({ title: "t", views: 1 }), "validation_failed");
    refusalOf(await own.getList(1, 5, { filter: "views = 7" }), "filter_invalid");
    refusalOf(await own.getList(1, 5, { sort: "views" }), "sort_invalid");
    refusalOf(await own.getOne(made.id, { fields: "views" }), "request_invalid");
    const taken = refusalOf(
      await engine.collections.update("posts", { fields: [{ name: "views", type: "number" }] }),
      "field_exists",
    );
    expect(taken.details).toEqual({ collection: "posts", field: "views", isDeleted: true });
    expect(taken.message).toContain("undeleteField");
    const meanwhile = valueOf(await own.create({ title: "made without" }));
    valueOf(await own.update(made.id, { title: "u" }));

    valueOf(await engine.collections.undeleteField("posts", "views"));
    expect(valueOf(await own.getOne(made.id))).toMatchObject({ title: "u", views: 7, tags: ["a"] });
    expect(valueOf(await own.getOne(meanwhile.id))["views"]).toBeNull();
    valueOf(await engine.collections.undeleteField("posts", "views"));
  });

  it("a required field may go, and records be made without it", async () => {
    const { engine, db } = await openTenant([posts]);
    valueOf(await engine.collections.deleteField("posts", "title"));
    valueOf(await db.collection("posts").create({ views: 1 }));
  });

  it("a definition that still lists the field is another one", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(posts));
    valueOf(await engine.collections.deleteField("posts", "views"));
    const { message } = refusalOf(await engine.collections.create(posts), "collection_exists");
    expect(message).toContain("undeleteField");
  });

  it("refuse the engine's own fields and unknown ones", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "users", type: "auth" }));
    for (const field of ["id", "created", "email", "password", "nope"]) {
      refusalOf(await engine.collections.deleteField("users", field), "validation_failed");
    }
    refusalOf(await engine.collections.deleteField("nope", "a"), "collection_not_found");
  });
});

describe("delete and undelete", () => {
  it("hide a collection in every database and bring it back with its records", async () => {
    const { engine, db } = await openTenant([posts]);
    const [cold = ""] = await makeDatabases(engine, 1);
    const made = valueOf(await db.collection("posts").create({ title: "t", views: 7 }));
    const far = valueOf(await engine.db(cold).collection("posts").create({ title: "far" }));
    valueOf(await engine.collections.delete("posts"));
    for (const place of [db, engine.db(cold), engine.db()]) {
      refusalOf(await place.collection("posts").getList(), "collection_not_found");
      refusalOf(await place.collection("posts").create({ title: "x" }), "collection_not_found");
    }
    expect(refusalOf(await engine.collections.create(posts), "collection_deleted").message).toContain(
      'collections.undelete("posts")',
    );
    refusalOf(await engine.collections.update("posts", { listRule: "" }), "collection_deleted");
    refusalOf(await engine.collections.delete("posts"), "collection_deleted");
    const born = await engine.databases.create({ name: "born" });
    expect(born.isOk()).toBe(true);

    valueOf(await engine.collections.undelete("posts"));
    expect(valueOf(await db.collection("posts").getOne(made.id))).toEqual(made);
    expect(valueOf(await engine.db(cold).collection("posts").getOne(far.id))).toEqual(far);
    expect(valueOf(await engine.db("born").collection("posts").count())).toBe(0);
    valueOf(await engine.collections.undelete("posts"));
  });

  it("a relation to a deleted collection keeps its values and shows nothing", async () => {
    const { engine, db } = await openTenant([
      posts,
      {
        name: "tags",
        fields: [
          { name: "post", type: "relation", collection: "posts" },
          { name: "word", type: "text" },
        ],
      },
    ]);
    const post = valueOf(await db.collection("posts").create({ title: "t" }));
    const tag = valueOf(await db.collection("tags").create({ post: post.id, word: "w" }));
    valueOf(await engine.collections.delete("posts"));
    expect(valueOf(await db.collection("tags").getOne(tag.id, { expand: "post" }))).toEqual(tag);
    refusalOf(await db.collection("tags").create({ post: post.id }), "validation_failed");
    valueOf(await db.collection("tags").update(tag.id, { word: "v" }));
    valueOf(await engine.collections.undelete("posts"));
    expect(valueOf(await db.collection("tags").getOne(tag.id, { expand: "post" })).expand).toEqual({ post });
  });
});

describe("unique indexes", () => {
  const pairs = {
    name: "pairs",
    fields: [
      { name: "left", type: "text" },
      { name: "right", type: "number" },
    ],
    indexes: [{ fields: ["left", "right"], unique: true }],
  } as const;

  it("over several fields count only records that have all of them", async () => {
    const { db } = await openTenant([pairs]);
    const own = db.collection("pairs");
    valueOf(await own.createMany([{ left: "a", right: 1 }, { left: "a", right: 2 }, { left: "a" }, { left: "a" }]));
    expect(refusalOf(await own.create({ left: "a", right: 1 }), "unique_violation").details).toEqual({
      collection: "pairs",
      fields: ["left", "right"],
    });
  });

  it("made over stored records leave a database that has equal ones behind, serve it, and are made up later", async () => {
    const { engine, db } = await openTenant([posts]);
    const [good = ""] = await makeDatabases(engine, 1);
    const own = db.collection("posts");
    const [, second] = valueOf(await own.createMany([{ title: "same" }, { title: "same" }]));
    valueOf(await engine.collections.update("posts", { indexes: [{ fields: ["title"], unique: true }] }));
    // The one with equal records is served as before.
    expect(valueOf(await own.count())).toBe(2);
    valueOf(await own.create({ title: "same" }).andThen(({ id }) => own.delete(id)));
    const report = valueOf(await engine.databases.migrateAll());
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual([["client1", "unique_violation"]]);
    valueOf(await engine.db(good).collection("posts").create({ title: "same" }));
    refusalOf(await engine.db(good).collection("posts").create({ title: "same" }), "unique_violation");

    valueOf(await own.delete(String(second?.id)));
    expect(valueOf(await engine.databases.migrateAll())).toMatchObject({ failed: [] });
    refusalOf(await own.create({ title: "same" }), "unique_violation");
  });
});
