// Rules and owners that change while others write: once a change is acknowledged, nothing that begins then passes by what
// held before; and no update passes whose record must not be touched, before or after.
import { describe, expect, it } from "vitest";
import type { Collection, Database, TenantEngine, User } from "../../lib/index.js";
import { makeWorld } from "../support/access-world.js";
import { openEngine } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";

interface Doc {
  readonly title: string;
  readonly owner: string | null;
}

interface Field {
  readonly engine: TenantEngine;
  readonly db: Database;
  readonly one: User;
  readonly two: User;
  readonly docs: Collection<Doc>;
  readonly asOne: Collection<Doc>;
  readonly asTwo: Collection<Doc>;
  /** Closes the database's file, as it is when nobody has asked for it in a while. */
  readonly coolDown: () => Promise<void>;
}

const owner = "owner = @request.auth.id";
const ownerRules = { listRule: "", viewRule: "", createRule: owner, updateRule: owner, deleteRule: owner } as const;

async function openField(): Promise<Field> {
  // The fewest that there can be: three others push this one out.
  const engine = await openEngine({ maxOpenDatabases: 3 });
  const { db, world } = await makeWorld(engine, "client1");
  valueOf(await engine.collections.update("docs", ownerRules));
  const others = ["other1", "other2", "other3"];
  for (const name of others) valueOf(await engine.databases.create({ name }));
  const [one, two] = [
    valueOf(await db.auth.principalOf(world.people[0].id)) as User,
    valueOf(await db.auth.principalOf(world.people[1].id)) as User,
  ];
  return {
    ...{ engine, db, one, two },
    docs: db.collection<Doc>("docs"),
    asOne: db.as(one).collection<Doc>("docs"),
    asTwo: db.as(two).collection<Doc>("docs"),
    coolDown: async () => {
      for (const name of others) valueOf(await engine.db(name).collection("docs").count());
    },
  };
}

