import { beforeEach, describe, expect, it } from "vitest";
import { planDeleteCollection } from "../../../../lib/schema/plans/plan-delete-collection.js";
import { planDeleteField } from "../../../../lib/schema/plans/plan-delete-field.js";
import { planUndeleteCollection } from "../../../../lib/schema/plans/plan-undelete-collection.js";
import { planUndeleteField } from "../../../../lib/schema/plans/plan-undelete-field.js";
import { planUpdateCollection } from "../../../../lib/schema/plans/plan-update-collection.js";
import { SchemaDraft } from "../../../support/schema.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const things = {
  name: "things",
  fields: [
    { name: "title", type: "text", required: true, min: 2, max: 10, pattern: "^a" },
    { name: "slug", type: "text", unique: true },
    { name: "size", type: "number", min: 0, max: 5, integer: true },
    { name: "kind", type: "select", options: ["x", "y"] },
    { name: "parent", type: "relation", collection: "things", cascadeDelete: true },
    { name: "facts", type: "json", maxSize: 100 },
  ],
  indexes: [{ fields: ["title"] }],
};

let draft: SchemaDraft;
const plan = (change: unknown) => planUpdateCollection(draft.catalog, "things", change);
const update = (change: unknown) => {
  const followed = draft.follow(plan(change));
  return { kind: followed.kind, things: draft.get("things") };
};
const refusal = (change: unknown) => refusalOf(plan(change), "schema_append_only");

beforeEach(() => {
  draft = new SchemaDraft();
  draft.create(things);
});

describe("adding", () => {
  it("fields, indexes, rules and soft deletion at once; what is left out stays", () => {
    const { things } = update({
      fields: [{ name: "note", type: "text", default: "it's" }],
      indexes: [{ fields: ["note"] }, { fields: ["title"] }],
      softDelete: true,
      listRule: "",
    });
    expect([...things.fields.keys()].slice(-2)).toEqual(["facts", "note"]);
    expect(things.fields.has("deleted")).toBe(true);
    expect(things.indexes).toEqual([
      { fields: ["title"], unique: false },
      { fields: ["note"], unique: false },
    ]);
    expect(things.rules).toMatchObject({ listRule: "", viewRule: null });
  });
  it("refuses a new required field without a default, and takes one with it", () => {
    expect(refusal({ fields: [{ name: "n", type: "number", required: true }] }).message).toContain("default");
    expect(update({ fields: [{ name: "n", type: "number", required: true, default: 1 }] }).kind).toBe("change");
  });
  it("refuses a deleted field's name and names the call", () => {
    draft.follow(planDeleteField(draft.catalog, "things", "slug"));
    const error = refusalOf(plan({ fields: [{ name: "slug", type: "text" }] }), "field_exists");
    expect(error.details.isDeleted).toBe(true);
    expect(error.message).toContain('collections.undeleteField("things", "slug")');
    expect(refusalOf(plan({ fields: [{ name: "TITLE", type: "text" }] }), "field_exists").details.isDeleted).toBe(
      false,
    );
  });
  it("takes a unique index over new fields and over stored ones", () => {
    const code = { name: "code", type: "text" };
    expect(update({ fields: [code], indexes: [{ fields: ["kind", "code"], unique: true }] }).kind).toBe("change");
    expect(update({ indexes: [{ fields: ["kind"], unique: true }] }).kind).toBe("change");
  });
  it("counts deleted fields against the limit", () => {
    const fields = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({ name: `f${from + at}`, type: "bool" }));
    update({ fields: fields(0, 194) });
    draft.follow(planDeleteField(draft.catalog, "things", "f0"));
    expect(refusalOf(plan({ fields: fields(300, 1) }), "validation_failed").details.fields["fields"]?.code).toBe("max");
  });
});

describe("loosening", () => {
  it.each([
    [{ name: "title", max: 11 }, { max: 11 }],
    [{ name: "title", type: "text", min: 1 }, { min: 1 }],
    [{ name: "title", pattern: null }, { pattern: undefined }],
    [{ name: "title", max: null }, { max: undefined }],
    [
      { name: "size", integer: false, min: -1, max: null },
      { min: -1, integer: undefined },
    ],
    [{ name: "kind", options: ["y", "x", "z"] }, { options: ["y", "x", "z"] }],
    [{ name: "parent", cascadeDelete: false }, { cascadeDelete: undefined }],
    [{ name: "facts", maxSize: 200 }, { maxSize: 200 }],
  ])("%j", (field, options) => {
    const { things } = update({ fields: [field] });
    const after = things.fields.get(field.name);
    for (const [name, value] of Object.entries(options)) expect(after?.options[name]).toEqual(value);
  });
  it("settings: required and unique off, hidden and default either way", () => {
    update({
      fields: [
        { name: "title", required: false, hidden: true, default: "ab" },
        { name: "slug", unique: false },
      ],
    });
    const { things } = update({ fields: [{ name: "title", hidden: false, default: null }] });
    expect(things.fields.get("title")).toMatchObject({
      required: false,
      hidden: false,
      default: null,
      options: { max: 10 },
    });
    expect(things.fields.get("slug")).toMatchObject({ unique: false });
  });
  it("required on, with a default that the stored records take", () => {
    refusal({ fields: [{ name: "kind", required: true }] });
    const { things } = update({ fields: [{ name: "kind", required: true, default: "x" }] });
    expect(things.fields.get("kind")).toMatchObject({ required: true, default: "x" });
  });
});

