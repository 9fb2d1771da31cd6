// Callers' transactions that go wrong in every way: what is left, who waits, and that the engine goes on.
import { describe, expect, it } from "vitest";
import {
  EngineError,
  err,
  type ResultAsync,
  type Database,
  type EngineOptions,
  type TenantEngine,
  type Transaction,
} from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const collections = [
  { name: "notes", fields: [{ name: "title", type: "text", required: true }] },
  { name: "counters", fields: [{ name: "value", type: "number" }] },
] as const;

async function open(options: EngineOptions = {}): Promise<{ engine: TenantEngine; db: Database; other: Database }> {
  const { engine, db } = await openTenant(collections, options);
  valueOf(await engine.databases.create({ name: "client2" }));
  return { engine, db, other: engine.db("client2") };
}

const countOf = async (db: Database): Promise<number> => valueOf(await db.collection("notes").count());

/** Nothing of it is left, and the database goes on. */
async function expectUntouched(db: Database): Promise<void> {
  expect(await countOf(db)).toBe(0);
  const kept = valueOf(await db.transaction((tx) => tx.collection("notes").create({ title: "after" })));
  expect(kept["title"]).toBe("after");
  expect(await countOf(db)).toBe(1);
}

// Long enough for one write on a busy machine, short enough to wait for.
const transactionMs = 1_500;
const forever = new Promise<never>(() => undefined);

