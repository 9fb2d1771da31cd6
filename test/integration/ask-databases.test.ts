// One read asked of many databases: in the order of the names, errors one by one, few open at once, nothing left behind.
import { describe, expect, it } from "vitest";
import type { FleetAnswer, FleetQuestion, TenantEngine } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "size", type: "number" }] } as const;

/** Tenants t0, t1 …, of which each holds as many notes as its number says. */
async function openFleet(tenants: number, options = {}): Promise<TenantEngine> {
  const engine = await openEngine(options);
  valueOf(await engine.collections.create(notes));
  for (let n = 0; n < tenants; n += 1) {
    valueOf(await engine.databases.create({ name: `t${n}` }));
    const rows = Array.from({ length: n }, (_, size) => ({ size }));
    valueOf(await engine.db(`t${n}`).collection("notes").createMany(rows));
  }
  return engine;
}

async function answersOf(engine: TenantEngine, question: FleetQuestion): Promise<FleetAnswer[]> {
  const answers: FleetAnswer[] = [];
  for await (const answer of engine.databases.ask(question)) answers.push(answer);
  return answers;
}

const values = (answers: readonly FleetAnswer[]) => answers.map(({ database, result }) => [database, valueOf(result)]);

describe("databases.ask", () => {
  it("counts, finds and lists in every tenant, in the order of the names", async () => {
    const engine = await openFleet(4);
    const counted = await answersOf(engine, { collection: "notes", read: "count", filter: "size > 0" });
    expect(values(counted)).toEqual([
      ["t0", 0],
      ["t1", 0],
      ["t2", 1],
      ["t3", 2],
    ]);
    const listed = await answersOf(engine, { collection: "notes", read: "list", sort: "-size", perPage: 1 });
    expect(values(listed).at(-1)).toEqual([
      "t3",
      expect.objectContaining({ totalItems: 3, items: [expect.objectContaining({ size: 2 })] }),
    ]);
    const first = await answersOf(engine, {
      collection: "notes",
      read: "first",
      sort: "-size",
      databases: ["t3", "t0", "t2"],
    });
    expect(first.map(({ database }) => database)).toEqual(["t3", "t0", "t2"]);
    expect(valueOf(first[0]!.result)).toMatchObject({ size: 2 });
    refusalOf(first[1]!.result, "record_not_found");
    expect(valueOf(first[2]!.result)).toMatchObject({ size: 1 });
  });

  it("goes on after databases that cannot answer, and gives their errors", async () => {
    const engine = await openFleet(2);
    const databases = ["t0", "nobody", "No Name", "t1"];
    const answers = await answersOf(engine, { collection: "notes", read: "count", databases });
    expect(answers.map(({ database }) => database)).toEqual(databases);
    expect(valueOf(answers[0]!.result)).toBe(0);
    refusalOf(answers[1]!.result, "database_not_found");
    refusalOf(answers[2]!.result, "database_name_invalid");
    expect(valueOf(answers[3]!.result)).toBe(1);
    for (const { result } of await answersOf(engine, { collection: "nothing", read: "count" })) {
      refusalOf(result, "collection_not_found");
    }
  });

  it("holds no more databases at once than it may, whatever their number", async () => {
    const engine = await openFleet(12, { maxOpenDatabases: 4 });
    const answers = await answersOf(engine, { collection: "notes", read: "count", concurrency: 64 });
    expect(values(answers).map(([, count]) => count)).toEqual(
      answers.map(({ database }) => Number(database!.slice(1))),
    );
    const { pool } = valueOf(await engine.stats.get());
    expect(pool.open).toBeLessThanOrEqual(4);
    expect(pool.inUse).toBe(1);
  });

  it("asks no further and leaves nothing in use when the loop is left", async () => {
    const engine = await openFleet(12);
    const { opens } = valueOf(await engine.stats.get()).pool;
    const databases = Array.from({ length: 12 }, (_, n) => `t${n}`);
    for (const name of databases) valueOf(await engine.databases.get(name));
    for await (const { database } of engine.databases.ask({
      collection: "notes",
      read: "count",
      databases,
      concurrency: 2,
    })) {
      if (database === "t1") break;
    }
    const { pool } = valueOf(await engine.stats.get());
    expect(pool.inUse).toBe(1);
    expect(pool.opens - opens).toBeLessThanOrEqual(4);
    valueOf(await engine.databases.delete("t0"));
  });

  it("is for trusted code and superusers", async () => {
    const engine = await openFleet(1);
    const account = { email: "a@example.com", password: "long enough" };
    valueOf(await engine.superusers.create(account));
    const { token } = valueOf(
      await engine.db().auth.login(account.email, account.password, { collection: "_superusers" }),
    );
    const superuser = valueOf(await engine.authenticate(token));
    const question = { collection: "notes", read: "count" } as const;
    expect(values(await answersOf(engine, { ...question, as: superuser }))).toEqual([["t0", 0]]);
    const [refused, ...more] = await answersOf(engine, { ...question, as: { kind: "guest" } });
    expect(more).toEqual([]);
    expect(refused?.database).toBeNull();
    refusalOf(refused!.result, "forbidden");
  });

  it.each([
    ["read", { collection: "notes", read: "write" }],
    ["concurrency", { collection: "notes", read: "count", concurrency: 0 }],
    ["databases", { collection: "notes", read: "count", databases: "t0" }],
    ["principal", { collection: "notes", read: "count", as: "me" }],
    ["where", { collection: "notes", read: "count", where: "x" }],
    ["options", null],
  ])("refuses a question with a wrong %s, once and for all", async (parameter, question) => {
    const engine = await openFleet(1);
    const answers = await answersOf(engine, question as never);
    expect(answers).toHaveLength(1);
    expect(answers[0]!.database).toBeNull();
    expect(refusalOf(answers[0]!.result, "request_invalid").details).toEqual({ parameter });
  });

  it("is refused after close", async () => {
    const engine = await openFleet(1);
    valueOf(await engine.close());
    const [answer] = await answersOf(engine, { collection: "notes", read: "count" });
    refusalOf(answer!.result, "engine_closed");
  });
});
