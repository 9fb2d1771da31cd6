// The disk fails at every single step: the caller hears of it, nothing is half-made, the next try works.
import { copyFile, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
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

describe("a replacement", () => {
  async function prepare() {
    const files = failingFileSystem();
    const opened = await openSqliteStorage({ fileSystem: files });
    const { storage, make, openStore } = opened;
    /** The old database holds "old", and the detached one that is to take its place "new". */
    const ready = async () => {
      files.failCall(0, "EIO");
      if (valueOf(await storage.stat("a")) !== null) valueOf(await storage.remove("a"));
      await make("a");
      const store = await openStore("a");
      valueOf(await insertNote(store, "new"));
      const detached = valueOf(await store.snapshot());
      valueOf(await store.write(async (db) => ok(await db.updateTable("notes").set({ id: "old" }).execute())));
      valueOf(await store.close());
      return detached;
    };
    const notes = async () => {
      const store = await openStore("a");
      const found = await noteIds(store);
      valueOf(await store.close());
      return found.join();
    };
    const identityAfter = { ...identity, id: "b".repeat(32) };
    return { ...opened, files, ready, notes, identityAfter };
  }

  const sides = [".tmp", ".trash", ".restoring"];

  it("that meets an error at any call leaves the old database, with the log of its own", async () => {
    const { storage, dataDir, files, ready, notes, identityAfter } = await prepare();
    const first = await ready();
    files.failCall(0, "EIO");
    valueOf(await storage.replace("a", first, identityAfter, 0));
    const steps = files.calls.length;
    expect(await notes()).toBe("new");
    expect(steps).toBeGreaterThan(15);
    for (let step = 1; step <= steps; step += 1) {
      const detached = await ready();
      files.failCall(step, "EIO");
      const replaced = await storage.replace("a", detached, identityAfter, 0);
      files.failCall(0, "EIO");
      refusalOf(replaced, "storage_failed");
      expect([step, await notes()]).toEqual([step, "old"]);
      for (const side of sides) expect(await readdir(join(dataDir, side))).toEqual([]);
      expect(await readdir(join(dataDir, ".replaced"))).toEqual([]);
      expect(await visible(dataDir)).toEqual(["a.db"]);
    }
  });

  it("that meets an error and cannot be undone either is completed at the next use, or the next open", async () => {
    const { storage, dataDir, files, ready, notes, identityAfter } = await prepare();
    files.failCall(0, "EIO");
    const first = await ready();
    const before = files.calls.length;
    valueOf(await storage.replace("a", first, identityAfter, 0));
    const steps = files.calls.length - before;
    let unsettled = 0;
    for (let step = 1; step <= steps; step += 1) {
      const detached = await ready();
      files.failFrom(step, "EIO");
      refusalOf(await storage.replace("a", detached, identityAfter, 0), "storage_failed");
      // Neither the old nor the new one may be used while nobody can say which it is.
      refusalOf(await storage.openStore("a"), "storage_failed");
      files.failCall(0, "EIO");
      if ((await readdir(join(dataDir, ".restoring"))).length > 0) {
        unsettled += 1;
        if (step % 2 === 0) {
          valueOf(await storage.close());
          valueOf(await storage.open());
        }
        expect([step, await notes()]).toEqual([step, "new"]);
      } else {
        expect(["old", "new"]).toContain(await notes());
      }
      valueOf(await storage.close());
      valueOf(await storage.open());
      for (const side of sides) expect(await readdir(join(dataDir, side))).toEqual([]);
      expect(await visible(dataDir)).toEqual(["a.db"]);
    }
    expect(unsettled).toBeGreaterThan(3);
  });

  it("takes the log of the old database along when that could not be merged", async () => {
    const { storage, dataDir, files, ready, notes, identityAfter } = await prepare();
    const detached = await ready();
    await copyFile(join(dataDir, "a.db"), join(dataDir, ".tmp", "log"));
    await rename(join(dataDir, ".tmp", "log"), join(dataDir, "a.db-wal"));
    files.failCall(0, "EIO");
    const { location } = valueOf(await storage.replace("a", detached, identityAfter, 0));
    expect(await notes()).toBe("new");
    expect(await visible(dataDir)).toEqual(["a.db"]);
    expect(await readdir(join(dataDir, ".replaced"))).toEqual([basename(location), `${basename(location)}-wal`]);
    valueOf(await storage.remove("a"));
    expect(await readdir(join(dataDir, ".replaced"))).toEqual([]);
  });

  it("leaves what the engine did not make, and what is not there", async () => {
    const { storage, dataDir, ready, identityAfter } = await prepare();
    const [one, two] = [await ready(), await ready()];
    await writeFile(join(dataDir, "foreign.db"), "mine");
    refusalOf(await storage.replace("foreign", one, identityAfter, 0), "database_corrupt");
    refusalOf(await storage.replace("missing", two, identityAfter, 0), "database_not_found");
    expect(await visible(dataDir)).toEqual(["a.db", "foreign.db"]);
    expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
  });
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
