// The disk fails at every single step: the caller hears of it, nothing is half-made, the next try works.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { ok } from "../../../lib/base/result.js";
import type { DriverErrorCode } from "../../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../../lib/storage/sqlite/node-sqlite3-driver.js";
import { failingDriver, failingFileSystem } from "../../support/failing-ports.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";
import { buildNotes, identity, insertNote, noteIds, openSqliteStorage } from "./sqlite-fixture.js";

const visible = async (dataDir: string) => (await readdir(dataDir)).filter((entry) => !entry.startsWith("."));

it.each([
  ["ENOSPC", "storage_full"],
  ["EIO", "storage_failed"],
  ["EROFS", "storage_readonly"],
] as const)("a create that meets %s at any call leaves nothing", async (errno, code) => {
  const files = failingFileSystem();
  const { storage, dataDir, openStore } = await openSqliteStorage({ fileSystem: files });
  files.failCall(0, errno);
  valueOf(await storage.create("whole", identity, 1, buildNotes));
  const steps = files.calls.length;
  expect(steps).toBeGreaterThan(8);
  for (let step = 1; step <= steps; step += 1) {
    files.failCall(step, errno);
    refusalOf(await storage.create("new", identity, 1, buildNotes), code);
    expect(await visible(dataDir)).toEqual(["whole.db"]);
    expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
  }
  files.failCall(0, errno);
  valueOf(await storage.create("new", identity, 1, buildNotes));
  expect(await noteIds(await openStore("new"))).toEqual([]);
});

it("makes a database also where the file system knows no hard links", async () => {
  const files = failingFileSystem();
  const { storage, dataDir, openStore } = await openSqliteStorage({ fileSystem: files });
  files.failCall(0, "EPERM");
  valueOf(await storage.create("whole", identity, 1, buildNotes));
  files.failCall(files.calls.indexOf("link") + 1, "EPERM");
  valueOf(await storage.create("new", identity, 1, buildNotes));
  expect(files.calls).toContain("rename");
  expect(await noteIds(await openStore("new"))).toEqual([]);
  expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
});

it("a remove that meets an error at any call leaves the database as it was, or removes it", async () => {
  const files = failingFileSystem();
  const { storage, dataDir, make, openStore } = await openSqliteStorage({ fileSystem: files });
  await make("a");
  files.failCall(0, "EIO");
  valueOf(await storage.remove("a"));
  const steps = files.calls.length;
  for (let step = 1; step <= steps; step += 1) {
    files.failCall(0, "EIO");
    await make("a");
    const before = await openStore("a");
    valueOf(await insertNote(before, "kept"));
    valueOf(await before.close());
    files.failCall(step, "EIO");
    const removed = await storage.remove("a");
    files.failCall(0, "EIO");
    if (removed.isErr()) {
      refusalOf(removed, "storage_failed");
      const store = await openStore("a");
      expect(await noteIds(store)).toEqual(["kept"]);
      valueOf(await store.close());
      valueOf(await storage.remove("a"));
    }
    expect(await visible(dataDir)).toEqual([]);
  }
});

it("an open that meets an error at any call lets the directory go", async () => {
  const files = failingFileSystem();
  const { storage } = await openSqliteStorage({ fileSystem: files });
  valueOf(await storage.close());
  files.failCall(0, "EIO");
  valueOf(await storage.open());
  const steps = files.calls.length;
  valueOf(await storage.close());
  for (let step = 1; step <= steps; step += 1) {
    files.failCall(step, "EIO");
    refusalOf(await storage.open(), "storage_failed");
    files.failCall(0, "EIO");
    valueOf(await storage.open());
    valueOf(await storage.close());
  }
});

it("a snapshot that fails leaves no file", async () => {
  const files = failingFileSystem();
  const { dataDir, make, openStore } = await openSqliteStorage({ fileSystem: files });
  await make("a");
  const store = await openStore("a");
  files.failCall(0, "EIO");
  const copy = valueOf(await store.snapshot());
  const steps = files.calls.length;
  await copy.discard();
  for (let step = 1; step <= steps; step += 1) {
    files.failCall(step, "ENOSPC");
    refusalOf(await store.snapshot(), "storage_full");
    expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
  }
});

it("a full database fails the whole unit, also what the work starts after it, and the next write works", async () => {
  const { make, openStore } = await openSqliteStorage();
  await make("a");
  const store = await openStore("a");
  const big = "x".repeat(200_000);
  const outcome = await store.write(async (db) => {
    await sql`pragma max_page_count = 10`.execute(db);
    const first = db.insertInto("notes").values({ id: "small" }).execute();
    const failing = db.insertInto("notes").values({ id: "big", text: big }).execute();
    // Queued behind the failing one: it would commit alone if SQLite had rolled back.
    const queued = db.insertInto("notes").values({ id: "queued" }).execute();
    const results = await Promise.allSettled([first, failing, queued]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "rejected"]);
    await expect(db.selectFrom("notes").selectAll().execute()).rejects.toMatchObject({ code: "storage_full" });
    return ok(undefined);
  });
  expect(refusalOf(outcome, "storage_full").details).toEqual({ name: "a" });
  expect(await noteIds(store)).toEqual([]);
  valueOf(
    await store.write(async (db) => {
      await sql`pragma max_page_count = 100000`.execute(db);
      return ok(await db.insertInto("notes").values({ id: "after", text: big }).execute());
    }),
  );
  expect(await noteIds(store)).toEqual(["after"]);
});

