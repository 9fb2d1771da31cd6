import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "kysely";
import { bindParameters, type BindContext } from "../../../../lib/query/values/bind-parameters.js";
import type { CollectionResolverOptions } from "../../../../lib/query/compiler/collection-resolver.js";
import { compileExpression } from "../../../../lib/query/compiler/compile-expression.js";
import { parameterShapes } from "../../../../lib/query/values/parameter-shape.js";
import { parseExpression } from "../../../../lib/query/language/parse-expression.js";
import { sqliteStoreDialect as dialect } from "../../../../lib/storage/sqlite/sqlite-store-dialect.js";
import {
  compiled,
  compiler,
  openMemoryDatabase,
  resolverOf,
  type MemoryDatabase,
} from "../../../support/query-fixture.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

interface Given {
  readonly parameters?: Record<string, unknown>;
  readonly context?: "filter" | "rule";
  readonly resolver?: Partial<CollectionResolverOptions>;
  readonly collection?: "posts" | "users";
}

function compile(text: string, { parameters = {}, context = "filter", resolver, collection = "posts" }: Given = {}) {
  return parseExpression(text, { context }).andThen((tree) =>
    compileExpression(tree, { text, resolver: resolverOf(collection, resolver), dialect, parameters, context }),
  );
}
const refused = (text: string, given?: Given) =>
  refusalOf(compile(text, given), given?.context === "rule" ? "rule_invalid" : "filter_invalid");

describe("SQL", () => {
  test.each([
    ["title = 'x'", `"posts"."title" = ?`, ["x"]],
    ["views >= 1.5", `"posts"."views" >= ?`, [1.5]],
    ["open = true", `"posts"."open" = ?`, [true]],
    ["title = null", `"posts"."title" is null`, []],
    ["title = ''", `("posts"."title" is null or "posts"."title" = '')`, []],
    ["views != ''", `"posts"."views" is not null`, []],
    ["views in (1, 2)", `("posts"."views" in (?, ?))`, [1, 2]],
    ["title ~ 'a_b'", `"posts"."title" like ? escape '\\'`, ["%a\\_b%"]],
    ["title !~ 'a%'", `not ("posts"."title" like ? escape '\\')`, ["a%"]],
    ["title like 'a_'", `"posts"."title" like ? escape '\\'`, ["a_"]],
    ["title ~ body", `instr(lower("posts"."title"), lower("posts"."body")) > 0`, []],
    ["day = '2026-01-01'", `"posts"."day" = ?`, ["2026-01-01"]],
    ["at > '2026-01-01 01:00:00+01:00'", `"posts"."at" > ?`, ["2026-01-01T00:00:00.000Z"]],
    ["tags:length > 1", `coalesce(json_array_length("posts"."tags"), 0) > ?`, [1]],
    ["!(views > 1)", `not ("posts"."views" > ?)`, [1]],
    [
      "author.name = 'x'",
      `(select "hop 1"."name" from "people" as "hop 1" where "hop 1"."id" = "posts"."author" and "hop 1"."deleted" is null) = ?`,
      ["x"],
    ],
    [
      "meta.a.0 = null",
      `not (coalesce(coalesce(json_type("posts"."meta", ?), 'null') <> 'null', false))`,
      ['$."a"[0]'],
    ],
  ])("%s", (text, expected, values) => {
    const query = compiled(valueOf(compile(text)));
    expect(query.sql).toBe(expected);
    expect(query.parameters).toEqual(values);
  });

  test("a chain becomes a tree of little height", () => {
    const query = compiled(valueOf(compile("views=1 && views=2 && views=3 && views=4")));
    expect(query.sql.replaceAll(`"posts"."views" = ?`, "x")).toBe("((x and x) and (x and x))");
  });

  test("hops take the predicate of who asks", () => {
    const hopPredicate = (_: unknown, alias: string) => sql<boolean>`${sql.id(alias, "active")} = ${1}`;
    expect(compiled(valueOf(compile("author.name = 'x'", { resolver: { hopPredicate } }))).sql).toContain(
      `"hop 1"."deleted" is null and ("hop 1"."active" = ?)`,
    );
  });
});

