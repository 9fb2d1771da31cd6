// What SQLite is asked for when writes wait together, and what becomes of them when the disk fails under one.
import { expect, it } from "vitest";
import type { EngineError } from "../../../lib/base/errors.js";
import { ok, type Outcome, type Result } from "../../../lib/base/result.js";
import type { DriverErrorCode } from "../../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../../lib/storage/sqlite/node-sqlite3-driver.js";
import type { Store, StoreExecutor, WriteShortcut } from "../../../lib/storage/storage.js";
import { failingDriver } from "../../support/failing-ports.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";
import { insertNote, noteIds, openSqliteStorage } from "./sqlite-fixture.js";

/** A store that tells which statements it runs and fails those that it is told to. */
async function openWatched() {
  const log: string[] = [];
  let shouldFail: (statement: string) => DriverErrorCode | null = () => null;
  const driver = failingDriver(nodeSqlite3Driver, (statement) => {
    log.push(statement);
    return shouldFail(statement);
  });
  const { make, openStore } = await openSqliteStorage({ driver });
  await make("a");
  const store = await openStore("a");
  valueOf(await insertNote(store, "before"));
  log.splice(0);
  return {
    ...{ store, log, driver },
    failWith: (fail: typeof shouldFail) => void (shouldFail = fail),
    /** How often a statement was run that begins so. */
    count: (start: string) => log.filter((statement) => statement.startsWith(start)).length,
  };
}

/** Makes the calls while somebody holds the writer. */
async function together<T>(store: Store, calls: () => readonly Promise<T>[]): Promise<readonly T[]> {
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

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `n${10 + n}`);

const insert = async (db: StoreExecutor, rows: readonly string[]): Outcome<number> => {
  await db
    .insertInto("notes")
    .values(rows.map((id) => ({ id })))
    .execute();
  return ok(rows.length);
};

const statementOf = (id: string): WriteShortcut<number> => ({ statement: (db) => insert(db, [id]) });

const batchOf = (id: string): WriteShortcut<number> => ({
  batch: {
    ...{ key: "notes", item: id, bytes: 40, isOneStatement: true },
    async run(db, items) {
      const written = await insert(db, items as readonly string[]);
      return items.map(() => written);
    },
  },
});

it("64 writes that wait together are synced a few times, not 64", async () => {
  const { store, count } = await openWatched();
  const outcomes = await together(store, () => ids(64).map((id) => insertNote(store, id)));
  for (const outcome of outcomes) valueOf(outcome);
  expect(count("insert")).toBe(64);
  // Three on an idle machine; a group ends early when it takes long.
  expect(count("commit")).toBeLessThan(20);
  expect(await noteIds(store)).toHaveLength(65);
});

it("one statement alone is one call; with others it needs no savepoint", async () => {
  const { store, log, count } = await openWatched();
  valueOf(await store.write((db) => insert(db, ["alone"]), { shortcut: statementOf("alone") }));
  expect(log).toEqual([expect.stringMatching(/^insert/)]);
  log.splice(0);
  const outcomes = await together(store, () =>
    ids(8).map((id) => store.write((db) => insert(db, [id]), { shortcut: statementOf(id) })),
  );
  for (const outcome of outcomes) valueOf(outcome);
  expect(count("insert")).toBe(8);
  expect(log.filter((statement) => /savepoint/.test(statement))).toEqual([]);
});

it("a batch of one statement is one call", async () => {
  const { store, count } = await openWatched();
  const outcomes = await together(store, () =>
    ids(200).map((id) => store.write((db) => insert(db, [id]), { shortcut: batchOf(id) })),
  );
  expect(Math.max(...outcomes.map(valueOf))).toBeGreaterThan(50);
  expect(count("insert")).toBeLessThan(6);
  // The one that held the writer.
  expect(count("begin")).toBe(1);
  expect(await noteIds(store)).toHaveLength(201);
});

