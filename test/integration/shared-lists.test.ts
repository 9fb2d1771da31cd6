// Equal lists that wait together are asked once: for callers who ask the same under the same rules, and never with an answer
// older than what was acknowledged before.
import { describe, expect, it } from "vitest";
import type { Database, ListOptions, Principal } from "../../lib/index.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { observedDriver } from "../support/observed-ports.js";
import { openEngine } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

interface Item {
  readonly mark: string;
  readonly size: number;
  readonly owner: string | null;
}

const collections = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }] },
  {
    name: "items",
    fields: [
      { name: "mark", type: "text" },
      { name: "size", type: "number" },
      { name: "owner", type: "relation", collection: "users" },
    ],
    listRule: "owner = @request.auth.id",
    viewRule: "",
  },
] as const;

/** Two databases, three users in the first, ten records of each user; and the statements on `items` so far. */
async function open() {
  const statements: string[] = [];
  const driver = observedDriver(
    (call, sql) => void (call === "all" && sql.includes('"items"') && statements.push(sql)),
  );
  const dataDir = await tempDirectory();
  const engine = await openEngine({ dataDir, storage: createSqliteStorage({ dataDir, durability: "normal", driver }) });
  for (const definition of collections) valueOf(await engine.collections.create(definition));
  for (const name of ["here", "there"]) valueOf(await engine.databases.create({ name }));
  const db = engine.db("here");
  const principals: Principal[] = [];
  for (const name of ["ann", "bob", "cat"]) {
    const account = { email: `${name}@example.com`, password: "correct horse", name };
    const { id } = valueOf(await db.collection("users").create(account));
    const rows = Array.from({ length: 10 }, (_, size) => ({ mark: name, size, owner: id }));
    valueOf(await db.collection<Item>("items").createMany(rows));
    principals.push(valueOf(await db.auth.principalOf(id)));
  }
  valueOf(
    await engine
      .db("there")
      .collection<Item>("items")
      .createMany([{ mark: "there", size: 1 }]),
  );
  return { engine, db, principals, statements };
}

const itemsOf = (db: Database) => db.collection<Item>("items");

describe("equal lists in flight", () => {
  it("are asked once, and each caller has records of his own", async () => {
    const { db, statements } = await open();
    statements.length = 0;
    const options: ListOptions = { filter: ["size >= {:least}", { least: 2 }], sort: "-size,mark" };
    const pages = await Promise.all(Array.from({ length: 64 }, () => itemsOf(db).getList(1, 5, options)));
    const texts = await Promise.all(Array.from({ length: 64 }, () => itemsOf(db).getListText(1, 5, options)));
    const counts = await Promise.all(Array.from({ length: 64 }, () => itemsOf(db).count(options.filter ?? "")));
    expect(statements.length).toBeLessThanOrEqual(6);
    const [first, ...others] = pages.map(valueOf);
    expect(first!.items.map(({ size }) => size)).toEqual([9, 9, 9, 8, 8]);
    const before = JSON.stringify(first);
    for (const page of others) {
      expect(JSON.stringify(page)).toBe(before);
      Object.assign(page.items[0]!, { mark: "changed by its owner" });
      page.items.pop();
    }
    expect(JSON.stringify(first)).toBe(before);
    expect(new Set(texts.map(valueOf))).toEqual(new Set([before]));
    expect(counts.map(valueOf)).toEqual(counts.map(() => 24));
  });

  it("are kept apart where database, caller, filter, values, page, order, fields or time differ", async () => {
    const { engine, db, principals } = await open();
    const callers = [...principals.map((principal) => db.as(principal)), db, engine.db("there")];
    const asked: readonly (readonly [page: number, perPage: number, options: ListOptions])[] = [
      [1, 3, {}],
      [2, 3, {}],
      [1, 4, {}],
      [1, 3, { sort: "-size" }],
      [1, 3, { fields: "mark" }],
      [1, 3, { withCollection: true }],
      [1, 3, { skipTotal: true }],
      [1, 3, { cursor: "" }],
      [1, 3, { filter: "size > 3" }],
      [1, 3, { filter: ["size > {:n}", { n: 3 }] }],
      [1, 3, { filter: ["size > {:n}", { n: 4 }] }],
      [1, 3, { filter: ["size > {:n}", { n: 4 }], cursor: "" }],
      [1, 3, { filter: "created <= @now" }],
      [1, 3, { filter: "size >" }],
    ];
    const questions = asked.flatMap((question) => callers.map((caller) => [caller, question] as const));
    const ask = async ([caller, [page, perPage, options]]: (typeof questions)[number]): Promise<string> => {
      const text = await itemsOf(caller).getListText(page, perPage, options);
      return text.isErr() ? text.error.code : text.value;
    };
    const alone: string[] = [];
    for (const question of questions) alone.push(await ask(question));
    const shuffled = [...questions, ...questions, ...questions].map((question, at) => ({
      question,
      at: at % alone.length,
    }));
    const random = seededRandom(testSeed("shared lists"));
    shuffled.sort(() => random() - 0.5);
    const together = await Promise.all(shuffled.map(({ question }) => ask(question)));
    expect(together).toEqual(shuffled.map(({ at }) => alone[at]));
    // What differs must show, or the comparison proves nothing.
    expect(new Set(alone).size).toBeGreaterThan(40);
  });

  it("show every write that was acknowledged before they began", async () => {
    const { db, principals } = await open();
    const asAnn = db.as(principals[0]!);
    const { id: owner } = (principals[0] as { readonly record: { readonly id: string } }).record;
    let acknowledged = 10;
    let isOver = false;
    const stale: string[] = [];
    const note = (what: string, seen: number, least: number) =>
      void (seen < least && stale.push(`${what}: ${seen} < ${least}`));
    const readers = Array.from({ length: 24 }, async (_, n) => {
      while (!isOver) {
        const least = acknowledged;
        if (n % 3 === 0) note("count", valueOf(await itemsOf(asAnn).count()), least);
        else if (n % 3 === 1)
          note("cursor", valueOf(await itemsOf(asAnn).getList(1, 5, { cursor: "" })).totalItems, least);
        else {
          const { items, totalItems } = valueOf(await itemsOf(asAnn).getList(1, 500));
          note("list", totalItems, least);
          if (items.length !== totalItems) stale.push(`${items.length} records, but ${totalItems} in all`);
        }
      }
    });
    for (let n = 1; n <= 150; n += 1) {
      valueOf(await itemsOf(db).create({ mark: "ann", size: 100 + n, owner }));
      acknowledged += 1;
      note("own", valueOf(await itemsOf(asAnn).getList()).totalItems, acknowledged);
      const newest = valueOf(await itemsOf(asAnn).getList(1, 1, { sort: "-size" })).items[0];
      if (newest?.size !== 100 + n) stale.push(`the newest is ${newest?.size}`);
    }
    isOver = true;
    await Promise.all(readers);
    expect(stale).toEqual([]);
  });
});