describe("refusals say where and why", () => {
  test.each([
    ["nope = 1", 0, "posts has no field 'nope'"],
    ["author.nope = 1", 7, "people has no field 'nope'"],
    ["title.x = 1", 6, "no relation"],
    ["gone.x = 1", 5, "no relation"],
    ["constructor = 1", 0, "no field"],
    ["views = 'abc'", 8, "views is a number; 'abc' is text"],
    ["views = true", 8, "true is true or false"],
    ["views = ''  || views > ''", 23, "'' is text"],
    ["open = 1", 7, "1 is a number"],
    ["title = 1", 8, "title is text; 1 is a number"],
    ["day = '2026-02-30'", 6, "YYYY-MM-DD"],
    ["at = 'yesterday'", 5, "RFC 3339"],
    ["title = @now", 8, "moment"],
    ["title = views", 8, "title is text; views is a number"],
    ["at = day", 5, "date"],
    ["1 = 'a'", 4, "1 is a number; 'a' is text"],
    ["views > null", 8, "IS NULL"],
    ["views ~ '1'", 0, "texts"],
    ["title ~ 1", 8, "texts"],
    ["title ~ @now", 8, "texts"],
    ["title like body", 11, "pattern"],
    ["title like 'a\\\\'", 11, "single \\"],
    ["views:lower = 1", 0, ":lower"],
    ["title:each = 'x'", 0, ":each"],
    ["title:length = 1", 0, ":length"],
    ["reviewers.skills:length = 1", 0, ":length"],
    ["tags:each ?= 'x'", 0, "contradict"],
    ["title = {:x}", 8, "no value was given for {:x}"],
    ["title = {:toString}", 8, "no value"],
    ["author.boss.boss.boss.boss.boss.boss.name = 'x'", 37, "6 relations"],
  ])("%s", (text, position, reason) => {
    const { details, message } = refused(text);
    expect(message).toContain(reason);
    expect(details.position).toBe(position);
  });

  test("passwords and what may not be read have no name", () => {
    expect(refused("password = 'x'", { collection: "users" }).message).toContain("users has no field 'password'");
    const mayRead = (_: unknown, { name }: { readonly name: string }) => name !== "name";
    expect(refused("author.name = 'x'", { resolver: { mayRead } }).details.position).toBe(7);
  });

  test("many relations in all", () => {
    const text = Array.from({ length: 51 }, () => "author.boss.age=1").join("||");
    expect(refused(text).message).toContain("100 relations in all");
  });

  test.each([
    [5, "5 is a number"],
    [null, "IS NULL"],
    [Number.NaN, "no finite number"],
    ["\ud800", "lone surrogate"],
    [["a"], "a list is several values"],
    [{}, "type object"],
    [10n, "type bigint"],
    [new Date(Number.NaN), "invalid"],
    [undefined, "no value"],
  ])("title > {:x} with a value that does not fit, %#", (x, reason) => {
    expect(refused("title > {:x}", { parameters: { x } }).message).toContain(reason);
  });

  test("patterns and lists beyond their limits", () => {
    expect(refused("title ~ {:x}", { parameters: { x: "x".repeat(999) } }).message).toContain("1000 bytes");
    const x = Array.from({ length: 501 }, (_, index) => index);
    expect(refused("views in {:x}", { parameters: { x } }).message).toContain("500");
    expect(refused("views in {:x}", { parameters: { x: ["a"] } }).message).toContain("'a' is text");
  });
});

