import { sql, type RawBuilder } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ColumnKind } from "../../../lib/storage/store-dialect.js";
import { sqliteStoreDialect as dialect } from "../../../lib/storage/sqlite/sqlite-store-dialect.js";
import { compiler, openMemoryDatabase, type MemoryDatabase } from "../../support/query-fixture.js";

let db: MemoryDatabase;
beforeAll(async () => {
  db = await openMemoryDatabase();
  const kinds: readonly ColumnKind[] = ["text", "number", "boolean", "json"];
  const columns = kinds.map((kind) => sql`${sql.id(kind)} ${dialect.columnType(kind)}`);
  await db.run(sql`create table "kept" (${sql.join(columns)})`.compile(compiler));
});
afterAll(() => db.close());

const give = async (expression: RawBuilder<unknown>, from: RawBuilder<unknown> = sql`(select 1)`): Promise<unknown> =>
  (await db.run(sql`select ${expression} as "given" from ${from}`.compile(compiler)))[0]?.["given"];

async function kept(kind: ColumnKind, value: unknown, ifNull?: "null" | "[]"): Promise<unknown> {
  await db.run(sql`delete from "kept"`.compile(compiler));
  await db.run(sql`insert into "kept" (${sql.id(kind)}) values (${value})`.compile(compiler));
  const object = dialect.jsonObject([["x", dialect.jsonValue(kind, sql.id("kept", kind), ifNull)]]);
  const text = (await give(object, sql`"kept"`)) as string;
  return (JSON.parse(text) as { x: unknown }).x;
}

describe("projection", () => {
  test("numbers keep every bit", async () => {
    const edges = [0, 1, -1, 0.1 + 0.2, 1 / 3, 1e15 / 7, 5e-324, Number.MAX_VALUE, 2 ** 53, -(2 ** 53), 2 ** 31];
    const more = [1e21, 1e22, 1e23, 1.5e300, 123456.789012, 4.35, 1e-7, 999.9999999999999, 1e9 / 3, 2 ** 62, -0.3];
    const random = Array.from({ length: 200 }, (_, index) => Math.sin(index) * 10 ** ((index % 40) - 20));
    for (const number of [...edges, ...more, ...random]) expect(await kept("number", number)).toBe(number);
  });

  test("whole numbers stay whole", async () => {
    await kept("number", 1_700_000_000_000);
    expect(await give(sql`typeof("number") || "number"`, sql`"kept"`)).toBe("integer1700000000000");
  });

  test.each([
    ["text", 'it\'s "é\u{1F600}"', 'it\'s "é\u{1F600}"'],
    ["text", null, null],
    ["number", null, null],
    ["boolean", true, true],
    ["boolean", false, false],
    ["boolean", null, null],
    ["json", '{"a":[1,null,{"b":"x"}]}', { a: [1, null, { b: "x" }] }],
    ["json", '"text"', "text"],
    ["json", null, null],
  ] as const)("%s %j", async (kind, value, expected) => {
    expect(await kept(kind, value)).toEqual(expected);
  });

  test("an unset list is empty", async () => {
    expect(await kept("json", null, "[]")).toEqual([]);
    expect(await kept("json", '["a"]', "[]")).toEqual(["a"]);
  });

  test("objects of 1,200 keys keep order, nulls and braces", async () => {
    const keys = Array.from({ length: 1_200 }, (_, index) => `field${index}`);
    const entries = keys.map((key, index) => [key, index % 2 === 0 ? sql`null` : sql`json('{"a":{}}')`] as const);
    const made = JSON.parse((await give(dialect.jsonObject(entries))) as string) as Record<string, unknown>;
    expect(Object.keys(made)).toEqual(keys);
    expect([made["field0"], made["field1"], made["field998"], made["field1199"]]).toEqual([
      ...[null, { a: {} }, null, { a: {} }],
    ]);
    expect(await give(dialect.jsonObject([]))).toBe("{}");
  });

  test("arrays follow the rows, and nest", async () => {
    const rows = sql`(select ${dialect.jsonObject([["n", sql`value`]])} as o from json_each('[1,3,2]') order by value desc limit 2) as "rows"`;
    const array = dialect.jsonArrayOf(sql<string>`"rows"."o"`);
    expect(await give(array, rows)).toBe('[{"n":3},{"n":2}]');
    expect(await give(array, sql`(select 1 as o where false) as "rows"`)).toBe("[]");
    const nested = dialect.jsonObject([["list", dialect.jsonValue("json", sql`(select ${array} from ${rows})`)]]);
    expect(await give(nested)).toBe('{"list":[{"n":3},{"n":2}]}');
  });
});