it.each(["begin immediate", "insert", "commit", "rollback"])(
  "a disk error at %s loses the unit alone, and the file is opened anew",
  async (statement) => {
    let failing: DriverErrorCode | null = null;
    const driver = failingDriver(nodeSqlite3Driver, (text) =>
      text.startsWith(statement) && text.includes("notes") === (statement === "insert") ? failing : null,
    );
    const { make, openStore } = await openSqliteStorage({ driver });
    await make("a");
    const store = await openStore("a");
    valueOf(await insertNote(store, "before"));
    const handles = driver.opened.length;
    // A failed rollback costs the handle whatever the error was.
    failing = statement === "rollback" ? "FULL" : "IOERR";
    const outcome = await store.write(async (db) => {
      await db.insertInto("notes").values({ id: "lost" }).execute();
      if (statement === "rollback") throw new Error("the work's own");
      return ok(undefined);
    });
    failing = null;
    refusalOf(outcome, statement === "rollback" ? "internal" : "storage_failed");
    expect(await noteIds(store)).toEqual(["before"]);
    valueOf(await insertNote(store, "later"));
    expect(await noteIds(store)).toEqual(["before", "later"]);
    // Both connections, the reader's and the writer's.
    expect(driver.opened.length).toBe(handles + 2);
  },
);

it("an I/O error under a read costs the connection, not the store", async () => {
  let failing: DriverErrorCode | null = null;
  const driver = failingDriver(nodeSqlite3Driver, (text) => (text.includes('from "notes"') ? failing : null));
  const { make, openStore } = await openSqliteStorage({ driver });
  await make("a");
  const store = await openStore("a");
  valueOf(await insertNote(store, "before"));
  failing = "IOERR";
  refusalOf(await store.read(async (db) => ok(await db.selectFrom("notes").selectAll().execute())), "storage_failed");
  failing = null;
  expect(await noteIds(store)).toEqual(["before"]);
});

it("a database that is only read has one connection", async () => {
  const driver = failingDriver(nodeSqlite3Driver, () => null);
  const { make, openStore } = await openSqliteStorage({ driver });
  await make("a");
  const before = driver.opened.length;
  const store = await openStore("a");
  await noteIds(store);
  expect(driver.opened.length).toBe(before + 1);
  valueOf(await insertNote(store, "a"));
  await noteIds(store);
  expect(driver.opened.length).toBe(before + 2);
});

it("waits for a file that another process holds, and says so when that takes too long", async () => {
  const { dataDir, make, openStore } = await openSqliteStorage({ busyTimeoutMs: 30 });
  await make("a");
  const store = await openStore("a");
  const other = await nodeSqlite3Driver.open(join(dataDir, "a.db"), "readwrite");
  await other.exec("begin immediate");
  refusalOf(await insertNote(store, "no"), "database_busy");
  await other.exec("rollback");
  valueOf(await insertNote(store, "yes"));

  const patient = await openSqliteStorage({ busyTimeoutMs: 60_000 });
  await patient.make("a");
  const waiting = await patient.openStore("a");
  const holder = await nodeSqlite3Driver.open(join(patient.dataDir, "a.db"), "readwrite");
  await holder.exec("begin immediate");
  const writing = insertNote(waiting, "late");
  await holder.exec("commit");
  valueOf(await writing);
  await other.close();
  await holder.close();
});

it("names the fields of a unique index on an expression", async () => {
  const { make, openStore } = await openSqliteStorage();
  await make("a");
  const store = await openStore("a");
  const outcome = await store.write(async (db) => {
    await sql`create unique index "notes_text" on "notes" (lower("text")) where "id" is not null`.execute(db);
    await db.insertInto("notes").values({ id: "1", text: "Same" }).execute();
    return ok(await db.insertInto("notes").values({ id: "2", text: "sAME" }).execute());
  });
  expect(refusalOf(outcome, "unique_violation").details).toEqual({ collection: "notes", fields: ["text"] });
});

it("goes on with more distinct statements than it keeps", async () => {
  const { make, openStore } = await openSqliteStorage();
  await make("a");
  const store = await openStore("a");
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 300; index += 1) {
      const rows = valueOf(
        await store.read(async (db) => ok((await sql.raw(`select ${index} as n`).execute(db)).rows)),
      );
      expect(rows).toEqual([{ n: index }]);
    }
  }
  // Longer than all that is kept together: prepared, run, and let go.
  const long = `select 1 as n -- ${"x".repeat(999_000)}`;
  valueOf(await store.read(async (db) => ok(await sql.raw(long).execute(db))));
  expect(await noteIds(store)).toEqual([]);
});