it("a lone write begins at once: no timer runs before its statement", async () => {
  const { store, count } = await openWatched();
  const writing = store.write((db) => insert(db, ["alone"]), { shortcut: statementOf("alone") });
  // Only callbacks that are due already run here: nothing that waits for a timer or the next turn of the loop.
  for (let due = 0; due < 200; due += 1) await Promise.resolve();
  expect(count("insert")).toBe(1);
  valueOf(await writing);
});

it("groups are bounded, by what they hold and by what its text weighs", async () => {
  const { store, log } = await openWatched();
  valueOf(await store.write((db) => insert(db, ["first"])));
  log.splice(0);
  for (const outcome of await together(store, () => ids(400).map((id) => insertNote(store, id)))) valueOf(outcome);
  const groups = log.join("\n").split("commit");
  // Writes by themselves weigh 8 of 512 each.
  expect(Math.max(...groups.map((group) => group.split("insert").length - 1))).toBeLessThanOrEqual(64);
  const batched = async (prefix: string, bytes: number): Promise<number> => {
    const outcomes = await together(store, () =>
      ids(1_500).map((id) => {
        const { batch } = batchOf(`${prefix}${id}`);
        return store.write((db) => insert(db, [`${prefix}${id}`]), { shortcut: { batch: { ...batch!, bytes } } });
      }),
    );
    return Math.max(...outcomes.map(valueOf));
  };
  const mostRows = await batched("light", 40);
  expect(mostRows).toBeGreaterThan(100);
  expect(mostRows).toBeLessThanOrEqual(512);
  // Ten of them are a MiB.
  expect(await batched("heavy", 104_857)).toBeLessThanOrEqual(10);
});

const places = [
  // Twice, because the first is of the one that holds the writer.
  ["begin immediate", 2],
  ["commit", 2],
  ["savepoint member", 1],
  ["insert", 1],
  ["insert", 2],
  ["insert", 3],
  ["release member", 1],
  ["rollback to member", 1],
] as const;

it.each(places.flatMap(([start, which]) => (["IOERR", "FULL"] as const).map((code) => [code, start, which] as const)))(
  "%s at '%s' (%i) is everybody's error in the group, and nothing of it is left",
  async (code, start, which) => {
    const { store, driver, failWith } = await openWatched();
    const handles = driver.opened.length;
    let seen = 0;
    const outcomes = await together<Result<unknown, EngineError>>(store, () => {
      failWith((statement) => (statement.startsWith(start) && (seen += 1) === which ? code : null));
      return [
        insertNote(store, "a"),
        store.write(async (db) => {
          await insert(db, ["b"]);
          throw new Error("its own");
        }),
        insertNote(store, "c"),
      ];
    });
    failWith(() => null);
    for (const outcome of outcomes) refusalOf(outcome, code === "FULL" ? "storage_full" : "storage_failed");
    expect(await noteIds(store)).toEqual(["before"]);
    valueOf(await insertNote(store, "later"));
    expect(await noteIds(store)).toEqual(["before", "later"]);
    // An I/O error costs both connections, the reader's and the writer's.
    expect(driver.opened.length).toBe(handles + (code === "IOERR" ? 2 : 0));
  },
);

it.each(["IOERR", "FULL"] as const)(
  "%s at a lone statement or batch is its error, and the work is not tried",
  async (code) => {
    const { store, log, failWith } = await openWatched();
    failWith((statement) => (statement.startsWith("insert") ? code : null));
    const expected = code === "FULL" ? "storage_full" : "storage_failed";
    const lone = await store.write((db) => insert(db, ["a"]), { shortcut: statementOf("a") });
    refusalOf(lone, expected);
    expect(log.filter((statement) => statement.startsWith("insert"))).toHaveLength(1);
    const outcomes = await together(store, () =>
      ["b", "c", "d"].map((id) => store.write((db) => insert(db, [id]), { shortcut: batchOf(id) })),
    );
    for (const outcome of outcomes) refusalOf(outcome, expected);
    expect(log.filter((statement) => statement.startsWith("insert"))).toHaveLength(2);
    failWith(() => null);
    valueOf(await insertNote(store, "later"));
    expect(await noteIds(store)).toEqual(["before", "later"]);
  },
);
