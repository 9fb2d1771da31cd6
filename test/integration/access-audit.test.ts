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
      new Proxy({}, { ownKeys: () => expect.unreachable(), get: () => expect.unreachable() }),
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

describe("a clash with a unique value", () => {
  const users = {
    name: "users",
    type: "auth",
    fields: [{ name: "nick", type: "text" }],
    createRule: "nick = 'free'",
    updateRule: "nick = 'free'",
    viewRule: "id = @request.auth.id",
  } as const;
  const password = "correct horse";

  async function taken() {
    const { db } = await openTenant([users]);
    valueOf(await db.collection("users").create({ email: "taken@example.org", password }));
    const own = valueOf(await db.collection("users").create({ email: "own@example.org", password, nick: "free" }));
    const before = valueOf(await db.collection("users").getList()).items;
    const unchanged = async () => expect(valueOf(await db.collection("users").getList()).items).toEqual(before);
    return { seen: db.as(null), id: own.id, unchanged };
  }

  test.for(["taken@example.org", "new@example.org"])("is not told to who may not write: %s", async (email) => {
    const { seen, id, unchanged } = await taken();
    const collection = seen.collection("users");
    const data = { email, password, nick: "no" };
    refusalOf(await collection.create(data), "forbidden");
    refusalOf(await collection.createMany([data]), "forbidden");
    refusalOf(await seen.auth.register(data), "forbidden");
    refusalOf(await collection.update(id, { email, nick: "no" }), "forbidden");
    const inTransaction = await seen.transaction(async (tx) => {
      refusalOf(await tx.collection("users").create(data), "forbidden");
      refusalOf(await tx.collection("users").update(id, { email, nick: "no" }), "forbidden");
    });
    expect(inTransaction.isOk()).toBe(true);
    await unchanged();
  });

  test("is told to who may, and replaces nothing", async () => {
    const { seen, id, unchanged } = await taken();
    const collection = seen.collection("users");
    const data = { email: "taken@example.org", password, nick: "free" };
    expect(refusalOf(await collection.create(data), "unique_violation").details.fields).toEqual(["email"]);
    const many = [{ ...data, email: "other@example.org" }, data];
    expect(refusalOf(await collection.createMany(many), "unique_violation").details.row).toBe(1);
    refusalOf(await collection.update(id, { email: data.email }), "unique_violation");
    const inTransaction = await seen.transaction(async (tx) => {
      refusalOf(await tx.collection("users").create(data), "unique_violation");
      refusalOf(await tx.collection("users").update(id, { email: data.email }), "unique_violation");
    });
    expect(inTransaction.isOk()).toBe(true);
    await unchanged();
  });
});

test("an address that its owner changes is not verified any more", async () => {
  const { db } = await openTenant([
    { name: "users", type: "auth", viewRule: "id = @request.auth.id", updateRule: "id = @request.auth.id" },
  ]);
  const data = { email: "own@example.org", password: "correct horse", verified: true };
  const { id } = valueOf(await db.collection("users").create(data));
  const seen = db.as(valueOf(await db.auth.principalOf(id))).collection("users");
  expect(valueOf(await seen.update(id, { email: data.email }))["verified"]).toBe(true);
  expect(valueOf(await seen.update(id, { email: "victim@example.org" }))["verified"]).toBe(false);
  expect(valueOf(await db.collection("users").update(id, { email: "a@example.org", verified: true }))["verified"]).toBe(
    true,
  );
});

test("an expand that would grow beyond all measure is refused", async () => {
  const friends = { name: "friends", type: "relation", collection: "nodes", multiple: true } as const;
  const { db } = await openTenant([{ name: "nodes", fields: [friends], listRule: "", viewRule: "" }]);
  const made = valueOf(await db.collection("nodes").createMany(Array.from({ length: 40 }, () => ({}))));
  for (const { id } of made) {
    valueOf(await db.collection("nodes").update(id, { friends: made.map((node) => node.id) }));
  }
  const seen = db.as(null).collection("nodes");
  const page = valueOf(await seen.getList(1, 40, { expand: "friends.friends" }));
  expect(JSON.stringify(page).match(/"created"/g)).toHaveLength(40 + 40 ** 2 + 40 ** 3);
  for (const expand of ["friends.friends.friends", "friends.friends.friends.friends.friends.friends"]) {
    expect(refusalOf(await seen.getList(1, 40, { expand }), "request_invalid").details.parameter).toBe("expand");
  }
  refusalOf(await seen.getOne(made[0]?.id ?? "", { expand: "friends.friends.friends.friends" }), "request_invalid");
});

test("an empty list of one's own is absent, as an empty list of a record is", async () => {
  const roles = { name: "roles", type: "select", options: ["editor"], multiple: true } as const;
  const rule = "@request.auth.roles != ''";
  const { db } = await openTenant([
    { name: "users", type: "auth", fields: [roles] },
    { name: "drafts", fields: [{ name: "text", type: "text" }], listRule: rule },
  ]);
  valueOf(await db.collection("drafts").create({ text: "x" }));
  const account = { password: "correct horse" };
  const none = valueOf(await db.collection("users").create({ ...account, email: "none@example.org" }));
  const one = valueOf(await db.collection("users").create({ ...account, email: "one@example.org", roles: ["editor"] }));
  const seen = async (id: string): Promise<number> =>
    valueOf(
      await db
        .as(valueOf(await db.auth.principalOf(id)))
        .collection("drafts")
        .count(),
    );
  expect([await seen(none.id), await seen(one.id)]).toEqual([0, 1]);
});

test("a field that is sent undefined counts as left out", async () => {
  const { db } = await openTenant([
    {
      name: "notes",
      fields: [
        { name: "text", type: "text" },
        { name: "role", type: "text", default: "reader" },
      ],
      createRule: "@request.data.role:isset = false",
      viewRule: "",
    },
  ]);
  const seen = db.as(null).collection<{ text: string; role: string | undefined }>("notes");
  expect(valueOf(await seen.create({ text: "x", role: undefined })).role).toBe("reader");
  refusalOf(await seen.create({ text: "x", role: "reader" }), "forbidden");
});