describe("reading JSON", () => {
  const document = sql`${JSON.stringify({ a: "x", n: 1.5, t: true, z: null, l: [1, { b: 2 }], o: {}, 'q"': 7, "d.e": 8 })}`;

  test.each([
    [["a"], "x", null, 1],
    [["n"], 1.5, null, 1],
    [["t"], 1, null, 1],
    [["z"], null, null, 0],
    [["nope"], null, null, 0],
    [["l"], null, '[1,{"b":2}]', 1],
    [["l", 0], 1, null, 1],
    [["l", 1, "b"], 2, null, 1],
    [["l", 2], null, null, 0],
    [["o"], null, null, 1],
    [["a", "b"], null, null, 0],
    [['q"'], 7, null, 1],
    [["d.e"], 8, null, 1],
    [[], null, null, 1],
  ] as const)("%j", async (path, scalar, list, isPresent) => {
    expect(await give(dialect.jsonScalar(document, path))).toBe(scalar);
    expect(await give(dialect.jsonList(document, path))).toBe(list);
    expect(await give(dialect.jsonPresent(document, path))).toBe(isPresent);
  });

  test("a document that is unset", async () => {
    expect(await give(dialect.jsonScalar(sql`null`, []))).toBe(null);
    expect(await give(dialect.jsonPresent(sql`null`, []))).toBe(0);
    expect(await give(dialect.elementCount(sql`null`))).toBe(0);
  });

  test("elements", async () => {
    const list = sql`${'["x",true,null,[1],{}]'}`;
    const rows = await db.run(
      sql`select ${dialect.elementScalar("e")} as v, ${dialect.elementPresent("e")} as p from ${dialect.elementsOf(list)} as e`.compile(
        compiler,
      ),
    );
    expect(rows.map(({ v, p }) => [v, p])).toEqual([
      ["x", 1],
      [1, 1],
      [null, 0],
      [null, 1],
      [null, 1],
    ]);
    expect(await give(dialect.elementCount(list))).toBe(5);
    expect(await give(sql`count(*)`, sql`${dialect.elementsOf(sql`null`)} as e`)).toBe(0);
  });
});

describe("comparing scalars", () => {
  const text = sql`"kept"."text"`;

  test.each([
    ["=", 1, 1, 1],
    ["=", 1, "1", 0],
    ["!=", 1, "1", 1],
    ["<", 1, "1", 0],
    [">", 1, "1", 0],
    [">=", "b", "a", 1],
    ["<", 1, 1.5, 1],
    ["=", null, 1, null],
    ["<", null, "a", null],
    ["<=", 1, null, null],
    ["<", null, null, null],
  ] as const)("%s %j %j", async (operator, left, right, expected) => {
    expect(await give(dialect.compareScalars(operator, sql`${left}`, sql`${right}`))).toBe(expected);
  });

  test("a column's affinity does not count", async () => {
    await kept("text", "5");
    const number = sql`json_extract('[5]', '$[0]')`;
    expect(await give(dialect.compareScalars("=", text, number), sql`"kept"`)).toBe(0);
    expect(await give(dialect.compareScalars("=", number, text), sql`"kept"`)).toBe(0);
    expect(await give(dialect.compareScalars("<=", text, number), sql`"kept"`)).toBe(0);
    await kept("number", 5);
    const digits = sql`json_extract('["5"]', '$[0]')`;
    expect(await give(dialect.compareScalars("=", sql`"kept"."number"`, digits), sql`"kept"`)).toBe(0);
  });

  test("kinds", async () => {
    expect(await give(dialect.isTextScalar(sql`${"1"}`))).toBe(1);
    expect(await give(dialect.isTextScalar(sql`${1}`))).toBe(0);
    expect(await give(dialect.isTextScalar(sql`null`))).toBe(0);
  });

  test.each([
    ["text", ["'x'", "''", "null"], ["1", "1.5", "x'00'"]],
    ["number", ["1", "-1.5", "null", "1e300"], ["'x'", "'1'", "x'00'"]],
    ["boolean", ["0", "1", "null"], ["2", "-1", "'1'", "1.0", "x'01'"]],
    ["json", ["'[1]'", "'{}'", "'null'", "null"], ["'{'", "''", "1", "x'5b5d'", "jsonb('[1]')"]],
  ] as const)("what a %s column may hold is told from the rest", async (kind, right, wrong) => {
    for (const value of right) expect([value, await give(dialect.isOfKind(kind, sql.raw(value)))]).toEqual([value, 1]);
    for (const value of wrong) expect([value, await give(dialect.isOfKind(kind, sql.raw(value)))]).toEqual([value, 0]);
  });
});

describe("text", () => {
  test.each([
    ["Alpha", "a%A", 1],
    ["a%b", "a\\%b", 1],
    ["axb", "a\\%b", 0],
    ["axb", "a_b", 1],
    ["É", "é", 0],
    [null, "a", null],
  ])("%j like %j", async (value, pattern, expected) => {
    expect(await give(dialect.like(sql`${value}`, sql`${pattern}`))).toBe(expected);
  });

  test.each([
    ["xÄBcx", "Äbc", 1],
    ["a%b", "%", 1],
    ["ab", "%", 0],
    ["ab", "", 1],
    ["ab", null, null],
  ])("%j contains %j", async (value, part, expected) => {
    expect(await give(dialect.contains(sql`${value}`, sql`${part}`))).toBe(expected);
  });

  test("lower", async () => {
    expect(await give(dialect.lower(sql`${"AÄz"}`))).toBe("aÄz");
  });
});
