import { describe, expect, it } from "vitest";
import { validateCreate, validateUpdate } from "../../../../lib/schema/validation/record-validator.js";
import { planDeleteField } from "../../../../lib/schema/plans/plan-delete-field.js";
import { SchemaDraft } from "../../../support/schema.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const draft = new SchemaDraft();
const posts = draft.create({
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true, max: 10 },
    { name: "tags", type: "select", options: ["a", "b"], multiple: true },
    { name: "size", type: "number", default: 3 },
    { name: "at", type: "datetime" },
    { name: "facts", type: "json" },
    { name: "gone", type: "text" },
  ],
});
const users = draft.create({ name: "users", type: "auth", fields: [{ name: "name", type: "text" }] });

const codes = (result: Parameters<typeof refusalOf>[0]) => {
  const { fields } = refusalOf(result, "validation_failed").details;
  return Object.fromEntries(Object.entries(fields).map(([name, { code }]) => [name, code]));
};
const create = (data: unknown) => Object.fromEntries(valueOf(validateCreate(posts, data)));
const update = (data: unknown) => Object.fromEntries(valueOf(validateUpdate(posts, data)));

describe("a create", () => {
  it("gives every field that may be written, with defaults", () => {
    expect(create({ title: "t" })).toEqual({ title: "t", tags: [], size: 3, at: null, facts: null, gone: null });
    expect(create({ title: "t", size: null, tags: null, at: undefined })).toMatchObject({
      size: null,
      tags: [],
      at: null,
    });
  });
  it("names every bad field at once", () => {
    const data = { title: "x".repeat(11), tags: ["a", "c"], size: "1", at: "now", facts: { a: 1n }, tagz: 1, id: "x" };
    const expected = {
      title: "max",
      tags: "options",
      size: "type",
      at: "format",
      facts: "json",
      tagz: "unknown_field",
      id: "readonly",
    };
    expect(codes(validateCreate(posts, data))).toEqual(expected);
  });
  it.each([{}, { title: null }, { title: "" }, { title: undefined }])("misses what is required in %j", (data) => {
    expect(codes(validateCreate(posts, data))).toEqual({ title: "required" });
  });
  it("keeps nothing that the caller can change afterwards", () => {
    const [facts, tags] = [{ list: [1] }, ["a"]];
    const values = create({ title: "t", facts, tags });
    facts.list.push(2);
    tags.push("zzz");
    expect(values).toMatchObject({ facts: { list: [1] }, tags: ["a"] });
  });
});

describe("an update", () => {
  it("gives only what was given", () => {
    expect(update({ size: -0, at: new Date(0) })).toEqual({ size: 0, at: "1970-01-01T00:00:00.000Z" });
    expect(update({})).toEqual({});
    expect(update({ title: undefined })).toEqual({});
  });
  it("unsets with null, but not what is required", () => {
    expect(update({ size: null, tags: null })).toEqual({ size: null, tags: [] });
    expect(codes(validateUpdate(posts, { title: null }))).toEqual({ title: "required" });
    expect(codes(validateUpdate(posts, { title: "" }))).toEqual({ title: "required" });
  });
});

describe("data that is no record", () => {
  class Row {
    title = "t";
  }
  const throwing = {
    get title(): string {
      throw new Error("no");
    },
  };
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => [] as string[],
      getPrototypeOf: () => {
        throw new Error("no");
      },
    },
  );
  it.each([null, undefined, 1, "x", [], [{ title: "t" }], new Row(), new Map(), new Date(), () => 1, throwing, proxy])(
    "is refused (%#)",
    (data) => {
      expect(codes(validateCreate(posts, data))).toMatchObject({ data: "type" });
      expect(codes(validateUpdate(posts, data))).toEqual({ data: "type" });
    },
  );
  it.each(["__proto__", "constructor", "toString", "x".repeat(1_000)])("has no field %s", (key) => {
    const data = JSON.parse(`{"title":"t",${JSON.stringify(key)}:{"isAdmin":true}}`) as unknown;
    expect(codes(validateCreate(posts, data))).toEqual({ [key.slice(0, 100)]: "unknown_field" });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
  it("is read when it has no prototype", () => {
    expect(create(Object.assign(Object.create(null) as object, { title: "t" }))).toMatchObject({ title: "t" });
  });
  it("names at most 100 of 10,000 unknown fields", () => {
    const data = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`nothing${at}`, 1]));
    expect(Object.keys(codes(validateUpdate(posts, data)))).toHaveLength(100);
  });
  it.each(["id", "created", "updated", "deleted", "collectionId", "collectionName", "expand"])(
    "may not set %s",
    (name) => {
      expect(codes(validateUpdate(posts, { [name]: "x" }))).toEqual({ [name]: "readonly" });
    },
  );
  it("gets a suggestion for a name that is close, and the reason for a deleted one", () => {
    const { details } = refusalOf(validateUpdate(posts, { titel: "t" }), "validation_failed");
    expect(details.fields["titel"]?.message).toContain("Did you mean 'title'?");
    const later = new SchemaDraft();
    later.create({ name: "posts", fields: [{ name: "gone", type: "text" }] });
    later.follow(planDeleteField(later.catalog, "posts", "gone"));
    const error = refusalOf(validateUpdate(later.get("posts"), { gone: "x" }), "validation_failed");
    expect(error.details.fields["gone"]).toEqual({
      code: "unknown_field",
      message: "The field 'gone' of 'posts' is deleted.",
    });
  });
});

describe("auth", () => {
  const login = { email: "ada@example.com", password: "12345678" };
  it("requires email and password, and takes an equal confirmation", () => {
    expect(codes(validateCreate(users, {}))).toEqual({ email: "required", password: "required" });
    const values = Object.fromEntries(valueOf(validateCreate(users, { ...login, passwordConfirm: login.password })));
    expect(values).toEqual({ ...login, verified: false, name: null });
    expect(codes(validateCreate(users, { ...login, passwordConfirm: "other" }))).toEqual({
      passwordConfirm: "mismatch",
    });
    expect(codes(validateUpdate(users, { passwordConfirm: "12345678" }))).toEqual({ passwordConfirm: "mismatch" });
    expect(codes(validateUpdate(posts, { passwordConfirm: "12345678" }))).toEqual({ passwordConfirm: "unknown_field" });
  });
  it("lets trusted code verify", () => {
    expect(valueOf(validateUpdate(users, { verified: true })).get("verified")).toBe(true);
  });
});