describe("binding", () => {
  let db: MemoryDatabase;
  beforeAll(async () => {
    db = await openMemoryDatabase();
    await db.insert("posts", [
      {
        id: "p1",
        title: "one",
        views: 0.1 + 0.2,
        tags: ["Zqred"],
        author: "u1",
        reviewers: ["u1", "u2"],
        meta: { a: 5 },
      },
      { id: "p2", title: "two", views: 2, author: "u2", reviewers: [], meta: { a: "5" } },
      { id: "p3" },
    ]);
  });
  afterAll(() => db.close());

  async function ids(text: string, given: Given, context: Partial<BindContext> = {}): Promise<readonly unknown[]> {
    const predicate = valueOf(compile(text, given));
    const query = sql`select "id" from "posts" where ${predicate} order by "id"`.compile(compiler);
    const bound = valueOf(bindParameters(query, { parameters: given.parameters ?? {}, now: 0, ...context }));
    return (await db.run(bound)).map(({ id }) => id);
  }

  test("one compiled query serves many calls", async () => {
    const predicate = valueOf(compile("title = {:t}", { parameters: { t: "x" } }));
    const query = sql`select "id" from "posts" where ${predicate}`.compile(compiler);
    for (const [t, id] of [
      ["one", "p1"],
      ["two", "p2"],
    ]) {
      expect(await db.run(valueOf(bindParameters(query, { parameters: { t }, now: 0 })))).toEqual([{ id }]);
    }
    const refusal = refusalOf(bindParameters(query, { parameters: { t: 5 }, now: 0 }), "filter_invalid");
    expect(refusal.details).toEqual({ expression: "title = {:t}", position: 8 });
    expect(bindParameters(query, { parameters: {}, now: 0 }).isErr()).toBe(true);
  });

  test("a query without slots stays itself", () => {
    const query = compiled(valueOf(compile("title = 'x'")));
    expect(valueOf(bindParameters(query, { parameters: {}, now: 0 }))).toBe(query);
  });

  test("lists keep numbers to the last bit", async () => {
    expect(await ids("views in {:n}", { parameters: { n: [0.3] } })).toEqual([]);
    expect(await ids("views in {:n}", { parameters: { n: [0.1 + 0.2, 2] } })).toEqual(["p1", "p2"]);
    expect(await ids("views not in {:n}", { parameters: { n: [] } })).toEqual(["p1", "p2", "p3"]);
    for (const field of ["views", "title", "tags"]) {
      expect(await ids(`${field} in ()`, {})).toEqual(await ids(`${field} in {:n}`, { parameters: { n: [] } }));
      expect(await ids(`${field} not in ()`, {})).toEqual(await ids(`${field} not in {:n}`, { parameters: { n: [] } }));
    }
    expect(await ids("title in {:n}", { parameters: { n: ["one", null] } })).toEqual(["p1", "p3"]);
    expect(await ids("title in {:n}", { parameters: { n: "two" } })).toEqual(["p2"]);
  });

  test("the shapes of values make the key of a compiled query", () => {
    expect(parameterShapes({ b: "x", a: 1 })).toBe(parameterShapes({ a: 2, b: "y" }));
    const shapes = [null, "", "x", [], [null], [""], [null, ""]].map((a) => parameterShapes({ a }));
    expect(new Set(shapes).size).toBe(7);
  });

  const request = {
    auth: { id: "u1", level: 2, teams: ["one", "two"], name: "ANN", tags: null },
    collection: "users",
    dbname: "client1",
    tokenDbname: "client2",
    data: { title: "new", dbname: "evil", nested: { list: ["a"] }, same: { x: [1] } },
    previous: { title: "old", same: { x: [1] } },
    method: "POST",
  } as const;

  test.each([
    ["author = @request.auth.id", ["p1"]],
    ["author != @request.auth.id", ["p2"]],
    ["author != @request.auth.nope", []],
    ["author = @request.auth.level", []],
    ["!(author = @request.auth.nope)", []],
    ["reviewers ?= @request.auth.id", ["p1"]],
    ["@request.auth.id ?= reviewers", ["p1"]],
    ["@request.auth.teams ?= title", ["p1", "p2"]],
    ["@request.auth.nope ?= title", []],
    ["!(@request.auth.nope ?= title)", []],
    ["@request.auth.teams:each ~ 'o'", ["p1", "p2", "p3"]],
    ["@request.auth.teams:each = 'one'", []],
    ["@request.auth.teams:each in ('one', 'two')", ["p1", "p2", "p3"]],
    ["@request.auth.teams:length = views", ["p2"]],
    ["@request.auth.name:lower = 'ann'", ["p1", "p2", "p3"]],
    ["@request.auth.id != ''", ["p1", "p2", "p3"]],
    ["@request.auth.nope = '' && @request.auth.tags = null", ["p1", "p2", "p3"]],
    ["@request.auth.nope IS NOT NULL", []],
    ["@request.auth.length = 1 || @request.auth.__proto__ != ''", []],
    ["@request.auth.collection = 'users' && @request.method = 'POST'", ["p1", "p2", "p3"]],
    ["@request.auth.dbname = 'client2' && @request.auth.tenantId = 'client2'", ["p1", "p2", "p3"]],
    ["@request.auth.tenantId = @request.data.dbname", []],
    ["@request.dbname = @request.data.dbname && @request.dbname = 'client1'", ["p1", "p2", "p3"]],
    ["@request.data.title:isset = true && @request.data.title:changed = true", ["p1", "p2", "p3"]],
    ["@request.data.same:changed = false && @request.data.nope:isset = false", ["p1", "p2", "p3"]],
    ["@request.data.nested.list.0 = 'a'", ["p1", "p2", "p3"]],
    ["@request.data.nested = 'a' || @request.data.nested.list.length = 1", []],
    ["@request.data.nested != null", ["p1", "p2", "p3"]],
    ["@request.auth.level > 1", ["p1", "p2", "p3"]],
    ["meta.a > @request.auth.level", ["p1"]],
    ["title ~ @request.data.title || title ~ @request.auth.level", []],
    ["@now > '1969-12-31'", ["p1", "p2", "p3"]],
  ])("%s", async (text, expected) => {
    expect(await ids(text, { context: "rule" }, { request })).toEqual(expected);
  });

  test("for a guest every comparison is unknown", async () => {
    const guest = { request: { auth: null, dbname: "client1", data: undefined, method: "GET" } };
    const rule = { context: "rule" } as const;
    expect(await ids("author != @request.auth.id", rule, guest)).toEqual([]);
    expect(await ids("@request.auth.id != ''", rule, guest)).toEqual([]);
    expect(await ids("@request.auth.tenantId != @request.dbname", rule, guest)).toEqual([]);
    expect(await ids("@request.data.title:isset = false", rule, guest)).toHaveLength(3);
    expect(await ids("@request.auth.id = ''", rule)).toHaveLength(3);
  });
});