describe("refusing", () => {
  it.each([
    [{ name: "renamed" }, "renamed"],
    [{ type: "auth" }, "type"],
    [{ fields: [{ name: "title", type: "number" }] }, "stays a text"],
    [{ fields: [{ name: "title", max: 9 }] }, "max may only grow"],
    [{ fields: [{ name: "title", min: 3 }] }, "min may only shrink"],
    [{ fields: [{ name: "title", pattern: "^b" }] }, "pattern may only be removed"],
    [{ fields: [{ name: "slug", pattern: "^b" }] }, "pattern may only be removed"],
    [{ fields: [{ name: "slug", max: 5 }] }, "max may only grow"],
    [{ fields: [{ name: "title", unique: true }] }, "cannot become unique"],
    [{ fields: [{ name: "size", max: 4 }] }, "max may only grow"],
    [{ fields: [{ name: "kind", options: ["x"] }] }, "'y' may be stored"],
    [{ fields: [{ name: "kind", multiple: true }] }, "multiple cannot change"],
    [{ fields: [{ name: "parent", multiple: true }] }, "multiple cannot change"],
    [{ fields: [{ name: "parent", collection: "other" }] }, "collection cannot change"],
    [{ fields: [{ name: "facts", maxSize: 50 }] }, "maxSize may only grow"],
  ])("%j and saying why", (change, reason) => {
    const error = refusal(change);
    expect(error.message).toContain("append-only");
    expect(error.message).toContain(reason);
    expect(error.details.collection).toBe("things");
  });
  it("tightening back what was loosened: cascade, integer, soft deletion", () => {
    update({
      softDelete: true,
      fields: [
        { name: "parent", cascadeDelete: false },
        { name: "size", integer: false },
      ],
    });
    refusal({ softDelete: false });
    refusal({ fields: [{ name: "parent", cascadeDelete: true }] });
    refusal({ fields: [{ name: "size", integer: true }] });
  });
  it("what is wrong in itself", () => {
    const codes = (change: unknown) => Object.keys(refusalOf(plan(change), "validation_failed").details.fields);
    expect(codes({ nam: 1 })).toEqual(["nam"]);
    expect(codes({ fields: [{ type: "text" }] })).toEqual(["fields.0.name"]);
    expect(codes({ fields: [{ name: "title" }, { name: "title" }] })).toEqual(["fields.1.name"]);
    expect(codes({ fields: [{ name: "title", type: "nothing" }] })).toEqual(["fields.0.type"]);
    expect(codes({ fields: [{ name: "true", type: "bool" }] })).toEqual(["fields.0.name"]);
    expect(codes({ fields: [{ name: "id", type: "text" }] })).toEqual(["fields.0.name"]);
    expect(codes({ listRule: 5 })).toEqual(["listRule"]);
  });
  it("collections that are not there, deleted, or the engine's", () => {
    refusalOf(planUpdateCollection(draft.catalog, "nothing", {}), "collection_not_found");
    refusalOf(planUpdateCollection(draft.catalog, { toString: null }, {}), "collection_not_found");
    refusalOf(planUpdateCollection(draft.catalog, "_stats", { listRule: "" }), "database_reserved");
    draft.follow(planDeleteCollection(draft.catalog, "things"));
    refusalOf(plan({ listRule: "" }), "collection_deleted");
  });
});

describe("changing nothing", () => {
  it.each([
    {},
    { fields: [] },
    things,
    { softDelete: false, listRule: null },
    { indexes: [{ fields: ["title"], unique: false }] },
  ])("%j", (change) => expect(valueOf(plan(change))).toEqual({ kind: "unchanged", collection: draft.get("things") }));
});

describe("deleting and undeleting", () => {
  it("hides a field and brings it back to its place", () => {
    const before = [...draft.get("things").fields.keys()];
    draft.follow(planDeleteField(draft.catalog, "things", "slug"));
    expect(draft.get("things").fields.has("slug")).toBe(false);
    expect(draft.get("things").deletedFields.get("slug")).toMatchObject({ isDeleted: true, unique: true });
    draft.follow(planUndeleteField(draft.catalog, "things", "slug"));
    expect([...draft.get("things").fields.keys()]).toEqual(before);
    expect(valueOf(planUndeleteField(draft.catalog, "things", "slug")).kind).toBe("unchanged");
  });
  it("refuses fields that are not there, and the engine's own", () => {
    for (const field of ["nothing", "__proto__", 5, null]) {
      refusalOf(planDeleteField(draft.catalog, "things", field), "validation_failed");
      refusalOf(planUndeleteField(draft.catalog, "things", field), "validation_failed");
    }
    const { details } = refusalOf(planDeleteField(draft.catalog, "things", "id"), "validation_failed");
    expect(details.fields["id"]?.code).toBe("readonly");
  });
  it("hides a collection and brings it back as it was", () => {
    const before = draft.get("things");
    draft.follow(planDeleteCollection(draft.catalog, "things"));
    expect(draft.catalog.live("things", "tenants")).toBeUndefined();
    refusalOf(planDeleteCollection(draft.catalog, "things"), "collection_deleted");
    refusalOf(planDeleteField(draft.catalog, "things", "slug"), "collection_deleted");
    draft.follow(planUndeleteCollection(draft.catalog, "things"));
    expect({ ...draft.get("things"), updatedAt: before.updatedAt }).toEqual(before);
    expect(valueOf(planUndeleteCollection(draft.catalog, "things")).kind).toBe("unchanged");
    refusalOf(planUndeleteCollection(draft.catalog, "nothing"), "collection_not_found");
    refusalOf(planDeleteCollection(draft.catalog, "_stats"), "database_reserved");
  });
});
