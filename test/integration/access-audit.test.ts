// What a hostile client or a careless app tried against access once, held shut from then on.
import { CompiledQuery } from "kysely";
import { describe, expect, test } from "vitest";
import { ok } from "../../lib/base/result.js";
import type { Database, Principal } from "../../lib/index.js";
import { QueryCache } from "../../lib/records/query-cache.js";
import { openTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = {
  name: "notes",
  fields: [{ name: "title", type: "text", unique: true }],
  listRule: "title = 'open'",
  viewRule: "title = 'open'",
  createRule: "title = 'open'",
} as const;

const record = { id: "a1" };
const user = { kind: "user", databaseId: "x", databaseName: "client1", collection: "users", record };

describe("what is passed to as()", () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ["false", false],
    ["zero", 0],
    ["an empty text", ""],
    ["NaN", Number.NaN],
    ["a word", "superuser"],
    ["an empty object", {}],
    ["a list", []],
    ["a kind that there is not", { ...user, kind: "Superuser" }],
    ["a user without a kind", { ...user, kind: undefined }],
    ["a user without a record", { ...user, record: undefined }],
    ["a user whose record has no id", { ...user, record: {} }],
    ["a user whose id is a number", { ...user, record: { id: 5 } }],
    ["a user without a database", { ...user, databaseId: undefined }],
    ["a superuser without a record", { kind: "superuser" }],
    ["an inherited superuser", Object.create({ kind: "superuser", record })],
    [
      "what throws when it is read",
      new Proxy({}, { ownKeys: () => expect.unreachable() as never, get: () => expect.unreachable() as never }),
    ],
  ];

  test.for(wrong)("%s is refused by every call, and is never trusted code", async ([, principal]) => {
    const { db } = await openTenant([notes]);
    valueOf(await db.collection("notes").create({ title: "secret" }));
    const seen: Database = db.as(principal as Principal);
    refusalOf(await seen.collection("notes").getList(), "request_invalid");
    refusalOf(await seen.collection("notes").create({ title: "open" }), "request_invalid");
    refusalOf(await seen.collection("notes").explain({ operation: "list" }), "request_invalid");
    refusalOf(await seen.transaction(async () => 1), "request_invalid");
    refusalOf(await seen.auth.principalOf("a1"), "request_invalid");
    expect(valueOf(await db.collection("notes").count())).toBe(1);
  });

  test("a handle made for a wrong one can still be asked for a right one", async () => {
    const { db } = await openTenant([notes]);
    const seen = db.as(false as unknown as Principal).as(null);
    expect(valueOf(await seen.collection("notes").getList()).items).toEqual([]);
  });
});

test("a call of a transaction that throws half-way leaves nothing that no rule has been asked about", async () => {
  const { db } = await openTenant([notes]);
  const ended = await db.as(null).transaction(async (tx) => {
    const onProgress = (): never => {
      throw new Error("the app's own listener failed");
    };
    refusalOf(await tx.collection("notes").createMany([{ title: "forbidden" }], { onProgress }), "internal");
    return "went on";
  });
  expect(valueOf(ended)).toBe("went on");
  expect(valueOf(await db.collection("notes").count())).toBe(0);
});

test("compiled queries are forgotten by their weight, so that long texts of clients do not fill the memory", () => {
  const cache = new QueryCache();
  const scope = { catalog: { version: 1 }, scope: "tenants", policy: { shape: "client" } };
  const collection = { id: "c" } as unknown as Parameters<QueryCache["compiled"]>[1];
  let compiled = 0;
  const ask = (text: string): string => {
    const compile = () => {
      compiled += 1;
      return ok(CompiledQuery.raw(text.padEnd(1_000_000)));
    };
    return valueOf(cache.compiled(scope, collection, [text], compile)).sql.trim();
  };
  for (let index = 0; index < 20; index += 1) expect(ask(`select ${index}`)).toBe(`select ${index}`);
  expect(ask("select 19")).toBe("select 19");
  expect(compiled).toBe(20);
  expect(ask("select 0")).toBe("select 0");
  expect(compiled).toBe(21);
});
