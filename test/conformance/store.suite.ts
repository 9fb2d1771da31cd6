// What every storage must do, written once. store.test.ts runs it over each of them.
import { sql } from "kysely";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { EngineError } from "../../lib/base/errors.js";
import { err, ok, type Result } from "../../lib/base/result.js";
import type { KeyedQuery, Storage, Store, StoreExecutor } from "../../lib/storage/storage.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

export interface StorageUnderTest {
  readonly name: string;
  /** A storage over the given directory; called again for the same one it finds what was there. */
  create(directory: string): Storage;
}

const identityOf = (mark: string) => ({ id: mark.repeat(32), createdAt: "2026-01-02T03:04:05.678Z" });

export function storeSuite({ name, create }: StorageUnderTest): void {
  describe(`storage ${name}`, () => {
    let directory: string;
    let storage: Storage;
    const opened = new Set<Store>();

    const buildNotes = async (db: StoreExecutor) => {
      await db.schema
        .createTable("notes")
        .addColumn("id", storage.dialect.columnType("text") as never, (column) => column.primaryKey().notNull())
        .addColumn("text", storage.dialect.columnType("text") as never)
        .addColumn("size", storage.dialect.columnType("number") as never)
        .addColumn("done", storage.dialect.columnType("boolean") as never)
        .execute();
      await db.schema.createIndex("notes_text").unique().on("notes").column("text").execute();
      return ok(undefined);
    };
    const make = async (name: string, mark = "a") =>
      valueOf(await storage.create(name, identityOf(mark), 3, buildNotes));
    const open = async (name: string) => {
      const store = valueOf(await storage.openStore(name));
      opened.add(store);
      return store;
    };
    const insert = (store: Store, id: string, text: string | null = null) =>
      store.write(async (db) => ok(await db.insertInto("notes").values({ id, text }).execute()));
    const ids = async (store: Store) =>
      valueOf(
        await store.read(async (db) => ok(await db.selectFrom("notes").select("id").orderBy("id").execute())),
      ).map((row) => row["id"]);

    beforeEach(async () => {
      directory = await makeTempDirectory();
      storage = create(directory);
      valueOf(await storage.open());
      return async () => {
        for (const store of opened) await store.close();
        opened.clear();
        await storage.close();
        await removeTempDirectory(directory);
      };
    });

    describe("life of a database", () => {
      it("starts empty", async () => {
        expect(valueOf(await storage.list())).toEqual([]);
        expect(valueOf(await storage.stat("none"))).toBeNull();
      });

      it("keeps what was made over a close and an open", async () => {
        await make("one");
        valueOf(await insert(await open("one"), "x"));
        for (const store of opened) valueOf(await store.close());
        valueOf(await storage.close());
        storage = create(directory);
        valueOf(await storage.open());
        const store = await open("one");
        expect(store.identity).toEqual(identityOf("a"));
        expect(store.schemaVersion).toBe(3);
        expect(await ids(store)).toEqual(["x"]);
      });

      it("lists by name, and tells one file from another under the same name", async () => {
        await make("b");
        await make("a");
        expect(valueOf(await storage.list()).map((entry) => entry.name)).toEqual(["a", "b"]);
        const before = valueOf(await storage.stat("a"));
        expect(before?.sizeBytes).toBeGreaterThan(0);
        valueOf(await storage.remove("a"));
        await make("a", "b");
        expect(valueOf(await storage.stat("a"))?.fingerprint).not.toBe(before?.fingerprint);
      });

      it("makes one of two with the same name", async () => {
        const outcomes = await Promise.all(
          ["a", "b"].map((mark) => storage.create("twin", identityOf(mark), 1, buildNotes)),
        );
        expect(outcomes.filter((outcome) => outcome.isOk())).toHaveLength(1);
        refusalOf(outcomes.find((outcome) => outcome.isErr()) ?? ok(null), "database_exists");
        expect(["a", "b"]).toContain((await open("twin")).identity.id[0]);
      });

      it("leaves nothing of a database whose building failed", async () => {
        const failed = await storage.create("half", identityOf("a"), 1, async (db) => {
          await buildNotes(db);
          return err(new EngineError("conflict", {}) as EngineError);
        });
        refusalOf(failed, "conflict");
        const thrown = await storage.create("half", identityOf("a"), 1, () => Promise.reject(new Error("bug")));
        expect(refusalOf(thrown, "internal").cause).toBeInstanceOf(Error);
        expect(valueOf(await storage.list())).toEqual([]);
        refusalOf(await storage.openStore("half"), "database_not_found");
      });

      it("removes for good, and the name is free at once", async () => {
        await make("one");
        const store = await open("one");
        valueOf(await insert(store, "x"));
        valueOf(await store.close());
        valueOf(await storage.remove("one"));
        refusalOf(await storage.remove("one"), "database_not_found");
        refusalOf(await storage.inspect("one"), "database_not_found");
        await make("one", "b");
        const second = await open("one");
        expect(second.identity.id).toBe(identityOf("b").id);
        expect(await ids(second)).toEqual([]);
      });

      it("does not open, make or remove an open one", async () => {
        await make("one");
        const store = await open("one");
        refusalOf(await storage.openStore("one"), "database_busy");
        refusalOf(await storage.remove("one"), "database_busy");
        refusalOf(await storage.close(), "database_busy");
        expect(await ids(store)).toEqual([]);
      });

      it("tells what a database is, open or closed, without keeping it", async () => {
        await make("one");
        const expected = { status: "ready", identity: identityOf("a"), schemaVersion: 3 };
        expect(valueOf(await storage.inspect("one"))).toEqual(expected);
        valueOf(await (await open("one")).writeSchema(4, async () => ok(undefined)));
        expect(valueOf(await storage.inspect("one"))).toEqual({ ...expected, schemaVersion: 4 });
      });

      it.each(["../up", "a/b", "", ".hidden", "a\0b", ".."])("refuses the name %j", async (bad) => {
        refusalOf(await storage.create(bad, identityOf("a"), 1, buildNotes), "database_name_invalid");
        refusalOf(await storage.openStore(bad), "database_name_invalid");
        refusalOf(await storage.remove(bad), "database_name_invalid");
        refusalOf(await storage.stat(bad), "database_name_invalid");
      });

      it("tells by footprints that nothing was written, however it was opened, read, copied and closed", async () => {
        expect(valueOf(await storage.footprint("one"))).toBe(null);
        await make("one");
        const inRun = async () => valueOf(await storage.footprint("one"))?.inRun;
        const first = await inRun();
        let store = await open("one");
        expect(await inRun()).toBe(first);
        await ids(store);
        await valueOf(await store.snapshot()).discard();
        expect(await inRun()).toBe(first);
        const before = insert(store, "n1");
        valueOf(await before);
        const written = await inRun();
        expect(written).not.toBe(first);
        // Closing merges the log into the file: other bytes, the same content.
        valueOf(await store.close());
        expect(await inRun()).toBe(written);
        store = await open("one");
        await ids(store);
        valueOf(await store.close());
        valueOf(await storage.inspect("one"));
        expect(await inRun()).toBe(written);
        valueOf(await storage.remove("one"));
        await make("one");
        expect([first, written]).not.toContain(await inRun());
      });

      it("tells by footprints that nothing was written between two runs", async () => {
        await make("one");
        await make("two");
        const store = await open("one");
        valueOf(await insert(store, "n1"));
        // What has just been written is not told: a later write could look the same.
        expect(valueOf(await storage.footprint("one"))?.atRest).toBe(null);
        valueOf(await store.close());
        await expect
          .poll(async () => valueOf(await storage.footprint("one"))?.atRest, { timeout: 10_000 })
          .not.toBe(null);
        const [one, two] = [valueOf(await storage.footprint("one"))!, valueOf(await storage.footprint("two"))!];
        valueOf(await storage.close());
        storage = create(directory);
        valueOf(await storage.open());
        const again = await open("two");
        await ids(again);
        expect(valueOf(await storage.footprint("one"))).toMatchObject({ asFound: one.atRest });
        expect(valueOf(await storage.footprint("two"))).toMatchObject({ asFound: two.atRest });
        expect(valueOf(await storage.footprint("one"))!.inRun).not.toBe(one.inRun);
        valueOf(await insert(again, "n1"));
        expect(valueOf(await storage.footprint("two"))).toMatchObject({ asFound: null, atRest: null });
        valueOf(await again.close());
        expect(valueOf(await storage.footprint("two"))!.asFound).toBe(null);
      });

      it("is held by one, and refuses everything when closed", async () => {
        const second = create(directory);
        refusalOf(await second.open(), "data_directory_locked");
        refusalOf(await second.list(), "engine_closed");
        valueOf(await storage.close());
        valueOf(await storage.close());
        refusalOf(await storage.create("one", identityOf("a"), 1, buildNotes), "engine_closed");
        valueOf(await second.open());
        valueOf(await second.close());
      });
    });

    describe("reads and writes", () => {
      let store: Store;

      beforeEach(async () => {
        await make("one");
        store = await open("one");
      });

      it("keeps numbers exactly", async () => {
        const numbers = [
          0,
          -1,
          2 ** 31,
          1_700_000_000_000,
          Number.MAX_SAFE_INTEGER,
          -(2 ** 53) + 1,
          0.1,
          5e-324,
          1e308,
        ];
        valueOf(
          await store.write(async (db) => {
            for (const [index, size] of numbers.entries()) {
              await db
                .insertInto("notes")
                .values({ id: String(index), size })
                .execute();
            }
            return ok(undefined);
          }),
        );
        const rows = valueOf(
          await store.read(async (db) => ok(await db.selectFrom("notes").select(["id", "size"]).execute())),
        );
        expect(new Map(rows.map((row) => [row["id"], row["size"]]))).toEqual(
          new Map(numbers.map((size, index) => [String(index), size])),
        );
      });

      it("tells how many rows were changed", async () => {
        valueOf(await insert(store, "a"));
        valueOf(await insert(store, "b"));
        const result = valueOf(
          await store.write(async (db) => ok(await db.updateTable("notes").set({ done: true }).executeTakeFirst())),
        );
        expect(result.numUpdatedRows).toBe(2n);
        const deleted = valueOf(
          await store.write(async (db) => ok(await sql`delete from ${sql.table("notes")}`.execute(db))),
        );
        expect(deleted.numAffectedRows).toBe(2n);
      });

      it("gives rows of a writing statement that returns them", async () => {
        const rows = valueOf(
          await store.write(async (db) =>
            ok(await db.insertInto("notes").values({ id: "a" }).returning("id").execute()),
          ),
        );
        expect(rows).toEqual([{ id: "a" }]);
      });

      it("inserts 100 rows of 60 columns in one statement", async () => {
        const columns = Array.from({ length: 60 }, (_, index) => `a_rather_long_name_of_a_column_${index}`);
        valueOf(
          await store.write(async (db) => {
            let table = db.schema.createTable("wide");
            for (const column of columns) table = table.addColumn(column, storage.dialect.columnType("text") as never);
            await table.execute();
            const row = Object.fromEntries(columns.map((column) => [column, "x"]));
            await db
              .insertInto("wide")
              .values(Array.from({ length: 100 }, () => row))
              .execute();
            return ok(undefined);
          }),
        );
        const count = valueOf(
          await store.read(async (db) =>
            ok(
              await db
                .selectFrom("wide")
                .select((eb) => eb.fn.countAll().as("n"))
                .executeTakeFirst(),
            ),
          ),
        );
        expect(Number(count?.["n"])).toBe(100);
      });

      it("runs a predicate of 400 comparisons, 20 levels deep", async () => {
        valueOf(await insert(store, "x399"));
        const rows = valueOf(
          await store.read(async (db) =>
            ok(
              await db
                .selectFrom("notes")
                .select("id")
                .where((eb) => {
                  let any = eb("notes.id", "=", "x0");
                  for (let index = 1; index < 400; index += 1) any = eb.or([any, eb("notes.id", "=", `x${index}`)]);
                  let nested = any;
                  for (let level = 0; level < 20; level += 1) nested = eb.not(eb.not(nested));
                  return nested;
                })
                .execute(),
            ),
          ),
        );
        expect(rows).toEqual([{ id: "x399" }]);
      });

      it("rolls back on Err and on a throw", async () => {
        const refused = await store.write(async (db) => {
          await db.insertInto("notes").values({ id: "a" }).execute();
          return err(new EngineError("conflict", {}) as EngineError);
        });
        refusalOf(refused, "conflict");
        const bug = new Error("bug");
        const thrown = await store.write(async (db) => {
          await db.insertInto("notes").values({ id: "b" }).execute();
          throw bug;
        });
        expect(refusalOf(thrown, "internal").cause).toBe(bug);
        expect(await ids(store)).toEqual([]);
      });

      it("names the collection and the fields of a violated unique constraint, and the transaction goes on", async () => {
        valueOf(await insert(store, "a", "same"));
        const outcome = await store.write(async (db) => {
          await db
            .insertInto("notes")
            .values({ id: "b", text: "same" })
            .execute()
            .catch(() => undefined);
          await db.insertInto("notes").values({ id: "c", text: "other" }).execute();
          return ok(undefined);
        });
        valueOf(outcome);
        expect(await ids(store)).toEqual(["a", "c"]);
        expect(refusalOf(await insert(store, "d", "same"), "unique_violation").details).toEqual({
          collection: "notes",
          fields: ["text"],
        });
      });

      it("refuses what it cannot keep exactly", async () => {
        for (const value of [1n, Number.NaN, Symbol("s"), new Date(0), {}, "\ud800", "a\0b"]) {
          const outcome = await store.write(async (db) =>
            ok(await db.insertInto("notes").values({ id: "a", text: value }).execute()),
          );
          expect(refusalOf(outcome, "request_invalid").details).toEqual({ parameter: "1" });
        }
        expect(await ids(store)).toEqual([]);
      });

      it("puts 8 writers in a row, none lost, none mixed", async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, writer) =>
            store.write(async (db) => {
              for (let index = 0; index < 5; index += 1) {
                await db
                  .insertInto("notes")
                  .values({ id: `${writer}-${index}` })
                  .execute();
              }
              return writer === 3 ? err(new EngineError("conflict", {}) as EngineError) : ok(undefined);
            }),
          ),
        );
        expect(outcomes.map((outcome) => outcome.isOk())).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => n !== 3));
        expect(await ids(store)).toHaveLength(35);
      });

      it("tells what waits in line, and what runs", async () => {
        expect(store.queues).toEqual({ reads: 0, writes: 0 });
        let waiting: number | undefined;
        const first = store.write(async (db) => {
          const later = [insert(store, "b"), insert(store, "c")];
          await db.insertInto("notes").values({ id: "a" }).execute();
          waiting = store.queues.writes;
          void later;
          return ok(undefined);
        });
        valueOf(await first);
        expect(waiting).toBe(2);
        valueOf(await insert(store, "d"));
        expect(store.queues).toEqual({ reads: 0, writes: 0 });
        const { limit, running, waiting: calls } = storage.load.nativeCalls;
        expect(limit).toBeGreaterThan(0);
        expect([running, calls]).toEqual([0, 0]);
      });

      it("may be opened for a write first, and reads all the same", async () => {
        valueOf(await insert(store, "a"));
        valueOf(await store.close());
        store = valueOf(await storage.openStore("one", { writesFirst: true }));
        opened.add(store);
        valueOf(await insert(store, "b"));
        expect(await ids(store)).toEqual(["a", "b"]);
        refusalOf(await storage.openStore("two", { writesFirst: true }), "database_not_found");
      });

      it("reads the committed state beside an open write", async () => {
        valueOf(
          await store.write(async (db) => {
            await db.insertInto("notes").values({ id: "a" }).execute();
            expect(await ids(store)).toEqual([]);
            return ok(undefined);
          }),
        );
        expect(await ids(store)).toEqual(["a"]);
      });

      it("names its states so that what is read between two equal names is of one", async () => {
        const seen = new Map<number, Set<string>>();
        let isOver = false;
        const reader = async () => {
          while (!isOver) {
            const before = store.state;
            const found = (await ids(store)).join();
            if (before === undefined || store.state !== before) continue;
            seen.set(before, (seen.get(before) ?? new Set<string>()).add(found));
          }
        };
        const readers = [reader(), reader()];
        for (let n = 0; n < 60; n += 1) {
          const id = `n${n}`;
          const work = async (db: StoreExecutor) => {
            await db.insertInto("notes").values({ id }).execute();
            return n % 5 === 4 ? err(new EngineError("conflict", {})) : ok(undefined);
          };
          const statement = async (db: StoreExecutor) => {
            await db.insertInto("notes").values({ id }).execute();
            return ok(undefined);
          };
          const before = store.state;
          // As one statement, in a group, and alone.
          if (n % 3 === 0) valueOf(await store.write(statement, { shortcut: { statement } }));
          else if (n % 3 === 1) await Promise.all([store.write(work), insert(store, `${id}+`)]);
          else await store.write(work, { isAlone: true });
          expect(store.state).not.toBe(before);
        }
        isOver = true;
        await Promise.all(readers);
        expect(seen.size).toBeGreaterThan(1);
        for (const [state, found] of seen) expect([...found], `state ${state}`).toHaveLength(1);
      });

      it("goes on in its state while a write is not committed", async () => {
        const before = store.state;
        valueOf(
          await store.write(
            async (db) => {
              await db.insertInto("notes").values({ id: "a" }).execute();
              expect(store.state).toBe(before);
              return ok(undefined);
            },
            { isAlone: true },
          ),
        );
        expect(store.state).not.toBe(before);
      });

      it("counts the writes that nobody follows", async () => {
        const before = store.unfollowedWrites;
        valueOf(await store.write(async () => ok(undefined), { isFollowed: true }));
        refusalOf(
          await store.write(async () => err(new EngineError("conflict", {})), { isFollowed: true }),
          "conflict",
        );
        expect(store.unfollowedWrites).toBe(before);
        valueOf(await insert(store, "a"));
        valueOf(await store.writeSchema(5, async () => ok(undefined)));
        valueOf(await store.upgrade(6, []));
        expect(store.unfollowedWrites).toBe(before + 3);
      });

      describe("by key", () => {
        /** Notes that are not the one named by a value. */
        const notesBut = (): KeyedQuery => {
          const { dialect } = storage;
          const item = dialect.jsonObject([
            ["id", sql.ref("notes.id")],
            ["text", sql.ref("notes.text")],
          ]);
          const key = sql`${"the key"}`;
          const rest = sql`coalesce(${sql.ref("notes.text")}, '') <> ${"the value"}`;
          const one = sql`select ${item} as "item" from ${sql.table("notes")} where ${sql.ref("notes.id")} = ${key} and ${rest}`;
          const many = sql`select ${dialect.keyedItems(sql.ref("notes.id"), item)} as "item" from ${sql.table("notes")} where ${sql.ref("notes.id")} in (select ${sql.id("keys", "value")} from ${dialect.elementsOf(key)} as ${sql.id("keys")}) and ${rest}`;
          return { one: one.compile(dialect.builder).sql, many: many.compile(dialect.builder).sql, keyAt: 0 };
        };
        const itemsOf = (outcomes: readonly Result<string | undefined, EngineError>[]) =>
          outcomes.map((outcome) => (outcome.isErr() ? outcome.error.code : (outcome.value ?? "none")));
        const texts = ["plain", "two\nlines", "{braces}", "", "ünï 🙂", '"quoted" \\ \t'];
        const noteOf = (id: string, text: string) => JSON.stringify({ id, text });

        beforeEach(async () => {
          for (const [index, text] of texts.entries()) valueOf(await insert(store, `n${index}`, text));
        });

        it("gives each of many callers the item of his key under his values", async () => {
          const query = notesBut();
          const calls = Array.from({ length: 300 }, (_, n) => ({ key: `n${n % 8}`, but: texts[n % 5]!, n: n % 8 }));
          const given = await Promise.all(calls.map(({ key, but }) => store.readByKey(query, [but], key)));
          const wanted = calls.map(({ key, but, n }) =>
            texts[n] === undefined || texts[n] === but ? "none" : noteOf(key, texts[n]),
          );
          expect(itemsOf(given)).toEqual(wanted);
        });

        it("sees what was committed before the call, while others are under way", async () => {
          const query = notesBut();
          for (let n = 0; n < 30; n += 1) {
            const others = texts.map((_, index) => store.readByKey(query, [""], `n${index}`));
            valueOf(
              await store.write(async (db) =>
                ok(
                  await db
                    .updateTable("notes")
                    .set({ text: `change ${n}` })
                    .where("id", "=", "n0")
                    .execute(),
                ),
              ),
            );
            expect(valueOf(await store.readByKey(query, [""], "n0"))).toBe(noteOf("n0", `change ${n}`));
            await Promise.all(others);
          }
        });

        it("tells each what is wrong with his own", async () => {
          const query = notesBut();
          const halfBroken = { ...query, many: "select nothing from nowhere" };
          const keys = ["n0", "n1", "none", "n2"];
          const given = await Promise.all(keys.map((key) => store.readByKey(halfBroken, ["x"], key)));
          expect(itemsOf(given)).toEqual([
            noteOf("n0", texts[0]!),
            noteOf("n1", texts[1]!),
            "none",
            noteOf("n2", texts[2]!),
          ]);
          const refused = await Promise.all(keys.map((key) => store.readByKey(query, ["a\0b"], key)));
          expect(itemsOf(refused)).toEqual(keys.map(() => "request_invalid"));
        });

        it("waits with closing for those under way, and refuses later ones", async () => {
          const query = notesBut();
          const under = texts.map((_, index) => store.readByKey(query, ["x"], `n${index}`));
          const closing = store.close();
          refusalOf(await store.readByKey(query, ["x"], "n0"), "engine_closed");
          expect(itemsOf(await Promise.all(under))).toEqual(texts.map((text, index) => noteOf(`n${index}`, text)));
          valueOf(await closing);
        });
      });

      it("asks once for all who wait with the same key, after whatever was committed before", async () => {
        let asked = 0;
        const count = (key: string) =>
          store.readShared(key, async (db) => {
            asked += 1;
            const rows = await db.selectFrom("notes").select("id").execute();
            return ok(Object.freeze({ key, notes: rows.length }));
          });
        for (let n = 0; n < 10; n += 1) {
          const others = Array.from({ length: 30 }, (_, at) => count(`k${at % 3}`));
          valueOf(await insert(store, `n${n}`));
          expect(valueOf(await count("k0"))).toEqual({ key: "k0", notes: n + 1 });
          const given = (await Promise.all(others)).map(valueOf);
          expect(given.map(({ key }) => key)).toEqual(others.map((_, at) => `k${at % 3}`));
        }
        // Of 310: in each round every key at most once at once and once for all who waited, and the last one after it.
        expect(asked).toBeLessThanOrEqual(70);
        const refused = Array.from({ length: 3 }, () =>
          store.readShared("bad", async (db) => ok(await db.deleteFrom("notes").execute())),
        );
        for (const each of await Promise.all(refused)) refusalOf(each, "storage_readonly");
      });

      it("does not let a read write", async () => {
        const outcome = await store.read(async (db) => ok(await db.deleteFrom("notes").execute()));
        refusalOf(outcome, "storage_readonly");
      });

      it("rolls back when a statement was not awaited", async () => {
        const outcome = await store.write(async (db) => {
          void db.insertInto("notes").values({ id: "a" }).execute();
          return ok(undefined);
        });
        expect(refusalOf(outcome, "request_invalid").message).toMatch(/await every call/i);
        expect(await ids(store)).toEqual([]);
      });

      it("refuses an executor after its transaction", async () => {
        const [leaked] = [valueOf(await store.write(async (db) => ok({ db })))];
        await expect(leaked.db.insertInto("notes").values({ id: "a" }).execute()).rejects.toMatchObject({
          code: "request_invalid",
        });
        expect(await ids(store)).toEqual([]);
      });

      it("ends a write at its deadline, in the middle of a statement or between two", async () => {
        const endless = sql`with recursive c(n) as (select 1 union all select n + 1 from c where n < 1000000000)
          insert into notes (id) select max(n) from c`;
        const running = store.write(async (db) => ok(await endless.execute(db)), { deadlineMs: 20 });
        expect(refusalOf(await running, "database_busy").message).toMatch(/20 ms/);
        const hanging = store.write(
          async (db) => {
            await db.insertInto("notes").values({ id: "a" }).execute();
            return new Promise<never>(() => undefined);
          },
          { deadlineMs: 20 },
        );
        refusalOf(await hanging, "database_busy");
        valueOf(await insert(store, "b"));
        expect(await ids(store)).toEqual(["b"]);
      });

      it("upgrades by all statements or none of them, and goes on", async () => {
        const made = ['create table "a" ("id" text)', 'create table "b" ("id" text default \'it;s\')'];
        const before = valueOf(await storage.footprint("one"));
        valueOf(await store.upgrade(7, made));
        expect(store.schemaVersion).toBe(7);
        expect(valueOf(await storage.footprint("one"))?.inRun).not.toBe(before?.inRun);
        valueOf(await store.write(async (db) => ok(await db.insertInto("b").values({ id: "x" }).execute())));
        valueOf(await insert(store, "1", "same"));
        valueOf(await store.upgrade(8, ['drop index "notes_text"']));
        valueOf(await insert(store, "2", "same"));
        const failing = ['create table "c" ("id" text)', 'create unique index "again" on "notes" ("text")'];
        refusalOf(await store.upgrade(9, failing), "unique_violation");
        refusalOf(await store.upgrade(9, ['create table "d" ("id" text)', "no statement"]), "internal");
        expect(store.schemaVersion).toBe(8);
        const tables = valueOf(
          await store.read(async (db) => ok((await sql`select name from sqlite_schema`.execute(db)).rows)),
        );
        const names = tables.map((row) => (row as { name: string }).name);
        expect(names).toEqual(expect.arrayContaining(["a", "b"]));
        expect(names).not.toEqual(expect.arrayContaining(["c"]));
        expect(names).not.toEqual(expect.arrayContaining(["d"]));
        // Nothing of the refused one is left open.
        valueOf(await insert(store, "3"));
        refusalOf(await store.upgrade(-1, []), "request_invalid");
        valueOf(await store.close());
        expect((await open("one")).schemaVersion).toBe(8);
      });

      it("moves the schema version with the commit, and only with it", async () => {
        valueOf(
          await store.writeSchema(9, async (db) => {
            await db.schema
              .createTable("more")
              .addColumn("id", storage.dialect.columnType("text") as never)
              .execute();
            return ok(undefined);
          }),
        );
        const refused = await store.writeSchema(10, async (db) => {
          await db.schema.dropTable("more").execute();
          return err(new EngineError("conflict", {}) as EngineError);
        });
        refusalOf(refused, "conflict");
        expect(store.schemaVersion).toBe(9);
        valueOf(await store.read(async (db) => ok(await db.selectFrom("more").selectAll().execute())));
        valueOf(await store.close());
        expect((await open("one")).schemaVersion).toBe(9);
      });

      it("copies itself whole while writes go on", async () => {
        valueOf(await insert(store, "a"));
        const [copied] = await Promise.all([store.snapshot(), insert(store, "b")]);
        const copy = valueOf(copied);
        expect(copy.identity).toEqual(store.identity);
        expect(copy.schemaVersion).toBe(3);
        expect(valueOf(await storage.list()).map((entry) => entry.name)).toEqual(["one"]);
        const found = valueOf(
          await copy.read(async (db) => ok(await db.selectFrom("notes").select("id").orderBy("id").execute())),
        );
        expect(found.map(({ id }) => id)).toContain("a");
        expect(copy.objects.map((object) => object.name)).toEqual(expect.arrayContaining(["notes", "notes_text"]));
        await copy.discard();
        await copy.discard();
        refusalOf(await copy.read(async () => ok(null)), "storage_failed");
      });

      it("gives its copy's bytes, and takes them in again", async () => {
        valueOf(await insert(store, "a", "text"));
        const copy = valueOf(await store.snapshot());
        const received = valueOf(await storage.receive("two", copy.content()));
        expect(received).toMatchObject({
          identity: copy.identity,
          schemaVersion: 3,
          sizeBytes: copy.sizeBytes,
          objects: copy.objects,
          format: copy.format,
        });
        const rows = valueOf(await received.read(async (db) => ok(await db.selectFrom("notes").selectAll().execute())));
        expect(rows).toEqual([{ id: "a", text: "text", size: null, done: null }]);
        for (const detached of [copy, received]) await detached.discard();
      });

      it("refuses what it is given when that is no database, or breaks off", async () => {
        const contentOf = async function* (text: string, failure?: EngineError) {
          yield Buffer.from(text);
          if (failure) throw failure;
        };
        refusalOf(await storage.receive("two", contentOf("")), "database_corrupt");
        refusalOf(await storage.receive("two", contentOf("no database")), "database_corrupt");
        const broken = new EngineError("conflict", {}) as EngineError;
        expect(refusalOf(await storage.receive("two", contentOf("SQLite format 3", broken)), "conflict")).toBe(broken);
        expect(valueOf(await storage.list()).map((entry) => entry.name)).toEqual(["one"]);
      });

      it("ends what is under way when it is interrupted, and leaves only close", async () => {
        const reason = new EngineError("database_busy", {}, { message: "restored" }) as EngineError;
        let inside: () => void = () => undefined;
        const began = new Promise<void>((resolve) => (inside = resolve));
        let late: unknown;
        const written = store.write(async (db) => {
          await db.insertInto("notes").values({ id: "a" }).execute();
          inside();
          // Whatever the work waits for.
          await new Promise((resolve) => setTimeout(resolve, 50));
          late = await db
            .insertInto("notes")
            .values({ id: "b" })
            .execute()
            .catch((thrown: unknown) => thrown);
          return ok(null);
        });
        const queued = insert(store, "c");
        await began;
        store.interrupt(reason);
        expect(refusalOf(await written, "database_busy")).toBe(reason);
        expect(refusalOf(await queued, "database_busy")).toBe(reason);
        expect(refusalOf(await insert(store, "d"), "database_busy")).toBe(reason);
        refusalOf(
          await store.read(async (db) => ok(await db.selectFrom("notes").selectAll().execute())),
          "database_busy",
        );
        refusalOf(await store.snapshot(), "database_busy");
        valueOf(await store.close());
        await vi.waitFor(() => expect(late).toBeInstanceOf(EngineError));
        expect(await ids(await open("one"))).toEqual([]);
      });

      it("waits for what is under way when it is closed, and refuses afterwards", async () => {
        const writing = insert(store, "a");
        const closing = store.close();
        refusalOf(await insert(store, "b"), "engine_closed");
        valueOf(await writing);
        valueOf(await closing);
        valueOf(await store.close());
        refusalOf(await store.read(async () => ok(null)), "engine_closed");
        expect(await ids(await open("one"))).toEqual(["a"]);
      });
    });
    describe("databases aside", () => {
      const one = (mark: string) => identityOf(mark);
      const build = async (mark = "a") => valueOf(await storage.build("aside", one(mark), 3, buildNotes));
      const names = async () => valueOf(await storage.list()).map((entry) => entry.name);

      it("are built, changed and given a place under another identity", async () => {
        const detached = await build();
        expect(detached).toMatchObject({ identity: one("a"), schemaVersion: 3 });
        expect(await names()).toEqual([]);
        valueOf(
          await detached.upgrade(4, ["insert into notes (id) values ('x')", "create index more on notes (size)"]),
        );
        const refused = await detached.upgrade(5, [
          "insert into notes (id) values ('y')",
          "insert into nothing values (1)",
        ]);
        refusalOf(refused, "internal");
        refusalOf(await detached.upgrade(-1, []), "request_invalid");
        expect(detached.schemaVersion).toBe(4);
        valueOf(await storage.install("placed", detached, one("b")));
        await detached.discard();
        const store = await open("placed");
        expect(store.identity).toEqual(one("b"));
        expect(store.schemaVersion).toBe(4);
        expect(await ids(store)).toEqual(["x"]);
      });

      it("never take a name that is taken by install", async () => {
        await make("one");
        refusalOf(await storage.install("one", await build("b"), one("b")), "database_exists");
        const [first, second] = [await build("c"), await build("d")];
        const outcomes = await Promise.all([
          storage.install("twin", first, one("c")),
          storage.install("twin", second, one("d")),
        ]);
        expect(outcomes.filter((outcome) => outcome.isOk())).toHaveLength(1);
        expect((await open("one")).identity.id).toBe(one("a").id);
      });

      it("take the place of one that has the name by replace, which is kept", async () => {
        await make("one");
        const old = await open("one");
        valueOf(await insert(old, "old"));
        refusalOf(await storage.replace("one", await build("b"), one("b"), 1_000), "database_busy");
        valueOf(await old.close());
        const before = valueOf(await storage.stat("one"));
        const entry = valueOf(await storage.replace("one", await build("b"), one("b"), 2_000));
        expect(entry).toMatchObject({ name: "one", replacedAt: 2_000 });
        expect(entry.sizeBytes).toBe(before?.sizeBytes);
        expect(valueOf(await storage.stat("one"))?.fingerprint).not.toBe(before?.fingerprint);
        const store = await open("one");
        expect(store.identity).toEqual(one("b"));
        expect(await ids(store)).toEqual([]);
        valueOf(await store.close());
        valueOf(await storage.replace("one", await build("c"), one("c"), 1_000));
        expect(valueOf(await storage.listReplaced()).map(({ replacedAt }) => replacedAt)).toEqual([1_000, 2_000]);
        for (const turn of [1, 2]) valueOf(await storage.removeReplaced(entry).then((removed) => (void turn, removed)));
        expect(valueOf(await storage.listReplaced()).map(({ replacedAt }) => replacedAt)).toEqual([1_000]);
        expect(await names()).toEqual(["one"]);
      });

      it("are kept over a close and an open when they were replaced, and go with the one that has their name", async () => {
        for (const name of ["one", "other"]) {
          await make(name);
          valueOf(await storage.replace(name, await build("b"), one("b"), 1_000));
        }
        valueOf(await storage.close());
        storage = create(directory);
        valueOf(await storage.open());
        expect(valueOf(await storage.listReplaced()).map(({ name }) => name)).toEqual(["one", "other"]);
        valueOf(await storage.remove("one"));
        expect(valueOf(await storage.listReplaced()).map(({ name }) => name)).toEqual(["other"]);
      });

      it("are gone after a close and an open when nobody gave them a place", async () => {
        const detached = await build();
        valueOf(await storage.close());
        storage = create(directory);
        valueOf(await storage.open());
        expect((await detached.read(async () => ok(null))).isErr()).toBe(true);
      });

      it("of another storage are refused", async () => {
        const elsewhere = await makeTempDirectory();
        const other = create(elsewhere);
        valueOf(await other.open());
        const detached = valueOf(await other.build("x", one("a"), 1, buildNotes));
        const copy = { ...detached, content: () => detached.content() };
        refusalOf(await storage.install("x", copy, one("b")), "internal");
        expect(await names()).toEqual([]);
        valueOf(await other.close());
        await removeTempDirectory(elsewhere);
      });
    });
  });
}
