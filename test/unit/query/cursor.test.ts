import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  afterCursor,
  decodeCursor,
  encodeCursor,
  type CursorScope,
  type CursorValue,
} from "../../../lib/query/cursor.js";
import { compileSort } from "../../../lib/query/sort.js";
import { compiler, openMemoryDatabase, resolverOf, type MemoryDatabase } from "../../support/query-fixture.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const resolver = resolverOf("posts");
const sortOf = (text: string) => valueOf(compileSort(text, resolver));
const key = Buffer.alloc(32, 7);
const scope: CursorScope = { databaseId: "d1", collectionId: "c1", sort: sortOf("-views"), filter: "title ~ 'x'" };
const values = [0.1 + 0.2, null, "é\u{1F600}", true];

describe("the text of a cursor", () => {
  const cursor = encodeCursor(key, scope, values);

  test("gives its values back", () => {
    expect(valueOf(decodeCursor(key, scope, cursor))).toEqual(values);
  });

  test.each([
    ["another database", { ...scope, databaseId: "d2" }],
    ["another collection", { ...scope, collectionId: "c2" }],
    ["another sort", { ...scope, sort: sortOf("views") }],
    ["another filter", { ...scope, filter: "" }],
    ["parts that move over", { ...scope, databaseId: 'd1","c1', collectionId: "" }],
  ])("is refused for %s", (_, other) => {
    expect(refusalOf(decodeCursor(key, other, cursor), "request_invalid").details).toEqual({ parameter: "cursor" });
  });

  test("is refused under another key", () => {
    expect(decodeCursor(Buffer.alloc(32, 8), scope, cursor).isErr()).toBe(true);
  });

  test("is refused when any character was changed, added or left out", () => {
    const altered = Array.from(cursor).flatMap((character, at) => [
      cursor.slice(0, at) + (character === "A" ? "B" : "A") + cursor.slice(at + 1),
      cursor.slice(0, at) + cursor.slice(at + 1),
      `${cursor.slice(0, at)} ${cursor.slice(at)}`,
    ]);
    for (const text of [...altered, `${cursor}=`, `${cursor}A`, "", "x", "[]", "A".repeat(1_000_000)]) {
      expect(decodeCursor(key, scope, text).isErr()).toBe(true);
    }
  });
});

describe("what comes after a cursor", () => {
  let db: MemoryDatabase;
  beforeAll(async () => {
    db = await openMemoryDatabase();
    const views = [null, 2, 0.1 + 0.2, null, 2, -1, 0.3, 2];
    const titles = ["b", null, "", "b", "\u{1F600}", "\uFFFD", null, "a"];
    const metas = [null, { a: 1 }, { a: "1" }, { a: [] }, { a: true }, { a: 0.5 }, { a: "x" }, { a: null }];
    const posts = views.map((each, index) => ({
      ...{ id: `p${index}`, views: each, title: titles[index], meta: metas[index] },
      ...{ author: index % 3 === 0 ? null : `u${index % 3}`, open: index % 2 === 0 },
    }));
    await db.insert("posts", posts);
    await db.insert("people", [
      { id: "u1", name: "z" },
      { id: "u2", name: null },
    ]);
  });
  afterAll(() => db.close());

  test.each([
    ..."id|-id|views|-views|title,-views|-title,views|open,-title,views".split("|"),
    ..."meta.a|-meta.a,title|author.name,-open|-author.name,title".split("|"),
  ])("pages by %s give every record once, in order", async (text) => {
    const sort = sortOf(text);
    const columns = sort.keys.map(({ value }, index) => sql`${value} as ${sql.id(`key ${index}`)}`);
    const page = (where: unknown, limit: number) =>
      db.run(
        sql`select "id", ${sql.join(columns)} from "posts" where ${where} order by ${sort.orderBy} limit ${limit}`.compile(
          compiler,
        ),
      );
    const all = await page(sql`true`, 100);
    expect(all).toHaveLength(8);
    for (const size of [1, 3]) {
      const seen: unknown[] = [];
      for (let last: Record<string, unknown> | undefined; ;) {
        const after =
          last === undefined ? undefined : sort.keys.map((_, index) => last?.[`key ${index}`] as CursorValue);
        const rows = await page(after === undefined ? sql`true` : afterCursor(sort, after), size);
        if (rows.length === 0) break;
        seen.push(...rows.map(({ id }) => id));
        last = rows.at(-1);
      }
      expect(seen).toEqual(all.map(({ id }) => id));
    }
  });
});
