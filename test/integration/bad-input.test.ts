// What users send by mistake or on purpose: one row = a call, the code that it ends in; after each the engine is as before.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  TenantEngine,
  type Collection,
  type EngineError,
  type EngineOptions,
  type ErrorCode,
  type Result,
  type ResultAsync,
} from "../../lib/index.js";
import { openEngine, sharedTenant } from "../support/open-engine.js";
import { collectionCalls, engineCalls } from "../support/public-calls.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const shared = sharedTenant(
  [
    {
      name: "posts",
      softDelete: true,
      fields: [
        { name: "title", type: "text" },
        { name: "count", type: "number" },
        { name: "done", type: "bool" },
        { name: "on", type: "date" },
        { name: "at", type: "datetime" },
        { name: "mail", type: "email" },
        { name: "link", type: "url" },
        { name: "state", type: "select", options: ["a"] },
        { name: "tags", type: "select", options: ["a"], multiple: true },
        { name: "data", type: "json" },
        { name: "parent", type: "relation", collection: "posts" },
        { name: "others", type: "relation", collection: "posts", multiple: true },
      ],
    },
  ],
  { limits: { waitMs: 2_000 } },
);

const posts = (): Collection => shared.db.collection("posts");
let first = "";

/** Everything that a refused call must not change. */
async function state(): Promise<unknown> {
  const databases = valueOf(await shared.engine.databases.list()).map(({ name, createdAt }) => ({ name, createdAt }));
  const collections = valueOf(await shared.engine.collections.list({ includeDeleted: true }));
  const records = valueOf(await posts().getList(1, 100, { includeDeleted: true })).items;
  return { databases, collections, records };
}

let before: unknown;

beforeAll(async () => {
  first = valueOf(await posts().create({ title: "First", count: 1, data: { a: 1 } })).id;
  before = await state();
});

afterEach(async () => {
  expect(await state()).toEqual(before);
  // It serves: a write and a read in the same database.
  const made = valueOf(await posts().create({ title: "Serving" }));
  expect(valueOf(await posts().getOne(made.id))).toEqual(made);
  valueOf(await posts().delete(made.id));
  valueOf(await posts().purge(made.id));
});

type Attempt = () => PromiseLike<Result<unknown, EngineError>> | ResultAsync<unknown, EngineError>;
type Row = readonly [what: string, code: ErrorCode, attempt: Attempt];

const rowsOf = (rows: readonly Row[]) => rows.map(([what, code, attempt]) => ({ what, code, attempt }));

