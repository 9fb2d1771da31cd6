// Reads by id that share a trip: never over the border of a database, a principal or a schema, never older than what was
// acknowledged.
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine, type Database, type EngineError, type Principal, type Result } from "../../lib/index.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { observedDriver } from "../support/observed-ports.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { changeFile } from "../support/raw-database.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

interface Item {
  readonly mark: string;
  readonly owner: string | null;
}

const ownerRule = "owner = @request.auth.id && mark != @request.auth.name";
const collections = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], viewRule: "" },
  {
    name: "items",
    softDelete: true,
    fields: [
      { name: "mark", type: "text" },
      { name: "owner", type: "relation", collection: "users" },
    ],
    viewRule: ownerRule,
    updateRule: ownerRule,
  },
] as const;

const codeOrMark = (result: Result<Item, EngineError>): string =>
  result.isErr() ? result.error.code : result.value.mark;

/** An engine whose statements on tenants are counted. */
async function openCounted(dataDir: string) {
  const statements: string[] = [];
  const driver = observedDriver((call, sql) => {
    if (call === "all" && sql.includes('"items"')) statements.push(sql);
  });
  const storage = createSqliteStorage({ dataDir, durability: "normal", driver });
  return { engine: await openEngine({ dataDir, storage }), statements };
}