/** Lets some turns of the event loop go by, so that two calls meet at another point each time. */
async function turns(n: number): Promise<void> {
  for (let turn = 0; turn < n; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const refusals = ["forbidden", "record_not_found"];

/** The three writes that a rule can close. */
const writes = (docs: Collection<Doc>, id: string, owned: string) => [
  docs.update(id, { title: "late" }),
  docs.create({ title: "late", owner: owned }),
  docs.delete(id),
];

describe("a rule that changes under writes", () => {
  it("of a collection lets nothing through that begins after the change, 250 times", async () => {
    const { engine, docs, asOne, one, coolDown } = await openField();
    const random = seededRandom(testSeed("access races, collection rules"));
    let refusedBeside = 0;
    for (let round = 0; round < 250; round += 1) {
      const { id } = valueOf(await docs.create({ title: "at first", owner: one.record.id }));
      if (round % 5 === 0) await coolDown();
      const closed = round % 2 === 0 ? null : "1=0";
      const beside = turns(Math.floor(random() * 12)).then(() => asOne.update(id, { title: "beside" }));
      await turns(Math.floor(random() * 4));
      valueOf(await engine.collections.update("docs", { createRule: closed, updateRule: closed, deleteRule: closed }));
      const late = await Promise.all(writes(asOne, id, one.record.id));
      for (const each of late) expect(refusals).toContain(each.isErr() ? each.error.code : "passed");
      const met = await beside;
      if (met.isErr()) refusedBeside += 1;
      expect(valueOf(await docs.getOne(id)).title).toBe(met.isOk() ? "beside" : "at first");
      valueOf(await engine.collections.update("docs", ownerRules));
      expect((await asOne.update(id, { title: "open again" })).isOk()).toBe(true);
    }
    // The two did meet on both sides of the change.
    expect(refusedBeside).toBeGreaterThan(0);
    expect(refusedBeside).toBeLessThan(250);
  });

  it("of databases lets nothing through that begins after the change, 250 times", async () => {
    const { engine, docs, asOne, one, coolDown } = await openField();
    const random = seededRandom(testSeed("access races, database rules"));
    const allowed = { name: "gate", collection: "*", rule: "1=1", operations: ["create", "update", "delete"] } as const;
    const gate = valueOf(await engine.rules.create(allowed));
    for (let round = 0; round < 250; round += 1) {
      const { id } = valueOf(await docs.create({ title: "at first", owner: one.record.id }));
      if (round % 5 === 0) await coolDown();
      const beside = turns(Math.floor(random() * 8)).then(() => asOne.update(id, { title: "beside" }));
      valueOf(await engine.rules.update(gate.id, { rule: "1=0" }));
      const late = await Promise.all(writes(asOne, id, one.record.id));
      for (const each of late) expect(refusals).toContain(each.isErr() ? each.error.code : "passed");
      const met = await beside;
      expect(valueOf(await docs.getOne(id)).title).toBe(met.isOk() ? "beside" : "at first");
      valueOf(await engine.rules.update(gate.id, { rule: "1=1" }));
    }
  });

  it("reaches into a transaction that is already under way", async () => {
    const { engine, db, docs, one } = await openField();
    for (let round = 0; round < 50; round += 1) {
      const { id } = valueOf(await docs.create({ title: "at first", owner: one.record.id }));
      const ended = await db.as(one).transaction(async (tx) => {
        const inside = tx.collection<Doc>("docs");
        valueOf(await inside.update(id, { title: "inside" }));
        valueOf(await engine.collections.update("docs", { updateRule: null }));
        return inside.update(id, { title: "late" });
      });
      expect(ended.isErr() && ended.error.code).toBe("forbidden");
      expect(valueOf(await docs.getOne(id)).title).toBe("at first");
      valueOf(await engine.collections.update("docs", ownerRules));
    }
  });
});

describe("an owner that changes under writes", () => {
  it("lets a write through only while the record is the writer's, 300 times", async () => {
    const { docs, asOne, asTwo, one, two, coolDown } = await openField();
    const random = seededRandom(testSeed("access races, owners"));
    const outcomes = { won: 0, lost: 0 };
    for (let round = 0; round < 300; round += 1) {
      const { id } = valueOf(await docs.create({ title: "at first", owner: one.record.id }));
      if (round % 10 === 0) await coolDown();
      const write = turns(Math.floor(random() * 6)).then(() => asOne.update(id, { title: "one" }));
      const move = turns(Math.floor(random() * 6)).then(() => docs.update(id, { owner: two.record.id }));
      const theirs = turns(Math.floor(random() * 6)).then(() => asTwo.update(id, { title: "two" }));
      const [written, moved, other] = await Promise.all([write, move, theirs]);
      valueOf(moved);
      // An answer shows the record as it stood in the write's own transaction.
      if (written.isOk()) expect(written.value.owner).toBe(one.record.id);
      if (other.isOk()) expect(other.value.owner).toBe(two.record.id);
      for (const each of [written, other]) if (each.isErr()) expect(each.error.code).toBe("record_not_found");
      outcomes[written.isOk() ? "won" : "lost"] += 1;
      const after = await asOne.update(id, { title: "late" });
      expect(after.isErr() && after.error.code).toBe("record_not_found");
    }
    expect(outcomes.won).toBeGreaterThan(0);
    expect(outcomes.lost).toBeGreaterThan(0);
  });

  it("is never given away or taken by a write, however many try at once, 200 times", async () => {
    const { docs, asOne, asTwo, one, two } = await openField();
    for (let round = 0; round < 200; round += 1) {
      const { id } = valueOf(await docs.create({ title: "at first", owner: one.record.id }));
      const given = await Promise.all([
        asOne.update(id, { owner: two.record.id }),
        asTwo.update(id, { owner: two.record.id }),
        asOne.update(id, { owner: null }),
        asTwo.create({ title: "for one", owner: one.record.id }),
        asOne.update(id, { title: "mine" }),
      ]);
      const codes = given.map((each) => (each.isErr() ? each.error.code : "passed"));
      expect(codes).toEqual(["forbidden", "record_not_found", "forbidden", "forbidden", "passed"]);
      expect(valueOf(await docs.getOne(id))).toMatchObject({ title: "mine", owner: one.record.id });
    }
  });
});