const refused = async ({ code, attempt }: { readonly code: ErrorCode; readonly attempt: Attempt }): Promise<void> => {
  const error = refusalOf(await attempt(), code);
  expect(error.message.length).toBeGreaterThan(10);
  expect(error.message.length).toBeLessThan(1_500);
  expect(JSON.stringify(error)).not.toMatch(/SQLITE_[A-Z]+:|select \*|insert into|\/tmp\//);
};

const untyped = (value: unknown): never => value as never;

/** A list of two whose first place was never filled. */
function withHole(second: unknown): readonly unknown[] {
  const list: unknown[] = [];
  list[1] = second;
  return list;
}

/** What old libraries do: a rejection without a reason. */
const rejectWithNothing = (): Promise<never> => new Promise((_, reject: (reason?: unknown) => void) => reject());

describe("names of databases", () => {
  const names = [
    "",
    "..",
    "../client1",
    "..\\client1",
    "/etc/passwd",
    "a/b",
    "client1.db",
    "client1\0",
    "client1\n",
    " client1",
    "Client1",
    "сlient1",
    "ｃlient1",
    "cafe\u0301",
    "a".repeat(64),
    "a".repeat(1_000_000),
    "-a",
    "_a",
    "%2e%2e",
    ":memory:",
    "file:client1",
    "a?mode=ro",
    "\ud800",
    "client1;drop table posts",
  ];
  it.each(
    rowsOf(
      names.flatMap((name): readonly Row[] => [
        [`create ${name.slice(0, 20)}`, "database_name_invalid", () => shared.engine.databases.create({ name })],
        [`get ${name.slice(0, 20)}`, "database_name_invalid", () => shared.engine.databases.get(name)],
        [`exists ${name.slice(0, 20)}`, "database_name_invalid", () => shared.engine.databases.exists(name)],
        [`delete ${name.slice(0, 20)}`, "database_name_invalid", () => shared.engine.databases.delete(name)],
        [
          `use ${name.slice(0, 20)}`,
          "database_name_invalid",
          () => shared.engine.db(name).collection("posts").getList(),
        ],
      ]),
    ),
  )("$what", refused);

  it.each(
    rowsOf([
      ["one that exists", "database_exists", () => shared.engine.databases.create({ name: "client1" })],
      ["a reserved one", "database_reserved", () => shared.engine.databases.create({ name: "stats" })],
      ["get of none", "database_not_found", () => shared.engine.databases.get("nobody")],
      ["delete of none", "database_not_found", () => shared.engine.databases.delete("nobody")],
      ["use of none", "database_not_found", () => shared.engine.db("nobody").collection("posts").count()],
      ["an object's member", "database_not_found", () => shared.engine.databases.get("constructor")],
      ["a number", "database_name_invalid", () => shared.engine.databases.create(untyped({ name: 7 }))],
      ["none at all", "database_name_invalid", () => shared.engine.databases.create(untyped({}))],
      ["a text for the object", "database_name_invalid", () => shared.engine.databases.create(untyped("client9"))],
      ["nothing", "database_name_invalid", () => shared.engine.databases.create(untyped(undefined))],
      ["concurrency 0", "request_invalid", () => shared.engine.databases.migrateAll({ concurrency: 0 })],
      ["concurrency 1e9", "request_invalid", () => shared.engine.databases.migrateAll({ concurrency: 1e9 })],
      [
        "concurrency of a text",
        "request_invalid",
        () => shared.engine.databases.migrateAll({ concurrency: untyped("4") }),
      ],
      [
        "a progress that is no function",
        "request_invalid",
        () => shared.engine.databases.migrateAll({ onProgress: untyped(7) }),
      ],
    ]),
  )("$what", refused);
});

describe("names of collections and fields", () => {
  const create =
    (name: unknown): Attempt =>
    () =>
      shared.engine.collections.create({ name: untyped(name) });
  const field =
    (name: unknown, more: object = {}): Attempt =>
    () =>
      shared.engine.collections.create(untyped({ name: "fresh", fields: [{ name, type: "text", ...more }] }));
  const names = [
    "",
    " posts",
    "a-b",
    "a.b",
    "1a",
    "_a",
    "a\0",
    "ä",
    "a".repeat(64),
    'a"b',
    "a;b",
    "a'b",
    "sqlite_master",
    "SQLITE_x",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "null",
    "AND",
    "\ud800",
  ];
  it.each(
    rowsOf([
      ...names.map((name): Row => [`collection ${name.slice(0, 20)}`, "validation_failed", create(name)]),
      ...names
        .filter((name) => !/sqlite/i.test(name))
        .map((name): Row => [`field ${name.slice(0, 20)}`, "validation_failed", field(name)]),
      ...["id", "ID", "created", "updated", "deleted", "expand", "collectionId", "rowid", "OID"].map((name): Row => [
        `field ${name}`,
        "validation_failed",
        field(name),
      ]),
      ...[7, null, undefined, {}, ["a"], true].flatMap((name): readonly Row[] => [
        [`collection ${JSON.stringify(name)}`, "validation_failed", create(name)],
        [`field ${JSON.stringify(name)}`, "validation_failed", field(name)],
      ]),
      ["a type that is none", "validation_failed", field("a", { type: "string" })],
      ["a type of every object", "validation_failed", field("a", { type: "constructor" })],
      ["an unknown option", "validation_failed", field("a", { maximum: 7 })],
      ["a pattern that is none", "validation_failed", field("a", { pattern: "(" })],
      ["min above max", "validation_failed", field("a", { min: 7, max: 3 })],
      ["a default that does not fit", "validation_failed", field("a", { default: 7 })],
      ["a relation to nowhere", "validation_failed", field("a", { type: "relation", collection: "nowhere" })],
      ["a select without options", "validation_failed", field("a", { type: "select" })],
      ["a password of a base collection", "validation_failed", field("a", { type: "password" })],
      [
        "a field twice",
        "validation_failed",
        () =>
          shared.engine.collections.create({
            name: "fresh",
            fields: [
              { name: "a", type: "text" },
              { name: "A", type: "text" },
            ],
          }),
      ],
      [
        "fields that are none",
        "validation_failed",
        () => shared.engine.collections.create(untyped({ name: "fresh", fields: 7 })),
      ],
      [
        "fields and schema",
        "validation_failed",
        () => shared.engine.collections.create({ name: "fresh", fields: [], schema: [] }),
      ],
      [
        "an index over nothing",
        "validation_failed",
        () => shared.engine.collections.create({ name: "fresh", indexes: [{ fields: [] }] }),
      ],
      [
        "an index over an unknown field",
        "validation_failed",
        () => shared.engine.collections.create({ name: "fresh", indexes: [{ fields: ["nope"] }] }),
      ],
      [
        "a __proto__ key",
        "validation_failed",
        () => shared.engine.collections.create(JSON.parse('{"name":"fresh","__proto__":{"softDelete":true}}') as never),
      ],
      [
        "1,000 fields",
        "validation_failed",
        () =>
          shared.engine.collections.create({
            name: "fresh",
            fields: Array.from({ length: 1_000 }, (_, at) => ({ name: `f${at}`, type: "text" as const })),
          }),
      ],
      [
        "a rule that is a number",
        "validation_failed",
        () => shared.engine.collections.create(untyped({ name: "fresh", listRule: 7 })),
      ],
      [
        "a rule of 100,000 characters",
        "validation_failed",
        () => shared.engine.collections.create({ name: "fresh", listRule: "a".repeat(100_000) }),
      ],
      ["a system collection", "database_reserved", () => shared.engine.collections.create({ name: "_stats" })],
      [
        "an update of a system collection",
        "database_reserved",
        () => shared.engine.collections.update("_stats", { softDelete: true }),
      ],
      ["a delete of a system collection", "database_reserved", () => shared.engine.collections.delete("_stats")],
      ["an unknown collection", "collection_not_found", () => shared.engine.collections.get("nope")],
      ["a member of every object", "collection_not_found", () => shared.engine.collections.get("constructor")],
      ["records of an unknown collection", "collection_not_found", () => shared.db.collection("nope").getList()],
      [
        "records of the register",
        "collection_not_found",
        () => shared.engine.db().collection("sqlite_master").getList(),
      ],
      [
        "records of a member of every object",
        "collection_not_found",
        () => shared.db.collection("constructor").create({}),
      ],
      ["records of nothing", "collection_not_found", () => shared.db.collection(untyped(undefined)).getList()],
      [
        "records of a collection with another case",
        "collection_not_found",
        () => shared.db.collection("Posts").getList(),
      ],
      ["delete of an unknown field", "validation_failed", () => shared.engine.collections.deleteField("posts", "nope")],
      ["delete of a system field", "validation_failed", () => shared.engine.collections.deleteField("posts", "id")],
      [
        "undelete of an unknown field",
        "validation_failed",
        () => shared.engine.collections.undeleteField("posts", "nope"),
      ],
      [
        "a new required field",
        "schema_append_only",
        () => shared.engine.collections.update("posts", { fields: [{ name: "must", type: "text", required: true }] }),
      ],
      [
        "another type",
        "schema_append_only",
        () => shared.engine.collections.update("posts", { fields: [{ name: "title", type: "number" }] }),
      ],
    ]),
  )("$what", refused);
});

describe("filters", () => {
  const filtered =
    (filter: unknown): Attempt =>
    () =>
      posts().getList(1, 30, { filter: untyped(filter) });
  it.each(
    rowsOf([
      ["an unknown field", "filter_invalid", filtered("nope = 1")],
      ["a member of every object", "filter_invalid", filtered("constructor = 1")],
      ["an unknown part of a relation", "filter_invalid", filtered("parent.nope = 1")],
      ["a part of a text", "filter_invalid", filtered("title.length = 1")],
      ["a parenthesis too few", "filter_invalid", filtered("(count = 1")],
      ["a parenthesis too many", "filter_invalid", filtered("count = 1)")],
      ["100,000 characters", "filter_invalid", filtered("count = 1 && ".repeat(7_692) + "count = 1")],
      ["10,000 nested parentheses", "filter_invalid", filtered("(".repeat(10_000) + "1=1" + ")".repeat(10_000))],
      ["1,000 nested parentheses", "filter_invalid", filtered("(".repeat(1_000) + "1=1" + ")".repeat(1_000))],
      ["1,000 negations", "filter_invalid", filtered("!".repeat(1_000) + "(1=1)")],
      ["1,000 comparisons", "filter_invalid", filtered(Array.from({ length: 1_000 }, () => "1=1").join("||"))],
      ["an operator alone", "filter_invalid", filtered("=")],
      ["half a comparison", "filter_invalid", filtered("count =")],
      ["an open text", "filter_invalid", filtered("title = 'open")],
      ["SQL", "filter_invalid", filtered("1=1; drop table posts")],
      ["a comment of SQL", "filter_invalid", filtered("count = 1 -- x")],
      ["a function of SQL", "filter_invalid", filtered("load_extension('x') = 1")],
      ["a placeholder without a value", "filter_invalid", filtered(["title = {:t}", {}])],
      ["a placeholder without values", "filter_invalid", filtered("title = {:t}")],
      ["a number", "filter_invalid", filtered(7)],
      ["an object", "filter_invalid", filtered({ title: "x" })],
      ["a list of one", "filter_invalid", filtered(["count = 1"])],
      ["a bigint for a value", "filter_invalid", filtered(["count = {:n}", { n: 1n }])],
      ["NaN for a value", "filter_invalid", filtered(["count = {:n}", { n: Number.NaN }])],
      ["an object for a value", "filter_invalid", filtered(["count = {:n}", { n: { a: 1 } }])],
      ["a function for a value", "filter_invalid", filtered(["count = {:n}", { n: () => 1 }])],
      ["a lone surrogate for a value", "filter_invalid", filtered(["title = {:t}", { t: "\ud800" }])],
      ["a lone surrogate in the text", "filter_invalid", filtered("title = '\ud800'")],
      ["NUL in the text", "filter_invalid", filtered("title = '\0'")],
      [
        "600 values of IN",
        "filter_invalid",
        filtered(`count IN (${Array.from({ length: 600 }, (_, at) => at).join(",")})`),
      ],
      ["a request outside of rules", "filter_invalid", filtered("@request.auth.id = ''")],
      ["getFirst", "filter_invalid", () => posts().getFirst("nope = 1")],
      ["count", "filter_invalid", () => posts().count("nope = 1")],
      ["an unknown sort", "sort_invalid", () => posts().getList(1, 30, { sort: "nope" })],
      ["a sort by a list", "sort_invalid", () => posts().getList(1, 30, { sort: "tags" })],
      [
        "nine sort keys",
        "sort_invalid",
        () => posts().getList(1, 30, { sort: "title,count,done,on,at,mail,link,state,id" }),
      ],
      ["a sort by SQL", "sort_invalid", () => posts().getList(1, 30, { sort: "title; drop table posts" })],
      ["a sort of 100,000 characters", "sort_invalid", () => posts().getList(1, 30, { sort: "a".repeat(100_000) })],
      ["a sort that is a number", "sort_invalid", () => posts().getList(1, 30, { sort: untyped(7) })],
      ["a sort of numbers", "sort_invalid", () => posts().getList(1, 30, { sort: untyped([7]) })],
    ]),
  )("$what", refused);
});

describe("pages", () => {
  const pages: readonly (readonly [unknown, unknown])[] = [
    [0, 10],
    [-1, 10],
    [1.5, 10],
    [Number.NaN, 10],
    [Infinity, 10],
    ["1", 10],
    [1n, 10],
    [null, 10],
    [{}, 10],
    [1, 0],
    [1, -1],
    [1, 1_001],
    [1, 1e9],
    [1, 2.5],
    [1, Number.NaN],
    [1, "10"],
    [1, null],
    [Number.MAX_SAFE_INTEGER, 1_000],
  ];
  it.each(
    rowsOf([
      ...pages.map(([page, perPage], at): Row => [
        `${at}: page ${String(page)}, perPage ${String(perPage)}`,
        "request_invalid",
        () => posts().getList(untyped(page), untyped(perPage)),
      ]),
      ["a cursor that is none", "request_invalid", () => posts().getList(1, 10, { cursor: "abc" })],
      ["a cursor that is a number", "request_invalid", () => posts().getList(1, 10, { cursor: untyped(7) })],
      ["options that are a text", "request_invalid", () => posts().getList(1, 10, untyped("filter"))],
      ["options that are null", "request_invalid", () => posts().getList(1, 10, untyped(null))],
      ["an unknown option", "request_invalid", () => posts().getList(1, 10, untyped({ filters: "count = 1" }))],
      ["skipTotal of a text", "request_invalid", () => posts().getList(1, 10, { skipTotal: untyped("yes") })],
      ["includeDeleted of a number", "request_invalid", () => posts().getList(1, 10, { includeDeleted: untyped(1) })],
    ]),
  )("$what", refused);
});

describe("data", () => {
  const created =
    (data: unknown): Attempt =>
    () =>
      posts().create(untyped(data));
  const updated =
    (data: unknown): Attempt =>
    () =>
      posts().update(first, untyped(data));
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const nested = (depth: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < depth; level += 1) value = [value];
    return value;
  };
  const throwing = {
    get title(): string {
      throw new Error("no");
    },
  };
  class Post {
    title = "instance";
  }
  const wrong: readonly (readonly [string, unknown])[] = [
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
    ["a text", "title"],
    ["a list", []],
    ["a function", () => ({})],
    ["a Map", new Map([["title", "x"]])],
    ["a Date", new Date()],
    ["an instance", new Post()],
    ["a promise", Promise.resolve({})],
    ["a getter that throws", throwing],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    ],
    [
      "a proxy without a prototype",
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("no");
          },
        },
      ),
    ],
    [
      "a revoked proxy",
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
    ["a symbol key", { [Symbol("title")]: "x" }],
    ["a __proto__ key", JSON.parse('{"__proto__":{"title":"x"}}')],
    ["an unknown field", { nope: 1 }],
    ["a field of another case", { Title: "x" }],
    ["10,000 unknown fields", Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${at}`, 1]))],
    ["a number for a text", { title: 7 }],
    ["an object for a text", { title: {} }],
    ["a String object", { title: new String("x") }],
    ["a lone surrogate", { title: "a\ud800" }],
    ["the other lone surrogate", { title: "\udc00a" }],
    ["NUL", { title: "a\0b" }],
    ["20 MB of text", { title: "x".repeat(20_000_000) }],
    ["a text for a number", { count: "7" }],
    ["NaN", { count: Number.NaN }],
    ["Infinity", { count: Infinity }],
    ["minus Infinity", { count: -Infinity }],
    ["a bigint", { count: 7n }],
    ["a boolean for a number", { count: true }],
    ["a number for a bool", { done: 1 }],
    ["a text for a bool", { done: "true" }],
    ["a day that is none", { on: "2023-02-29" }],
    ["a date that is invalid", { on: new Date(Number.NaN) }],
    ["a moment that is none", { at: "2024-02-29T25:00:00Z" }],
    ["a moment without an offset", { at: "2024-02-29T12:00:00" }],
    ["no mail", { mail: "nobody" }],
    ["a script for a link", { link: "javascript:alert(1)" }],
    ["no option", { state: "b" }],
    ["a list for one", { state: ["a"] }],
    ["one for a list", { tags: "a" }],
    ["a hole in a list", { tags: withHole("a") }],
    ["20 MB of json", { data: "x".repeat(20_000_000) }],
    ["a million numbers of json", { data: Array.from({ length: 1_000_000 }, (_, at) => at) }],
    ["json nested 10,000 deep", { data: nested(10_000) }],
    ["json nested 101 deep", { data: nested(101) }],
    ["json in a circle", { data: cyclic }],
    ["json with undefined", { data: { a: undefined } }],
    ["json with a hole", { data: withHole(1) }],
    ["json with a function", { data: { a: () => 1 } }],
    ["json with a symbol", { data: Symbol("a") }],
    ["json with a bigint", { data: [1n] }],
    ["json with NaN", { data: [Number.NaN] }],
    ["json with a Date", { data: new Date() }],
    ["json with a Buffer", { data: Buffer.from("x") }],
    ["json with a __proto__ key", { data: JSON.parse('{"a":{"__proto__":1}}') }],
    ["json with a lone surrogate", { data: ["\ud800"] }],
    ["json with a lone surrogate in a key", { data: { "\ud800": 1 } }],
    ["json with NUL", { data: "\0" }],
    ["json with a getter that throws", { data: throwing }],
    ["a relation to nobody", { parent: "nobody" }],
    ["a relation with quotes", { parent: "' or 1=1 --" }],
    ["relations in an object", { others: { 0: first } }],
  ];
  it.each(rowsOf(wrong.map(([what, data]): Row => [`create: ${what}`, "validation_failed", created(data)])))(
    "$what",
    refused,
  );
  it.each(rowsOf(wrong.map(([what, data]): Row => [`update: ${what}`, "validation_failed", updated(data)])))(
    "$what",
    refused,
  );

  it("createMany names the row, whatever is wrong in it", async () => {
    for (const [, data] of wrong) {
      const error = refusalOf(await posts().createMany([{ title: "fine" }, {}, untyped(data)]), "validation_failed");
      expect(error.details.row).toBe(2);
    }
  });

  it("in a transaction nothing of it is stored", async () => {
    for (const [, data] of wrong) {
      const result = await shared.db.transaction(async (tx) => {
        valueOf(await tx.collection("posts").create({ title: "rolled back" }));
        return tx.collection("posts").create(untyped(data));
      });
      refusalOf(result, "validation_failed");
    }
  });

  it.each(
    rowsOf([
      ["createMany of no list", "request_invalid", () => posts().createMany(untyped({ title: "x" }))],
      ["createMany of a text", "request_invalid", () => posts().createMany(untyped("abc"))],
      ["createMany of nothing", "request_invalid", () => posts().createMany(untyped(undefined))],
      ["createMany with holes", "validation_failed", () => posts().createMany(untyped(withHole({})))],
      [
        "createMany of 50,001 rows",
        "request_invalid",
        () => posts().createMany(Array.from({ length: 50_001 }, () => ({}))),
      ],
      [
        "a progress that is no function",
        "request_invalid",
        () => posts().createMany([{}], { onProgress: untyped("x") }),
      ],
    ]),
  )("$what", refused);
});

describe("ids", () => {
  const ids: readonly unknown[] = [
    undefined,
    null,
    7,
    7n,
    true,
    {},
    [],
    ["a"],
    () => "a",
    Symbol("a"),
    "",
    "nobody",
    "0".repeat(32),
    "../x",
    "' or 1=1 --",
    "a\0",
    "\ud800",
    "x".repeat(1_000_000),
    new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    ),
    {
      toString: () => {
        throw new Error("no");
      },
    },
  ];
  const shown = (id: unknown, at: number): string => `${at}: ${typeof id}`;
  it.each(
    rowsOf(
      ids.flatMap((id, at): readonly Row[] => [
        [`getOne ${shown(id, at)}`, "record_not_found", () => posts().getOne(untyped(id))],
        [`update ${shown(id, at)}`, "record_not_found", () => posts().update(untyped(id), { title: "x" })],
        [`delete ${shown(id, at)}`, "record_not_found", () => posts().delete(untyped(id))],
        [`undelete ${shown(id, at)}`, "record_not_found", () => posts().undelete(untyped(id))],
        [`purge ${shown(id, at)}`, "record_not_found", () => posts().purge(untyped(id))],
      ]),
    ),
  )("$what", refused);
});

describe("transactions", () => {
  it.each(
    rowsOf([
      ["no callback", "request_invalid", () => shared.db.transaction(untyped(undefined))],
      ["a text for a callback", "request_invalid", () => shared.db.transaction(untyped("x"))],
      [
        "a callback that throws",
        "request_invalid",
        () =>
          shared.db.transaction(() => {
            throw new Error("no");
          }),
      ],
      [
        "a callback that rejects",
        "request_invalid",
        () => shared.db.transaction(() => Promise.reject(new Error("no"))),
      ],
      ["a callback that throws nothing", "request_invalid", () => shared.db.transaction(() => rejectWithNothing())],
      [
        "a callback that throws after a write",
        "request_invalid",
        () =>
          shared.db.transaction(async (tx) => {
            valueOf(await tx.collection("posts").create({ title: "gone" }));
            throw new Error("no");
          }),
      ],
      [
        "a callback that does not await",
        "request_invalid",
        () =>
          shared.db.transaction(async (tx) => {
            void tx.collection("posts").create({ title: "gone" });
          }),
      ],
      [
        "a database that is not there",
        "database_not_found",
        () => shared.engine.db("nobody").transaction(async () => 1),
      ],
      ["a name that is none", "database_name_invalid", () => shared.engine.db("../x").transaction(async () => 1)],
    ]),
  )("$what", refused);

  it("a handle used after its end is refused", async () => {
    let kept: { create(data: object): ResultAsync<unknown, EngineError> } | undefined;
    valueOf(
      await shared.db.transaction(async (tx) => {
        kept = tx.collection("posts");
      }),
    );
    const late = await kept?.create({ title: "late" });
    if (!late) throw new Error("the handle was kept");
    refusalOf(late, "request_invalid");
  });
});

describe("a closed engine", () => {
  it("refuses every call with engine_closed, and closing again is fine", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "posts" }));
    const db = engine.db();
    const records = db.collection("posts");
    const { id } = valueOf(await records.create({}));
    valueOf(await engine.close());
    valueOf(await engine.close());
    const args: Readonly<Record<string, readonly unknown[]>> = {
      create: [{}],
      createMany: [[{}]],
      update: [id, {}],
      getFirst: [""],
    };
    for (const [name, call] of Object.entries(collectionCalls(records))) {
      refusalOf(
        await call(...(args[name] ?? (name === "getList" || name === "iterate" || name === "count" ? [] : [id]))),
        "engine_closed",
      );
    }
    for (const [name, call] of Object.entries(engineCalls(engine, db))) {
      const given = name === "transaction" ? [async () => 1] : name === "databases.create" ? [{ name: "x" }] : ["x"];
      refusalOf(await call(...given), "engine_closed");
    }
  });
});

describe("options of open", () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["a text", "./data"],
    ["a number", 7],
    ["an unknown option", { datadir: "x" }],
    ["a dataDir that is a number", { dataDir: 7 }],
    ["a dataDir with NUL", { dataDir: "a\0b" }],
    ["a short secret", { jwtSecret: "short" }],
    ["a durability that is none", { durability: "some" }],
    ["too few databases", { maxOpenDatabases: 1 }],
    ["an unknown limit", { limits: { pages: 7 } }],
    ["a limit of zero", { limits: { perPage: 0 } }],
    ["a logger that is none", { logger: console.log }],
    ["a clock that is none", { clock: Date.now }],
    [
      "a getter that throws",
      {
        get dataDir() {
          throw new Error("no");
        },
      },
    ],
  ];
  it.each(rows.map(([what, options]) => ({ what, options })))("$what", async ({ options }) => {
    refusalOf(await TenantEngine.open(options as EngineOptions), "request_invalid");
  });

  it("a dataDir that is a file", async () => {
    const { writeFile } = await import("node:fs/promises");
    const dataDir = `${await tempDirectory()}/file`;
    await writeFile(dataDir, "x");
    const opened = await TenantEngine.open({ dataDir });
    expect(["storage_failed", "request_invalid"]).toContain(opened.isErr() && opened.error.code);
  });
});