describe("reads by id that wait together", () => {
  it("share trips, and get their own: 50 databases with the same ids, 1,500 callers", async () => {
    const dataDir = await tempDirectory();
    const names = Array.from({ length: 50 }, (_, n) => `tenant-${String(n).padStart(2, "0")}`);
    const first = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
    for (const definition of collections) valueOf(await first.collections.create(definition));
    valueOf(await first.databases.create({ name: names[0]! }));
    const made = await first
      .db(names[0])
      .collection<Item>("items")
      .createMany(Array.from({ length: 10 }, () => ({ mark: names[0]! })));
    const ids = valueOf(made).map(({ id }) => id);
    valueOf(await first.close());
    for (const name of names.slice(1)) {
      await copyFile(join(dataDir, `${names[0]}.db`), join(dataDir, `${name}.db`));
      await changeFile(
        join(dataDir, `${name}.db`),
        `update "_engine" set "value" = '${randomBytes(16).toString("hex")}' where "key" = 'id';
         update "items" set "mark" = '${name}';`,
      );
    }
    const { engine, statements } = await openCounted(dataDir);
    for (const name of names) valueOf(await engine.db(name).collection("items").count());
    statements.length = 0;
    const foreign = (handleOf: (name: string) => Database) =>
      Promise.all(
        Array.from({ length: 1_500 }, async (_, n) => {
          const name = names[n % names.length]!;
          const read = await handleOf(name)
            .collection<Item>("items")
            .getOne(ids[(n * 7) % ids.length]!);
          return codeOrMark(read) === name ? [] : [codeOrMark(read)];
        }),
      );
    expect((await foreign((name) => engine.db(name))).flat()).toEqual([]);
    // Thirty callers of each database, in a few trips.
    expect(statements.length).toBeLessThan(names.length * 10);
    // Control: a handle of another database is noticed.
    expect((await foreign(() => engine.db(names[3]))).flat().length).toBeGreaterThan(1_000);
  });

  it("keep to the rule of each caller: 30 users, a guest, a superuser and trusted code of one database at once", async () => {
    const { engine, db } = await openTenant(collections);
    const users = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const name = `user${n}`;
        const account = { email: `${name}@example.com`, password: "correct horse", name };
        return valueOf(await db.collection("users").create(account));
      }),
    );
    const items = await Promise.all(
      users.flatMap((user, n) => [
        db.collection<Item>("items").create({ mark: `of ${n}`, owner: user.id }),
        // Of his own, but with his name as its mark, which the rule hides.
        db.collection<Item>("items").create({ mark: `user${n}`, owner: user.id }),
      ]),
    );
    const records = items.map(valueOf);
    const root = valueOf(await engine.superusers.create({ email: "root@example.com", password: "correct horse" }));
    const superuser = valueOf(await engine.db().auth.principalOf(root.id, { collection: "_superusers" }));
    const principals: Principal[] = await Promise.all(
      users.map(async ({ id }) => valueOf(await db.auth.principalOf(id))),
    );
    const callers = [
      ...principals.map((principal, n) => ({ db: db.as(principal), sees: (mark: string) => mark === `of ${n}` })),
      { db: db.as(null), sees: () => false },
      { db: db.as(superuser), sees: () => true },
      { db, sees: () => true },
    ];
    for (const withText of [false, true]) {
      const given = await Promise.all(
        records.flatMap(({ id, mark }) =>
          callers.map(async (caller, n) => {
            const collection = caller.db.collection<Item>("items");
            const read = withText
              ? (await collection.getOneText(id)).map((text) => JSON.parse(text) as Item)
              : await collection.getOne(id);
            const wanted = caller.sees(mark) ? mark : "record_not_found";
            return codeOrMark(read) === wanted ? [] : [`${n}: ${codeOrMark(read)} for ${wanted}`];
          }),
        ),
      );
      expect(given.flat()).toEqual([]);
    }
    // Control: with another's handle the same question is answered otherwise.
    expect(codeOrMark(await callers[1]!.db.collection<Item>("items").getOne(records[0]!.id))).toBe("record_not_found");
  });

  it("see every write that was acknowledged before they began", async () => {
    const seed = testSeed("point reads after writes");
    const random = seededRandom(seed);
    const { db } = await openTenant(collections);
    const items = db.collection<Item>("items");
    const ids = valueOf(await items.createMany(Array.from({ length: 8 }, () => ({ mark: "0" })))).map(({ id }) => id);
    const acknowledged = new Map(ids.map((id) => [id, 0]));
    let isOver = false;
    const stale: string[] = [];
    const reader = async (): Promise<void> => {
      while (!isOver) {
        const id = ids[Math.floor(random() * ids.length)]!;
        const least = acknowledged.get(id)!;
        const seen = Number(codeOrMark(await items.getOne(id)));
        if (!(seen >= least)) stale.push(`${seen} after ${least}`);
      }
    };
    const readers = Array.from({ length: 40 }, reader);
    for (let n = 1; n <= 200; n += 1) {
      const id = ids[n % ids.length]!;
      valueOf(await items.update(id, { mark: String(n) }));
      acknowledged.set(id, n);
      if (codeOrMark(await items.getOne(id)) !== String(n)) stale.push(`own write ${n}`);
    }
    isOver = true;
    await Promise.all(readers);
    expect(stale).toEqual([]);
    // Deleted and brought back in between, by the same token.
    const gone = await Promise.all(
      ids.map(async (id) => {
        valueOf(await items.delete(id));
        const after = codeOrMark(await items.getOne(id));
        valueOf(await items.undelete(id));
        return [after, codeOrMark(await items.getOne(id))];
      }),
    );
    expect(gone.every(([after, back]) => after === "record_not_found" && back !== "record_not_found")).toBe(true);
  });

  it("keep to the schema and the rules of their own beginning", async () => {
    const { engine, db } = await openTenant(collections);
    const account = { email: "ann@example.com", password: "correct horse", name: "ann" };
    const ann = valueOf(await db.collection("users").create(account));
    const { id } = valueOf(await db.collection<Item>("items").create({ mark: "x", owner: ann.id }));
    const asAnn = db.as(valueOf(await db.auth.principalOf(ann.id))).collection<Item>("items");
    for (let n = 0; n < 10; n += 1) {
      const early = Array.from({ length: 20 }, () => asAnn.getOne(id));
      valueOf(await engine.collections.update("items", { viewRule: "1=0", fields: [{ name: `f${n}`, type: "text" }] }));
      const late = await Promise.all(Array.from({ length: 20 }, () => asAnn.getOne(id)));
      expect(late.filter((read) => read.isOk())).toEqual([]);
      for (const read of await Promise.all(early)) expect(["x", "record_not_found"]).toContain(codeOrMark(read));
      valueOf(await engine.collections.update("items", { viewRule: ownerRule }));
      const fields = await Promise.all(Array.from({ length: 20 }, () => asAnn.getOne(id)));
      for (const read of fields) expect(Object.keys(valueOf(read))).toContain(`f${n}`);
    }
  });

  it("hear of their own mistakes alone", async () => {
    const { db } = await openTenant(collections);
    const items = db.collection<Item>("items");
    const { id } = valueOf(await items.create({ mark: "x" }));
    const asked = ["", "nobody", id, "../up", id, "a".repeat(64), id];
    const given = await Promise.all([
      ...asked.map((each) => items.getOne(each)),
      items.getOne(id, { fields: "nothing" }),
      items.getOne(id, { fields: "mark" }),
      items.getOne(id, { includeDeleted: true }),
      db.as(null).collection<Item>("items").getOne(id, { includeDeleted: true }),
      db.collection<Item>("nothing").getOne(id),
    ]);
    expect(given.map(codeOrMark)).toEqual([
      ...asked.map((each) => (each === id ? "x" : "record_not_found")),
      ...["request_invalid", "x", "x", "forbidden", "collection_not_found"],
    ]);
    expect(Object.keys(valueOf(given[8]!))).toEqual(["mark"]);
  });
});
