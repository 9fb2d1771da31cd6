// Every field type through the file and back: what goes in comes out, exactly, or is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../lib/index.js";
import { openEngine, sharedTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const shared = sharedTenant([
  {
    name: "things",
    fields: [
      { name: "text", type: "text" },
      { name: "editor", type: "editor" },
      { name: "email", type: "email" },
      { name: "url", type: "url" },
      { name: "number", type: "number" },
      { name: "whole", type: "number", integer: true },
      { name: "bool", type: "bool" },
      { name: "date", type: "date" },
      { name: "datetime", type: "datetime" },
      { name: "choice", type: "select", options: ["a", "b", "ü, \"'"] },
      { name: "choices", type: "select", options: ["a", "b", "c"], multiple: true },
      { name: "json", type: "json" },
      { name: "friend", type: "relation", collection: "things" },
      { name: "friends", type: "relation", collection: "things", multiple: true },
    ],
  },
  {
    name: "rules",
    fields: [
      { name: "title", type: "text", required: true, min: 2, max: 5, pattern: "^[A-Z]" },
      { name: "count", type: "number", min: 1, max: 10, integer: true },
      { name: "small", type: "json", maxSize: 20 },
      { name: "code", type: "text", unique: true },
      { name: "state", type: "select", options: ["new", "old"], default: "new" },
      { name: "tags", type: "select", options: ["x", "y"], multiple: true, default: ["x"] },
      { name: "price", type: "number", default: 1.5 },
      { name: "open", type: "bool", default: true },
      { name: "meta", type: "json", default: { a: [1, null, 'it\'s "so"'] } },
    ],
  },
]);

const things = () => shared.db.collection("things");
const rules = () => shared.db.collection("rules");

/** Writes a value by create and by update, and reads it by every call that reads. */
async function roundTrip(field: string, value: unknown): Promise<readonly unknown[]> {
  const created = valueOf(await things().create({ [field]: value }));
  const changed = valueOf(await things().create({}));
  const updated = valueOf(await things().update(changed.id, { [field]: value }));
  const [many] = valueOf(await things().createMany([{ [field]: value }]));
  const read = valueOf(await things().getOne(created.id));
  const listed = valueOf(await things().getList(1, 1, { filter: ["id = {:id}", { id: changed.id }] }));
  return [created, updated, many, read, listed.items[0]].map((record) => record?.[field]);
}

const sameEverywhere = (values: readonly unknown[], expected: unknown): void => {
  for (const value of values) expect(value).toStrictEqual(expected);
};

describe("values come back as they were", () => {
  it.each<[string, unknown]>([
    ["text", ""],
    ["text", " \t\n\r "],
    ["text", "Ünï¢ödé 中文 🙂 👩‍👩‍👧‍👦"],
    ["text", "e\u0301 is not \u00e9"],
    ["text", "'; DROP TABLE things; --"],
    ["text", `"quoted" and \\ 'single' \`back\` %_?:@$`],
    ["text", "null"],
    ["text", "007"],
    ["text", "1e3"],
    ["text", "x".repeat(1_000_000)],
    ["text", "\u2028\u2029\ufeff\u0001\u007f"],
    ["editor", "<p onclick=\"alert('x')\">kept, not cleaned</p>"],
    ["email", "Some.One+tag@Example.COM"],
    ["url", "https://example.com/a?b=c%20d#e"],
    ["bool", true],
    ["bool", false],
    ["date", "2024-02-29"],
    ["date", "0001-01-01"],
    ["date", "9999-12-31"],
    ["datetime", "2024-02-29T12:00:00.123Z"],
    ["choice", "ü, \"'"],
    ["choices", ["c", "a"]],
    ["choices", []],
    ["json", 0],
    ["json", ""],
    ["json", false],
    ["json", []],
    ["json", {}],
    ["json", "a text"],
    ["json", "null"],
    ["json", [[[[[]]]]]],
    ["json", { a: { b: [1, 2.5, null, true, "x", { "": "empty key", "a.b": "dot", 'q"': "quote" }] } }],
    ["json", { constructor: 1, toString: 2, length: 3 }],
    ["json", [1e21, 5e-324, -1.5, 9007199254740991, 0.1 + 0.2]],
  ])("%s: %j", async (field, value) => {
    sameEverywhere(await roundTrip(field, value), value);
  });

  it("a date and a datetime are taken as Date too", async () => {
    const moment = new Date("2024-02-29T23:59:59.999Z");
    sameEverywhere(await roundTrip("date", moment), "2024-02-29");
    sameEverywhere(await roundTrip("datetime", moment), "2024-02-29T23:59:59.999Z");
  });

  it("a datetime is given in UTC with milliseconds", async () => {
    sameEverywhere(await roundTrip("datetime", "2024-02-29T23:00:00-02:00"), "2024-03-01T01:00:00.000Z");
  });

  it.each([
    0.1 + 0.2,
    1e21,
    -1e21,
    5e-324,
    1.7976931348623157e308,
    2 ** 53,
    -(2 ** 53),
    2 ** 53 - 1,
    2 ** 53 + 2,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    1 / 3,
    4.35,
    1e-7,
    123456789.12345679,
    0,
  ])("the number %d", async (value) => {
    sameEverywhere(await roundTrip("number", value), value);
    sameEverywhere(await roundTrip("json", [value]), [value]);
  });

  it("minus zero is kept as zero", async () => {
    for (const value of await roundTrip("number", -0)) expect(Object.is(value, 0)).toBe(true);
  });

  it("any double, alone and in json", async () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(fc.array(double, { minLength: 1, maxLength: 100 }), async (numbers) => {
        const rows = numbers.map((number) => ({ number, json: { number } }));
        const made = valueOf(await things().createMany(rows));
        const read = await Promise.all(made.map(async ({ id }) => valueOf(await things().getOne(id))));
        for (const [at, record] of read.entries()) {
          const expected = numbers[at] === 0 ? 0 : numbers[at];
          expect(record["number"]).toBe(expected);
          expect(record["json"]).toEqual({ number: expected });
        }
      }),
      { numRuns: 20 },
    );
  });

  it("any storable text, in all that holds texts", async () => {
    const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (texts) => {
        const rows = texts.map((value) => ({ text: value, editor: value, json: { [`k${value}`]: value } }));
        const made = valueOf(await things().createMany(rows));
        for (const [at, record] of made.entries()) {
          const read = valueOf(await things().getOne(record.id));
          expect(read).toMatchObject({ text: texts[at], editor: texts[at], json: { [`k${texts[at]}`]: texts[at] } });
          expect(read).toEqual(record);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("any JSON value", async () => {
    const plain = (value: JsonValue): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
    const storable = fc
      .jsonValue({ stringUnit: "binary" })
      .map((value) => plain(value as JsonValue))
      .filter((value) => !JSON.stringify(value).includes("\\u0000") && !JSON.stringify(value).includes("__proto__"));
    await fc.assert(
      fc.asyncProperty(storable, async (json) => {
        const { id } = valueOf(await things().create({ json }));
        expect(valueOf(await things().getOne(id))["json"]).toStrictEqual(json);
      }),
      { numRuns: 100 },
    );
  });
});

describe("unset values", () => {
  const unset = {
    text: null,
    editor: null,
    email: null,
    url: null,
    number: null,
    whole: null,
    bool: null,
    date: null,
    datetime: null,
    choice: null,
    choices: [],
    json: null,
    friend: null,
    friends: [],
  };

  it("are null, of multiple fields the empty list, in every type", async () => {
    const made = valueOf(await things().create({}));
    expect(made).toEqual({ ...unset, id: made.id, created: made.created, updated: made.updated });
    expect(valueOf(await things().getOne(made.id))).toEqual(made);
  });

  it("are the same whether left out, undefined or null", async () => {
    const nulls = Object.fromEntries(Object.keys(unset).map((name) => [name, null]));
    const undefineds = Object.fromEntries(Object.keys(unset).map((name) => [name, undefined]));
    for (const data of [nulls, undefineds]) expect(valueOf(await things().create(data))).toMatchObject(unset);
  });

  it("are made by an update with null, and an undefined changes nothing", async () => {
    const friend = valueOf(await things().create({}));
    const set = {
      text: "a",
      editor: "b",
      email: "a@b.de",
      url: "https://a.de",
      number: 1,
      whole: 2,
      bool: false,
      date: "2024-01-01",
      datetime: "2024-01-01T00:00:00.000Z",
      choice: "a",
      choices: ["b"],
      json: { a: 1 },
      friend: friend.id,
      friends: [friend.id],
    };
    const { id } = valueOf(await things().create(set));
    const names = Object.keys(unset);
    const untouched = valueOf(await things().update(id, Object.fromEntries(names.map((name) => [name, undefined]))));
    expect(untouched).toMatchObject(set);
    const cleared = valueOf(await things().update(id, Object.fromEntries(names.map((name) => [name, null]))));
    expect(cleared).toMatchObject(unset);
  });
});

describe("what a field asks for", () => {
  it("defaults fill what is left out, and only at create", async () => {
    const made = valueOf(await rules().create({ title: "Abc" }));
    const defaults = {
      state: "new",
      tags: ["x"],
      price: 1.5,
      open: true,
      meta: { a: [1, null, 'it\'s "so"'] },
      count: null,
      code: null,
    };
    expect(made).toMatchObject(defaults);
    const cleared = valueOf(
      await rules().update(made.id, { state: null, tags: [], price: null, open: false, meta: null }),
    );
    expect(cleared).toMatchObject({ state: null, tags: [], price: null, open: false, meta: null });
    expect(valueOf(await rules().update(made.id, { count: 3 }))).toMatchObject({ state: null, price: null });
  });

  it("a null given at create is a value, not left out", async () => {
    expect(valueOf(await rules().create({ title: "Abc", price: null, state: null }))).toMatchObject({
      price: null,
      state: null,
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["a missing required one", {}, { title: "required" }],
    ["a null required one", { title: null }, { title: "required" }],
    ["an empty required one", { title: "" }, { title: "required" }],
    ["too short", { title: "A" }, { title: "min" }],
    ["too long", { title: "Abcdef" }, { title: "max" }],
    ["not matching", { title: "abc" }, { title: "pattern" }],
    ["too small", { title: "Abc", count: 0 }, { count: "min" }],
    ["too large", { title: "Abc", count: 11 }, { count: "max" }],
    ["a fraction", { title: "Abc", count: 1.5 }, { count: "type" }],
    ["no option", { title: "Abc", state: "gone" }, { state: "options" }],
    ["no option of a list", { title: "Abc", tags: ["x", "z"] }, { tags: "options" }],
    ["an option twice", { title: "Abc", tags: ["x", "x"] }, { tags: "duplicate" }],
    ["json above its size", { title: "Abc", small: "x".repeat(19) }, { small: "max" }],
    ["an unknown field", { title: "Abc", titel: "Abc" }, { titel: "unknown_field" }],
    ["a field of every object", { title: "Abc", constructor: "x" }, { constructor: "unknown_field" }],
    ["an id", { title: "Abc", id: "0".repeat(32) }, { id: "readonly" }],
    ["created", { title: "Abc", created: "2024-01-01T00:00:00Z" }, { created: "readonly" }],
    ["updated", { title: "Abc", updated: "2024-01-01T00:00:00Z" }, { updated: "readonly" }],
    ["several things at once", { count: 0, nope: 1 }, { title: "required", count: "min", nope: "unknown_field" }],
  ])("refuses %s, and stores nothing", async (_what, data, problems) => {
    const before = valueOf(await rules().count());
    const error = refusalOf(await rules().create(data), "validation_failed");
    const codes = Object.fromEntries(Object.entries(error.details.fields).map(([name, { code }]) => [name, code]));
    expect(codes).toEqual(problems);
    for (const { message } of Object.values(error.details.fields)) expect(message).toMatch(/^\w.{10,}/u);
    expect(valueOf(await rules().count())).toBe(before);
  });

  it("an update is held to the same, and changes nothing when it is refused", async () => {
    const made = valueOf(await rules().create({ title: "Abc", count: 2 }));
    for (const patch of [{ title: null }, { title: "" }, { title: "abc" }, { count: 11 }, { id: "x" }, { nope: 1 }]) {
      refusalOf(await rules().update(made.id, patch), "validation_failed");
    }
    expect(valueOf(await rules().getOne(made.id))).toEqual(made);
  });

  it("texts are counted in characters, not in units of UTF-16", async () => {
    expect(valueOf(await rules().create({ title: "A🙂🙂🙂🙂" }))["title"]).toBe("A🙂🙂🙂🙂");
    refusalOf(await rules().create({ title: "A🙂🙂🙂🙂🙂" }), "validation_failed");
  });
});

describe("unique", () => {
  it("refuses the second of two equal values, at create and at update, and lets a record keep its own", async () => {
    const first = valueOf(await rules().create({ title: "One", code: "c1" }));
    const second = valueOf(await rules().create({ title: "Two", code: "c2" }));
    const error = refusalOf(await rules().create({ title: "Six", code: "c1" }), "unique_violation");
    expect(error.details).toEqual({ collection: "rules", fields: ["code"] });
    refusalOf(await rules().update(second.id, { code: "c1" }), "unique_violation");
    expect(valueOf(await rules().getOne(second.id))).toEqual(second);
    expect(valueOf(await rules().update(first.id, { code: "c1" }))["code"]).toBe("c1");
  });

  it("counts no unset values, and lets a value go with its record", async () => {
    valueOf(await rules().createMany([{ title: "Abc" }, { title: "Abc" }]));
    const gone = valueOf(await rules().create({ title: "Abc", code: "again" }));
    valueOf(await rules().delete(gone.id));
    expect(valueOf(await rules().create({ title: "Abc", code: "again" }))["code"]).toBe("again");
  });

  it("holds within one database only", async () => {
    valueOf(await rules().create({ title: "Abc", code: "mine" }));
    valueOf(await shared.engine.db().collection("rules").create({ title: "Abc", code: "mine" }));
  });

  it("lets one of many concurrent callers win", async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => rules().create({ title: "Abc", code: "contested" })),
    );
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    for (const result of results) if (result.isErr()) refusalOf(result, "unique_violation");
  });
});

describe("auth collections", () => {
  it("keep a password that nobody can read, whatever is asked for", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "users", type: "auth", fields: [{ name: "name", type: "text" }] }));
    valueOf(
      await engine.collections.create({
        name: "notes",
        fields: [{ name: "by", type: "relation", collection: "users" }],
      }),
    );
    const users = engine.db().collection("users");
    const notes = engine.db().collection("notes");
    const password = "correct horse battery";

    const made = valueOf(
      await users.create({ email: "a@example.com", password, passwordConfirm: password, name: "A" }),
    );
    expect(made).toMatchObject({ email: "a@example.com", verified: false, name: "A" });
    const note = valueOf(await notes.create({ by: made.id }));
    const seen = [
      made,
      valueOf(await users.getOne(made.id)),
      valueOf(await users.getFirst("email = 'a@example.com'")),
      valueOf(await users.getList()),
      valueOf(await users.getList(1, 1, { fields: "*" })),
      valueOf(await users.update(made.id, { password: "another password" })),
      valueOf(await users.createMany([{ email: "b@example.com", password }])),
      valueOf(await notes.getOne(note.id, { expand: "by", fields: "*,expand.by.*" })),
    ];
    const text = JSON.stringify(seen);
    expect(text).toContain("a@example.com");
    expect(text).not.toMatch(/password|argon2|correct horse/);
    refusalOf(await users.getOne(made.id, { fields: "password" }), "request_invalid");
    refusalOf(await users.getOne(made.id, { fields: "id,password" }), "request_invalid");
    refusalOf(await notes.getOne(note.id, { expand: "by", fields: "expand.by.password" }), "request_invalid");
    refusalOf(await users.getList(1, 1, { filter: "password ~ '$argon2'" }), "filter_invalid");
    refusalOf(await users.getList(1, 1, { sort: "password" }), "sort_invalid");
    refusalOf(await notes.getList(1, 1, { filter: "by.password != ''" }), "filter_invalid");
    refusalOf(await notes.getList(1, 1, { sort: "by.password" }), "sort_invalid");
  });

  it("take passwordConfirm only when it is equal, and never store it", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "users", type: "auth" }));
    const users = engine.db().collection("users");
    const data = { email: "a@example.com", password: "correct horse" };
    const error = refusalOf(await users.create({ ...data, passwordConfirm: "correct house" }), "validation_failed");
    expect(error.details.fields).toMatchObject({ passwordConfirm: { code: "mismatch" } });
    expect(JSON.stringify(error)).not.toContain("correct h");
    expect(valueOf(await users.create({ ...data, passwordConfirm: data.password }))).not.toHaveProperty(
      "passwordConfirm",
    );
    expect(
      refusalOf(await users.create({ email: "b@example.com" }), "validation_failed").details.fields,
    ).toHaveProperty("password");
    refusalOf(await users.create({ email: "b@example.com", password: "short" }), "validation_failed");
    refusalOf(await users.create({ password: "correct horse" }), "validation_failed");
  });

  it("hold each e-mail address once, whatever its letter case", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "users", type: "auth" }));
    const users = engine.db().collection("users");
    const made = valueOf(await users.create({ email: "Ann@Example.com", password: "correct horse" }));
    expect(made["email"]).toBe("Ann@Example.com");
    refusalOf(await users.create({ email: "ann@example.COM", password: "correct horse" }), "unique_violation");
  });
});
