// Database.transaction: all of it or nothing, whatever the callback does.
import { describe, expect, it } from "vitest";
import { EngineError, err, ok, type Collection, type ResultAsync, type Transaction } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const accounts = {
  name: "accounts",
  softDelete: true,
  fields: [
    { name: "owner", type: "text", unique: true },
    { name: "balance", type: "number", min: 0 },
    { name: "partner", type: "relation", collection: "accounts" },
  ],
} as const;

interface Account {
  readonly owner: string;
  readonly balance: number;
  readonly partner: string | null;
}

const open = async () => {
  const { engine, db } = await openTenant([accounts]);
  return { engine, db, own: db.collection<Account>("accounts") };
};

const inside = (tx: Transaction): Collection<Account> => tx.collection<Account>("accounts");

describe("a callback that ends well", () => {
  it("keeps what it wrote and gives what it returned", async () => {
    const { db, own } = await open();
    const [a, b] = valueOf(
      await own.createMany([
        { owner: "a", balance: 100 },
        { owner: "b", balance: 0 },
      ]),
    );
    if (!a || !b) throw new Error("two were made");
    const moved = await db.transaction(async (tx) => {
      const from = valueOf(await inside(tx).getOne(a.id));
      valueOf(await inside(tx).update(a.id, { balance: from.balance - 30 }));
      valueOf(await inside(tx).update(b.id, { balance: 30 }));
      return "moved";
    });
    expect(valueOf(moved)).toBe("moved");
    expect(valueOf(await own.getList(1, 5, { sort: "owner" })).items.map(({ balance }) => balance)).toEqual([70, 30]);
  });

  it("takes a Result apart: the value of an Ok, the ResultAsync of a call", async () => {
    const { db, own } = await open();
    expect(valueOf(await db.transaction(async () => ok(7)))).toBe(7);
    const nothing = await db.transaction(async () => undefined);
    expect(nothing.isOk() && nothing.value).toBeUndefined();
    const made = valueOf(await db.transaction((tx) => inside(tx).create({ owner: "a" })));
    expect(valueOf(await own.getOne(made.id))).toEqual(made);
  });

  it("sees what it has written, by every call; others see it afterwards", async () => {
    const { db, own } = await open();
    valueOf(
      await db.transaction(async (tx) => {
        const [a, b] = valueOf(
          await inside(tx).createMany([
            { owner: "a", balance: 1 },
            { owner: "b", balance: 2 },
          ]),
        );
        if (!a || !b) throw new Error("two were made");
        valueOf(await inside(tx).update(a.id, { partner: b.id, balance: 5 }));
        valueOf(await inside(tx).delete(b.id));
        expect(valueOf(await inside(tx).count())).toBe(1);
        expect(valueOf(await inside(tx).getFirst("balance = 5")).id).toBe(a.id);
        expect(valueOf(await inside(tx).getList()).totalItems).toBe(1);
        refusalOf(await inside(tx).getOne(b.id), "record_not_found");
        valueOf(await inside(tx).undelete(b.id));
        expect(valueOf(await inside(tx).getOne(a.id, { expand: "partner" })).expand).toHaveProperty(
          "partner.owner",
          "b",
        );
        const seen = [];
        for await (const record of inside(tx).iterate({ batch: 1 })) seen.push(valueOf(record).owner);
        expect(seen).toEqual(["a", "b"]);
        expect(valueOf(await own.count())).toBe(0);
      }),
    );
    expect(valueOf(await own.count())).toBe(2);
  });

  it("runs its calls one after the other, also when they are made side by side", async () => {
    const { db, own } = await open();
    valueOf(
      await db.transaction(async (tx) => {
        const calls = Array.from({ length: 30 }, (_, at) => inside(tx).create({ owner: `o${at % 20}` }));
        const results = await Promise.all(calls);
        expect(results.filter((result) => result.isErr())).toHaveLength(10);
      }),
    );
    expect(valueOf(await own.count())).toBe(20);
  });
});

