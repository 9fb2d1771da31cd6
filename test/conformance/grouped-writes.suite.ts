// Writes that wait together, in every storage: they may share a transaction, and nobody may notice but by the clock.
import { sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { EngineError } from "../../lib/base/errors.js";
import { err, ok, type Outcome, type Result } from "../../lib/base/result.js";
import type { Store, StoreExecutor, WriteOptions } from "../../lib/storage/storage.js";
import { onTransactionEnd } from "../../lib/storage/transaction-end.js";
import { inSavepoint } from "../../lib/storage/savepoint.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";
import type { StorageUnderTest } from "./store.suite.js";

interface Row {
  readonly id: string;
  /** Unique. */
  readonly text?: string;
}

const conflict = (): Result<never, EngineError> => err(new EngineError("conflict", {}));

const add = async (db: StoreExecutor, { id, text }: Row): Outcome<string> => {
  await db
    .insertInto("notes")
    .values({ id, text: text ?? null })
    .execute();
  return ok(`${id} by its work`);
};

const codeOf = (outcome: Result<unknown, EngineError>): string => (outcome.isErr() ? outcome.error.code : "ok");
const shownOf = (outcome: Result<unknown, EngineError>): unknown =>
  outcome.isErr() ? outcome.error.code : outcome.value;

export function groupedWritesSuite({ name, create }: StorageUnderTest): void {
  describe(`writes that wait together, in storage ${name}`, () => {
    let store: Store;

    beforeEach(async () => {
      const directory = await makeTempDirectory();
      const storage = create(directory);
      valueOf(await storage.open());
      const identity = { id: "a".repeat(32), createdAt: "2026-01-02T03:04:05.678Z" };
      const built = await storage.create("one", identity, 1, async (db) => {
        await db.schema
          .createTable("notes")
          .addColumn("id", storage.dialect.columnType("text") as never, (column) => column.primaryKey().notNull())
          .addColumn("text", storage.dialect.columnType("text") as never)
          .addColumn("touched", storage.dialect.columnType("number") as never)
          .execute();
        await db.schema.createIndex("notes_text").unique().on("notes").column("text").execute();
        return ok(undefined);
      });
      valueOf(built);
      store = valueOf(await storage.openStore("one"));
      return async () => {
        valueOf(await store.close());
        valueOf(await storage.close());
        await removeTempDirectory(directory);
      };
    });

    const insert = (id: string, text?: string): Outcome<string> =>
      store.write((db) => add(db, { id, ...(text === undefined ? {} : { text }) }));

    const ids = async (): Promise<readonly unknown[]> =>
      valueOf(
        await store.read(async (db) => ok(await db.selectFrom("notes").select("id").orderBy("id").execute())),
      ).map((row) => row["id"]);

    /** Makes the calls while somebody holds the writer, so that all of them wait together. */
    async function together<T>(calls: () => readonly Promise<T>[]): Promise<readonly T[]> {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const holding = store.write(
        async () => {
          await held;
          return ok(undefined);
        },
        { isAlone: true },
      );
      const made = calls();
      release();
      valueOf(await holding);
      return Promise.all(made);
    }

    /** One at a time, which must come to the same. */
    async function oneByOne<T>(calls: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
      const results: T[] = [];
      for (const call of calls) results.push(await call());
      return results;
    }

    const allAtOnce = <T>(calls: readonly (() => Promise<T>)[]): Promise<readonly T[]> =>
      together(() => calls.map((call) => call()));

    it("fail alone, each with its own error, and leave nothing", async () => {
      valueOf(await insert("there", "taken"));
      const bug = new Error("bug");
      const outcomes = await together(() => [
        insert("a"),
        insert("b", "taken"),
        store.write(async (db) => {
          await add(db, { id: "c" });
          return conflict();
        }),
        store.write(async (db) => {
          await add(db, { id: "d" });
          throw bug;
        }),
        store.write(async (db) => {
          await add(db, { id: "e", text: "taken" }).catch(() => undefined);
          return add(db, { id: "e" });
        }),
        store.write(async (db) => {
          void db.insertInto("notes").values({ id: "f" }).execute();
          return ok("unawaited");
        }),
        insert("g"),
      ]);
      expect(outcomes.map(codeOf)).toEqual([
        "ok",
        "unique_violation",
        "conflict",
        "internal",
        "ok",
        "request_invalid",
        "ok",
      ]);
      expect(refusalOf(outcomes[3]!, "internal").cause).toBe(bug);
      expect(await ids()).toEqual(["a", "e", "g", "there"]);
    });

    it("take place in the order of their calls, and see what those before have left", async () => {
      const seen = await together(() =>
        Array.from({ length: 40 }, (_, n) =>
          store.write(async (db) => {
            const before = await db.selectFrom("notes").select("id").execute();
            await add(db, { id: `${n}` });
            return n % 4 === 1 ? conflict() : ok(before.length);
          }),
        ),
      );
      const undoneBefore = (n: number) => Math.floor((n + 2) / 4);
      expect(seen.map(shownOf)).toEqual(
        Array.from({ length: 40 }, (_, n) => (n % 4 === 1 ? "conflict" : n - undoneBefore(n))),
      );
    });

    it("are there for every reader once they are acknowledged", async () => {
      const seen = await together(() =>
        Array.from({ length: 20 }, async (_, n) => {
          valueOf(await insert(`${n}`));
          return (await ids()).includes(`${n}`);
        }),
      );
      expect(seen).toEqual(Array(20).fill(true));
    });

    it("share no transaction with one that is to be alone", async () => {
      const order: string[] = [];
      const logged = (id: string, isAlone: boolean) =>
        store.write(
          async (db) => {
            order.push(`${id} begins`);
            await add(db, { id });
            order.push(`${id} ends`);
            return id === "alone" ? conflict() : ok(undefined);
          },
          { isAlone },
        );
      const outcomes = await together(() => [logged("a", false), logged("alone", true), logged("b", false)]);
      expect(outcomes.map(codeOf)).toEqual(["ok", "conflict", "ok"]);
      expect(order).toEqual(["a begins", "a ends", "alone begins", "alone ends", "b begins", "b ends"]);
      expect(await ids()).toEqual(["a", "b"]);
    });

    it("let a change of the schema have its turn, however many come after it", async () => {
      let acknowledged = 0;
      const [changed] = await together<Result<unknown, EngineError>>(() => {
        const before = Array.from({ length: 5 }, (_, n) => insert(`before ${n}`));
        const change = store.writeSchema(2, async (db) => {
          const rows = await db.selectFrom("notes").select("id").execute();
          return rows.length === before.length ? ok(undefined) : conflict();
        });
        const counted = (outcome: Result<unknown, EngineError>) => ((acknowledged += 1), outcome);
        const after = Array.from({ length: 50 }, (_, n) => insert(`later ${n}`).then(counted));
        return [change.then((outcome) => (expect(acknowledged).toBe(0), outcome)), ...before, ...after];
      });
      valueOf(changed!);
      expect(store.schemaVersion).toBe(2);
      expect(await ids()).toHaveLength(55);
    });

    it("are not harmed by those that end at their deadline, in a statement or between two", async () => {
      const endless = sql`with recursive c(n) as (select 1 union all select n + 1 from c where n < 1000000000)
        insert into notes (id) select max(n) from c`;
      const hanging = async (db: StoreExecutor): Outcome<string> => {
        await add(db, { id: "hanging" });
        return new Promise<never>(() => undefined);
      };
      const running = async (db: StoreExecutor): Outcome<string> => {
        await add(db, { id: "running" });
        await endless.execute(db);
        return ok("ended");
      };
      const statement = async (db: StoreExecutor) => {
        await endless.execute(db);
        return ok("ended");
      };
      const deadlineMs = 20;
      const outcomes = await together(() => [
        insert("a"),
        store.write(hanging, { deadlineMs }),
        insert("b"),
        store.write(running, { deadlineMs }),
        insert("c"),
        store.write(running, { deadlineMs, shortcut: { statement } }),
        insert("d"),
      ]);
      const late = [1, 3, 5];
      expect(outcomes.map(codeOf)).toEqual(outcomes.map((_, index) => (late.includes(index) ? "database_busy" : "ok")));
      for (const index of late) expect(refusalOf(outcomes[index]!, "database_busy").message).toMatch(/20 ms/);
      expect(await ids()).toEqual(["a", "b", "c", "d"]);
      refusalOf(await store.write(running, { deadlineMs, shortcut: { statement } }), "database_busy");
    });

    describe("tell whoever listens how they ended", () => {
      const heard: string[] = [];
      beforeEach(() => void heard.splice(0));
      const listen = (db: StoreExecutor, id: string) =>
        onTransactionEnd(db, (isCommitted) => heard.push(`${id} ${isCommitted ? "committed" : "undone"}`));

      const write = (id: string, end: "ok" | "conflict", options?: WriteOptions<string>) =>
        store.write(async (db) => {
          listen(db, id);
          await add(db, { id });
          return end === "ok" ? ok(id) : conflict();
        }, options);

      it.each([
        ["one by one", oneByOne],
        ["at once", allAtOnce],
      ])("%s", async (_, run) => {
        const calls = [
          () => write("a", "ok"),
          () => write("b", "conflict"),
          () => write("c", "conflict", { isAlone: true }),
          () =>
            store.write(async (db) => {
              listen(db, "d");
              void (await inSavepoint(db, async () => (listen(db, "part of d"), conflict())));
              void (await inSavepoint(db, async () => (listen(db, "rest of d"), ok(undefined))));
              return ok("d");
            }),
          () =>
            write("e", "ok", {
              shortcut: {
                statement: async (db) => {
                  listen(db, "statement of e");
                  return add(db, { id: "e" });
                },
              },
            }),
          () =>
            write("f", "ok", {
              shortcut: {
                statement: async (db) => {
                  listen(db, "refused statement of f");
                  return add(db, { id: "a" });
                },
              },
            }),
        ];
        await run(calls);
        expect(heard.toSorted()).toEqual([
          "a committed",
          "b undone",
          "c undone",
          "d committed",
          "f committed",
          "part of d undone",
          "refused statement of f undone",
          "rest of d committed",
          "statement of e committed",
        ]);
      });

      it("and nobody else", async () => {
        const read = await store.read(async (db) => {
          listen(db, "reader");
          return ok(undefined);
        });
        refusalOf(read, "internal");
      });
    });

    describe("by shortcuts", () => {
      /** The whole write as one statement; `gives` undefined leaves it to the work. */
      const byStatement = (row: Row, gives: string | undefined) =>
        store.write((db) => add(db, row), {
          shortcut: {
            statement: async (db) => {
              if (gives === undefined) {
                await db.deleteFrom("notes").where("id", "=", "nobody").execute();
                return undefined;
              }
              await add(db, row);
              return ok(gives);
            },
          },
        });

      it.each([
        ["one by one", oneByOne],
        ["at once", allAtOnce],
      ])("of one statement come to what the statement gives, else to what the work gives: %s", async (_, run) => {
        valueOf(await insert("there", "taken"));
        const outcomes = await run([
          () => byStatement({ id: "a" }, "a by its statement"),
          () => byStatement({ id: "b" }, undefined),
          () => byStatement({ id: "c", text: "taken" }, "c by its statement"),
          () => byStatement({ id: "d" }, "d by its statement"),
        ]);
        expect(outcomes.map(shownOf)).toEqual([
          "a by its statement",
          "b by its work",
          "unique_violation",
          "d by its statement",
        ]);
        expect(await ids()).toEqual(["a", "b", "d", "there"]);
      });

      interface Item extends Row {
        /** Leaves the item to its work. */
        readonly isLeft?: boolean;
      }

      const inBatch = (item: Item, { isOneStatement = true, key = "notes" } = {}) =>
        store.write((db) => add(db, item), {
          shortcut: {
            batch: {
              ...{ key: `${key} ${isOneStatement}`, item, bytes: 100, isOneStatement },
              async run(db, items) {
                if (!isOneStatement) await db.updateTable("notes").set({ touched: 1 }).execute();
                const rows = (items as readonly Item[]).filter(({ isLeft }) => !isLeft);
                await db
                  .insertInto("notes")
                  .values(rows.map(({ id, text }) => ({ id, text: text ?? null })))
                  .execute();
                return (items as readonly Item[]).map(({ isLeft, id }) =>
                  isLeft ? undefined : ok(`${id} in a batch`),
                );
              },
            },
          },
        });

      it.each([true, false])("of a batch go together; what it leaves goes alone (one statement: %s)", async (one) => {
        const outcomes = await together(() => [
          ...["a", "b", "c"].map((id) => inBatch({ id, isLeft: id === "b" }, { isOneStatement: one })),
          insert("d"),
          ...["e", "f"].map((id) => inBatch({ id }, { isOneStatement: one })),
          ...["g", "h"].map((id) => inBatch({ id }, { isOneStatement: one, key: "others" })),
        ]);
        // Who goes with whom is the store's own affair, but for those that the batch has left.
        for (const [index, outcome] of outcomes.entries()) {
          const id = "abcdefgh"[index]!;
          expect([...("bd".includes(id) ? [] : [`${id} in a batch`]), `${id} by its work`]).toContain(shownOf(outcome));
        }
        expect(await ids()).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
      });

      it.each([true, false])(
        "of a batch that is refused go alone, and nothing of it is left (one statement: %s)",
        async (one) => {
          valueOf(await insert("there", "taken"));
          const items = ["a", "b", "c"].map((id) => ({ id, ...(id === "b" ? { text: "taken" } : {}) }));
          const all = await together(() => items.map((item) => inBatch(item, { isOneStatement: one })));
          expect(all.map(shownOf)).toEqual(["a by its work", "unique_violation", "c by its work"]);
          const mixed = await together(() => [
            insert("d"),
            ...items.map((item) => inBatch({ ...item, id: `${item.id}2` }, { isOneStatement: one })),
          ]);
          expect(mixed.map(shownOf)).toEqual(["d by its work", "a2 by its work", "unique_violation", "c2 by its work"]);
          expect(await ids()).toEqual(["a", "a2", "c", "c2", "d", "there"]);
          const touched = valueOf(
            await store.read(async (db) => ok(await db.selectFrom("notes").select("touched").execute())),
          );
          expect(touched.every((row) => row["touched"] === null)).toBe(true);
        },
      );

      it("of one statement that run another after it are an error, and nothing is left", async () => {
        const write = (id: string) =>
          store.write((db) => add(db, { id }), {
            shortcut: {
              statement: async (db) => {
                await add(db, { id: `${id} first` });
                return add(db, { id });
              },
            },
          });
        const outcomes = await together(() => [insert("a"), write("b"), insert("c")]);
        expect(outcomes.map(codeOf)).toEqual(["ok", "internal", "ok"]);
        expect(await ids()).toEqual(["a", "c"]);
      });

      it("of one statement may ask before, and what they refuse then runs by its work", async () => {
        const write = (id: string) =>
          store.write((db) => add(db, { id }), {
            shortcut: {
              statement: async (db) => {
                const { asked } = await db.selectNoFrom(sql<string>`${id}`.as("asked")).executeTakeFirstOrThrow();
                if (asked === "no") return undefined;
                return (await add(db, { id })).map(() => `${id} by its statement`);
              },
            },
          });
        expect(shownOf(await write("lone"))).toBe("lone by its statement");
        const outcomes = await together(() => [write("a"), write("no"), write("c")]);
        expect(outcomes.map(shownOf)).toEqual(["a by its statement", "no by its work", "c by its statement"]);
        expect(await ids()).toEqual(["a", "c", "lone", "no"]);
      });
    });

    it("are 600 and more, and all heard", async () => {
      const outcomes = await together(() => Array.from({ length: 650 }, (_, n) => insert(`${n}`, `${n % 600}`)));
      expect(outcomes.filter((outcome) => outcome.isErr())).toHaveLength(50);
      expect(outcomes.slice(0, 600).every((outcome) => outcome.isOk())).toBe(true);
      expect(await ids()).toHaveLength(600);
    });
  });
}