describe("a transaction that goes wrong", () => {
  it("whose callback throws is rolled back and gives what was thrown as the cause", async () => {
    const { db } = await open();
    const thrown = new Error("mine");
    const result = await db.transaction(async (tx) => {
      valueOf(await tx.collection("notes").create({ title: "a" }));
      throw thrown;
    });
    expect(refusalOf(result, "request_invalid").cause).toBe(thrown);
    await expectUntouched(db);
  });

  it("whose callback throws an error of the engine gives that one", async () => {
    const { db } = await open();
    const result = await db.transaction(async (tx) => {
      valueOf(await tx.collection("notes").create({ title: "a" }));
      valueOf(await tx.collection("notes").getOne("0".repeat(32)));
    });
    refusalOf(result, "record_not_found");
    await expectUntouched(db);
  });

  it("whose callback returns an Err gives it back", async () => {
    const { db } = await open();
    const mine = new EngineError("conflict", {});
    const result = await db.transaction(async (tx) => {
      valueOf(await tx.collection("notes").createMany([{ title: "a" }, { title: "b" }]));
      return err(mine);
    });
    expect(result._unsafeUnwrapErr()).toBe(mine);
    await expectUntouched(db);
  });

  it.each([
    ["never awaits one call", 1],
    ["never awaits many calls", 30],
  ])("whose callback %s is rolled back, and its calls settle", async (_, calls) => {
    const { db } = await open();
    const pending: ResultAsync<unknown, EngineError>[] = [];
    const result = await db.transaction(async (tx) => {
      for (let n = 0; n < calls; n += 1) pending.push(tx.collection("notes").create({ title: String(n) }));
    });
    refusalOf(result, "request_invalid");
    await Promise.all(pending);
    await expectUntouched(db);
  });

  it("whose handle is used after its end is refused there, and stores nothing", async () => {
    const { db } = await open();
    let kept: Transaction | undefined;
    valueOf(await db.transaction(async (tx) => void (kept = tx)));
    refusalOf(await kept!.collection("notes").create({ title: "late" }), "request_invalid");
    refusalOf(await kept!.collection("notes").count(), "request_invalid");
    // While the next transaction is under way on the same connection, too.
    valueOf(
      await db.transaction(async () => {
        refusalOf(await kept!.collection("notes").create({ title: "late" }), "request_invalid");
      }),
    );
    await expectUntouched(db);
  });

  it("that takes longer than limits.transactionMs is rolled back, and its handle with it", async () => {
    const { db } = await open({ limits: { transactionMs } });
    let kept: Transaction | undefined;
    const result = await db.transaction(async (tx) => {
      kept = tx;
      valueOf(await tx.collection("notes").create({ title: "a" }));
      await forever;
    });
    refusalOf(result, "database_busy");
    const late = await kept!.collection("notes").create({ title: "late" });
    expect(late.isErr()).toBe(true);
    await expectUntouched(db);
  });

  it("that runs out of time inside a call is stopped in it", async () => {
    const { db } = await open({ limits: { transactionMs } });
    const rows = Array.from({ length: 50_000 }, (_, n) => ({ title: `row ${n}` }));
    const result = await db.transaction(async (tx) => {
      for (;;) {
        const made = await tx.collection("notes").createMany(rows);
        if (made.isErr()) return made;
      }
    });
    refusalOf(result, "database_busy");
    await expectUntouched(db);
  });

  it("that writes through the database instead of its handle ends at the deadline instead of waiting for ever", async () => {
    const { db } = await open({ limits: { transactionMs } });
    let nested: ResultAsync<unknown, EngineError> | undefined;
    const result = await db.transaction(async (tx) => {
      valueOf(await tx.collection("notes").create({ title: "inside" }));
      nested = db.collection("notes").create({ title: "outside" });
      await nested;
    });
    refusalOf(result, "database_busy");
    // The write of its own was only waiting for its turn.
    expect((await nested!).isOk()).toBe(true);
    const { items } = valueOf(await db.collection<{ title: string }>("notes").getList());
    expect(items.map(({ title }) => title)).toEqual(["outside"]);
  });

  it("inside which another is begun ends at the deadline", async () => {
    const { db } = await open({ limits: { transactionMs } });
    let nested: ResultAsync<unknown, EngineError> | undefined;
    const result = await db.transaction(async () => {
      nested = db.transaction((tx) => tx.collection("notes").create({ title: "nested" }));
      await nested;
    });
    refusalOf(result, "database_busy");
    await nested;
    expect(await countOf(db)).toBe(1);
  });

  it("may go on after a call that was refused, without half of that call", async () => {
    const { db } = await open();
    const result = await db.transaction(async (tx) => {
      const notes = tx.collection("notes");
      valueOf(await notes.create({ title: "first" }));
      refusalOf(await notes.createMany([{ title: "second" }, {}]), "validation_failed");
      refusalOf(await notes.delete("0".repeat(32)), "record_not_found");
      return notes.create({ title: "third" });
    });
    valueOf(result);
    expect(await countOf(db)).toBe(2);
  });

  it("holds up neither other databases nor readers of its own", async () => {
    const { db, other } = await open();
    let finish: () => void = () => undefined;
    const mayFinish = new Promise<void>((resolve) => (finish = resolve));
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const hanging = db.transaction(async (tx) => {
      valueOf(await tx.collection("notes").create({ title: "held" }));
      begun();
      await mayFinish;
    });
    await hasBegun;
    valueOf(await other.collection("notes").create({ title: "free" }));
    valueOf(await other.transaction((tx) => tx.collection("notes").create({ title: "free too" })));
    expect(await countOf(db)).toBe(0);
    finish();
    valueOf(await hanging);
    expect(await countOf(db)).toBe(1);
    expect(await countOf(other)).toBe(2);
  });
});

describe("eight callers that count up one record", () => {
  const callers = 8;
  const turns = 25;

  async function countUp(db: Database, turn: (id: string) => Promise<void>): Promise<number> {
    const counters = db.collection<{ value: number }>("counters");
    const { id } = valueOf(await counters.create({ value: 0 }));
    const caller = async (): Promise<void> => {
      for (let n = 0; n < turns; n += 1) await turn(id);
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return valueOf(await counters.getOne(id)).value;
  }

  it("lose no update in transactions", async () => {
    const { db } = await open();
    const total = await countUp(db, async (id) => {
      const done = await db.transaction(async (tx) => {
        const counters = tx.collection<{ value: number }>("counters");
        const { value } = valueOf(await counters.getOne(id));
        return counters.update(id, { value: value + 1 });
      });
      valueOf(done);
    });
    expect(total).toBe(callers * turns);
  });

  it("lose some without (control)", async () => {
    const { db } = await open();
    const counters = db.collection<{ value: number }>("counters");
    const total = await countUp(db, async (id) => {
      const { value } = valueOf(await counters.getOne(id));
      valueOf(await counters.update(id, { value: value + 1 }));
    });
    expect(total).toBeLessThan(callers * turns);
  });
});