describe("a callback that fails", () => {
  const failing: readonly (readonly [string, (tx: Transaction) => PromiseLike<unknown>])[] = [
    ["throws", async () => Promise.reject(new Error("no"))],
    [
      "throws at once",
      () => {
        throw new Error("no");
      },
    ],
    ["gives an Err of its own", async () => err("no funds")],
    ["does not wait for its last call", async (tx) => void inside(tx).create({ owner: "late" })],
  ];

  it.each(failing)("that %s leaves nothing behind", async (_what, end) => {
    const { db, own } = await open();
    const kept = valueOf(await own.create({ owner: "kept", balance: 1 }));
    const result = await db.transaction(async (tx) => {
      valueOf(await inside(tx).create({ owner: "gone" }));
      valueOf(await inside(tx).update(kept.id, { balance: 2 }));
      valueOf(await inside(tx).delete(kept.id));
      return end(tx);
    });
    refusalOf(result, "request_invalid");
    expect(valueOf(await own.getList(1, 5, { includeDeleted: true })).items).toEqual([kept]);
  });

  it("gives the engine's error of the call that it returns or throws", async () => {
    const { db, own } = await open();
    const returned = await db.transaction(async (tx) => {
      valueOf(await inside(tx).create({ owner: "a" }));
      return inside(tx).create({ owner: "a" });
    });
    refusalOf(returned, "unique_violation");
    const thrown = await db.transaction(async (tx) => {
      valueOf(await inside(tx).create({ owner: "a" }));
      valueOf(await inside(tx).getOne("nobody"));
    });
    refusalOf(thrown, "record_not_found");
    const own_ = new EngineError("conflict", {});
    refusalOf(await db.transaction(async () => err(own_)), "conflict");
    expect(valueOf(await own.count())).toBe(0);
  });

  it("keeps what it threw as the cause, and out of sight", async () => {
    const { db } = await open();
    const thrown = new TypeError("secret");
    const error = refusalOf(await db.transaction(async () => Promise.reject(thrown)), "request_invalid");
    expect(error.cause).toBe(thrown);
    expect(JSON.stringify(error)).not.toContain("secret");
  });
});

describe("a call that fails inside", () => {
  it("undoes itself alone, and the callback may go on", async () => {
    const { db, own } = await open();
    valueOf(
      await db.transaction(async (tx) => {
        valueOf(await inside(tx).create({ owner: "a" }));
        refusalOf(await inside(tx).createMany([{ owner: "b" }, { owner: "c" }, { owner: "a" }]), "unique_violation");
        refusalOf(await inside(tx).create({ owner: "d", balance: -1 }), "validation_failed");
        refusalOf(await inside(tx).delete("nobody"), "record_not_found");
        valueOf(await inside(tx).create({ owner: "e" }));
      }),
    );
    expect(valueOf(await own.getList()).items.map(({ owner }) => owner)).toEqual(["a", "e"]);
  });
});

describe("several at once", () => {
  it("are served one after the other, so that no change is lost", async () => {
    const { db, own } = await open();
    const { id } = valueOf(await own.create({ owner: "a", balance: 0 }));
    const results = await Promise.all(
      Array.from({ length: 25 }, () =>
        db.transaction(async (tx) => {
          const { balance } = valueOf(await inside(tx).getOne(id));
          return inside(tx).update(id, { balance: balance + 1 });
        }),
      ),
    );
    for (const result of results) valueOf(result);
    expect(valueOf(await own.getOne(id)).balance).toBe(25);
  });

  it("in two databases do not wait for each other", async () => {
    const { engine, db, own } = await open();
    const other = engine.db();
    valueOf(
      await db.transaction(async (tx) => {
        valueOf(await inside(tx).create({ owner: "a" }));
        valueOf(await other.transaction((inner) => inside(inner).create({ owner: "a" })));
      }),
    );
    expect([valueOf(await own.count()), valueOf(await other.collection("accounts").count())]).toEqual([1, 1]);
  });

  it("one that takes too long is rolled back, and the next is served", async () => {
    const { db } = await openTenant([accounts], { limits: { transactionMs: 50 } });
    const own = db.collection("accounts");
    const slow = await db.transaction(async (tx) => {
      valueOf(await inside(tx).create({ owner: "slow" }));
      return new Promise(() => undefined);
    });
    const error = refusalOf(slow, "database_busy");
    expect(error.isRetryable).toBe(true);
    valueOf(await own.create({ owner: "next" }));
    expect(valueOf(await own.count())).toBe(1);
  });
});

describe("the end", () => {
  it("of the transaction is the end of its handles", async () => {
    const { db, own } = await open();
    const kept: Transaction[] = [];
    valueOf(
      await db.transaction(async (tx) => {
        kept.push(tx);
      }),
    );
    const [tx] = kept;
    if (!tx) throw new Error("it was kept");
    refusalOf(await inside(tx).create({ owner: "late" }), "request_invalid");
    refusalOf(await inside(tx).getList(), "request_invalid");
    expect(valueOf(await own.count())).toBe(0);
  });

  it("of the engine waits for it", async () => {
    const { engine, db } = await open();
    let close: ResultAsync<void, EngineError> | undefined;
    const result = await db.transaction(async (tx) => {
      valueOf(await inside(tx).create({ owner: "a" }));
      close = engine.close();
      return inside(tx).create({ owner: "b" });
    });
    valueOf(result);
    await close;
    refusalOf(await db.collection("accounts").count(), "engine_closed");
  });
});
