// Restoring backups through the engine: in place, as another database, and told before.
import { readdir, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TenantEngine } from "../../lib/index.js";
import { type Database, type EngineOptions } from "../../lib/index.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { changeFile, queryFile } from "../support/raw-database.js";
import { setClock } from "../support/set-clock.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }], softDelete: true } as const;
const users = { name: "users", type: "auth", fields: [{ name: "name", type: "text" }] } as const;

async function openNotes(options: EngineOptions = {}) {
  const opened = await openTenant([notes, users], options);
  await write(opened.db, "a", "b");
  return opened;
}

async function write(db: Database, ...titles: string[]): Promise<void> {
  valueOf(await db.collection("notes").createMany(titles.map((title) => ({ title }))));
}

async function titlesOf(db: Database): Promise<string> {
  const listed = await db.collection<{ title: string }>("notes").getList(1, 100, { sort: "title" });
  return valueOf(listed)
    .items.map(({ title }) => title)
    .join();
}

async function backUp(engine: TenantEngine, name = "client1"): Promise<string> {
  return valueOf(await engine.backups.create(name)).id;
}

/** What this process has open under a path. */
async function descriptorsOf(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const descriptor of await readdir("/proc/self/fd")) {
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => "");
    if (target.startsWith(path)) found.push(target);
  }
  return found;
}

describe("a restore in place", () => {
  it("brings back what was there, and leaves other databases alone", async () => {
    const { engine, db } = await openNotes();
    valueOf(await engine.databases.create({ name: "client2" }));
    const other = engine.db("client2");
    await write(other, "other");
    const id = await backUp(engine);
    await write(db, "c");
    const [first] = valueOf(await db.collection("notes").getList()).items;
    valueOf(await db.collection("notes").delete(String(first?.id)));
    const restored = valueOf(await engine.backups.restore(id));
    expect(restored).toMatchObject({ id, database: "client1" });
    const again = engine.db("client1");
    expect(await titlesOf(again)).toBe("a,b");
    await write(again, "d");
    expect(await titlesOf(again)).toBe("a,b,d");
    await write(other, "more");
    expect(await titlesOf(other)).toBe("more,other");
    expect(valueOf(await engine.databases.get("client1"))).toMatchObject({ status: "ready" });
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
    expect(await readdir(join(engine.dataDir, ".restoring"))).toEqual([]);
  });

  it("can be made again and again of the same backup", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    for (let turn = 0; turn < 3; turn += 1) {
      await write(engine.db("client1"), `turn ${turn}`);
      valueOf(await engine.backups.restore(id));
      expect(await titlesOf(engine.db("client1"))).toBe("a,b");
    }
  });

  it("survives the end of the engine", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    await write(db, "c");
    valueOf(await engine.backups.restore(id));
    valueOf(await engine.close());
    const reopened = await openEngine({ dataDir: engine.dataDir });
    expect(await titlesOf(reopened.db("client1"))).toBe("a,b");
  });

  it("ends the handles, tokens and cursors of before, also those that an older backup would revive", async () => {
    const { engine, db } = await openNotes();
    const account = { email: "ann@example.com", password: "correct horse" };
    const ann = valueOf(await db.auth.register(account));
    const revoked = valueOf(await db.auth.login(account.email, account.password)).token;
    valueOf(await engine.authenticate(revoked));
    const id = await backUp(engine);
    const { id: userId } = ann.user as { id: string };
    valueOf(await db.collection("users").update(userId, { password: "another horse" }));
    refusalOf(await engine.authenticate(revoked), "unauthenticated");
    const live = valueOf(await db.auth.login(account.email, "another horse")).token;
    const { nextCursor } = valueOf(await db.collection("notes").getList(1, 1, { cursor: "" }));
    valueOf(await engine.backups.restore(id));
    refusalOf(await engine.authenticate(revoked), "unauthenticated");
    refusalOf(await engine.authenticate(live), "unauthenticated");
    refusalOf(await db.collection("notes").count(), "database_not_found");
    const again = engine.db("client1");
    refusalOf(await again.collection("notes").getList(1, 1, { cursor: nextCursor ?? "" }), "request_invalid");
    // The account is as it was in the backup.
    refusalOf(await again.auth.login(account.email, "another horse"), "unauthenticated");
    const fresh = valueOf(await again.auth.login(account.email, account.password)).token;
    valueOf(await engine.authenticate(fresh));
    valueOf(await engine.backups.restore(id));
    refusalOf(await engine.authenticate(fresh), "unauthenticated");
  });

  it("does not reach a principal of before", async () => {
    const { engine, db } = await openNotes();
    valueOf(await engine.collections.update("notes", { listRule: "" }));
    valueOf(await db.auth.register({ email: "ann@example.com", password: "correct horse" }));
    const { token } = valueOf(await db.auth.login("ann@example.com", "correct horse"));
    const principal = valueOf(await engine.authenticate(token));
    const id = await backUp(engine);
    valueOf(await engine.backups.restore(id));
    refusalOf(await engine.db("client1").as(principal).collection("notes").getList(), "unauthenticated");
  });

  it("brings the backup forward to the schema of today", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    valueOf(await engine.collections.update("notes", { fields: [{ name: "stars", type: "number", default: 3 }] }));
    valueOf(await engine.collections.create({ name: "tags", fields: [{ name: "name", type: "text" }] }));
    valueOf(await db.collection("tags").create({ name: "x" }));
    const { schemaVersion } = valueOf(await engine.backups.restore(id));
    const again = engine.db("client1");
    expect(schemaVersion).toBe(valueOf(await engine.databases.get("default")).schemaVersion);
    expect(valueOf(await again.collection("notes").getList()).items.map(({ stars }) => stars)).toEqual([3, 3]);
    expect(valueOf(await again.collection("tags").count())).toBe(0);
    valueOf(await again.collection("tags").create({ name: "y" }));
  });

  it("restores a backup whose records do not allow the newest schema; it follows later", async () => {
    const { engine, db } = await openNotes();
    await write(db, "a");
    const id = await backUp(engine);
    const [first] = valueOf(await db.collection("notes").getList(1, 1, { filter: "title = 'a'" })).items;
    valueOf(await db.collection("notes").delete(String(first?.id)));
    valueOf(await engine.collections.update("notes", { indexes: [{ fields: ["title"], unique: true }] }));
    const { schemaVersion } = valueOf(await engine.backups.restore(id));
    expect(schemaVersion).toBeLessThan(valueOf(await engine.databases.get("default")).schemaVersion ?? 0);
    expect(await titlesOf(engine.db("client1"))).toBe("a,a,b");
    expect(valueOf(await engine.backups.preview(id)).collections).toContainEqual({
      collection: "notes",
      added: 0,
      changed: 0,
      removed: 0,
      unchanged: 3,
    });
  });

  it("brings back a deleted database", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    valueOf(await engine.databases.delete("client1"));
    const restored = valueOf(await engine.backups.restore(id));
    expect(restored.replaced).toBeNull();
    expect(await titlesOf(engine.db("client1"))).toBe("a,b");
  });

  it("puts itself in the place of a damaged file", async () => {
    const { engine } = await openNotes({ idleCloseMs: 1 });
    const id = await backUp(engine);
    valueOf(await engine.close());
    const path = join(engine.dataDir, "client1.db");
    const content = await readFile(path);
    content.fill(0x55, 4_096);
    await writeFile(path, content);
    const reopened = await openEngine({ dataDir: engine.dataDir });
    expect((await reopened.db("client1").collection("notes").count()).isErr()).toBe(true);
    valueOf(await reopened.backups.restore(id));
    expect(await titlesOf(reopened.db("client1"))).toBe("a,b");
  });

  it("leaves a file alone that the engine did not make", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    valueOf(await engine.databases.delete("client1"));
    await writeFile(join(engine.dataDir, "client1.db"), "mine");
    const refused = refusalOf(await engine.backups.restore(id), "database_corrupt");
    expect(refused.details.reason).toMatch(/not a SQLite database/);
    expect(await readFile(join(engine.dataDir, "client1.db"), "utf8")).toBe("mine");
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
  });

  it("refuses the reserved databases, and says what restores them", async () => {
    const { engine } = await openNotes();
    for (const name of ["default", "stats", "workflows"]) {
      const id = await backUp(engine, name);
      const refused = refusalOf(await engine.backups.restore(id), "database_reserved");
      expect(refused.message).toContain("restoreAll");
      refusalOf(await engine.backups.restore(id, { as: "copy" }), "database_reserved");
      refusalOf(await engine.backups.preview(id), "database_reserved");
    }
    expect(await titlesOf(engine.db("client1"))).toBe("a,b");
  });

  it("refuses a backup of a later schema than this directory's log has", async () => {
    const { engine } = await openNotes();
    const early = valueOf(await engine.backups.list());
    valueOf(await engine.collections.create({ name: "later" }));
    const id = await backUp(engine);
    expect(early).toEqual([]);
    const other = await openTenant([notes, users]);
    await rename(join(engine.dataDir, "backups"), join(other.engine.dataDir, "backups"));
    const refused = refusalOf(await other.engine.backups.restore(id), "conflict");
    expect(refused.message).toMatch(/schema version \d+, but the schema log of this data directory ends at \d+/);
    expect(valueOf(await other.engine.backups.verify(id)).obstacle).toMatch(/schema version/);
  });

  it("refuses a backup of another installation whose schema happens to be as long", async () => {
    const { engine } = await openTenant([notes, users]);
    const id = await backUp(engine);
    const other = await openTenant([notes, { ...users, name: "people" }]);
    await rename(join(engine.dataDir, "backups"), join(other.engine.dataDir, "backups"));
    expect(refusalOf(await other.engine.backups.restore(id), "database_corrupt").details.reason).toMatch(
      /"ux:users:email", which its schema does not make/,
    );
    expect(valueOf(await other.engine.backups.verify(id)).obstacle).toMatch(/does not make/);
    expect(valueOf(await other.engine.backups.list())).toMatchObject([{ id, problem: null }]);
  });

  it.each([{ drainMs: -1 }, { drainMs: 1.5 }, { drainMs: "1" }, { force: true }])(
    "refuses the options %j",
    async (options) => {
      const { engine } = await openNotes();
      const id = await backUp(engine);
      refusalOf(await engine.backups.restore(id, options as never), "request_invalid");
    },
  );
});

describe.runIf(process.platform === "linux")("the files of a database that is being replaced", () => {
  it("are open no more when it is exchanged", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    await write(db, "c");
    const path = join(engine.dataDir, "client1.db");
    expect(await descriptorsOf(path)).not.toEqual([]);
    const { replaced } = valueOf(await engine.backups.restore(id));
    expect(await descriptorsOf(path)).toEqual([]);
    expect(await descriptorsOf(join(engine.dataDir, ".replaced"))).toEqual([]);
    expect(await descriptorsOf(join(engine.dataDir, ".tmp"))).toEqual([]);
    expect(replaced?.file).toMatch(/^\.replaced\/client1\.\d{8}T\d{9}Z-[0-9a-f]{8}\.db$/);
  });
});

describe("what was replaced", () => {
  const kept = async (engine: TenantEngine) => readdir(join(engine.dataDir, ".replaced"));

  it("is kept whole, with what was written last, and can be put back by hand", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    await write(db, "c");
    const { replaced } = valueOf(await engine.backups.restore(id));
    valueOf(await engine.close());
    const file = join(engine.dataDir, replaced?.file ?? "");
    expect((await queryFile(file, "select title from notes order by title")).map(({ title }) => title)).toEqual([
      "a",
      "b",
      "c",
    ]);
    await rm(join(engine.dataDir, "client1.db"));
    await rename(file, join(engine.dataDir, "client1.db"));
    const reopened = await openEngine({ dataDir: engine.dataDir });
    expect(await titlesOf(reopened.db("client1"))).toBe("a,b,c");
  });

  it("is removed when its time is over: at open, at a restore, at a backup, and not before", async () => {
    const clock = setClock();
    const { engine } = await openNotes({ clock, backups: { keepReplacedMs: 1_000 } });
    const id = await backUp(engine);
    const { replaced } = valueOf(await engine.backups.restore(id));
    expect(replaced?.expiresAt).toBe(new Date(clock.ms + 1_000).toISOString());
    clock.ms += 999;
    valueOf(await engine.backups.restore(id));
    expect(await kept(engine)).toHaveLength(2);
    clock.ms += 1;
    valueOf(await engine.backups.restore(id));
    expect(await kept(engine)).toHaveLength(2);
    clock.ms += 1_000;
    await backUp(engine);
    expect(await kept(engine)).toEqual([]);
    valueOf(await engine.backups.restore(id));
    valueOf(await engine.close());
    clock.ms += 999;
    const before = await openEngine({ dataDir: engine.dataDir, clock, backups: { keepReplacedMs: 1_000 } });
    expect(await kept(engine)).toHaveLength(1);
    valueOf(await before.close());
    clock.ms += 1;
    await openEngine({ dataDir: engine.dataDir, clock, backups: { keepReplacedMs: 1_000 } });
    expect(await kept(engine)).toEqual([]);
  });

  it("is not touched by the cleaning after a crash, nor are files that the engine did not put there", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    valueOf(await engine.backups.restore(id));
    await writeFile(join(engine.dataDir, ".replaced", "note.txt"), "mine");
    const before = await kept(engine);
    valueOf(await engine.close());
    await openEngine({ dataDir: engine.dataDir, backups: { keepReplacedMs: 60_000 } });
    expect(await kept(engine)).toEqual(before);
  });

  it("goes with its database when that is deleted", async () => {
    const { engine } = await openNotes();
    valueOf(await engine.databases.create({ name: "client10" }));
    for (const name of ["client1", "client10"]) valueOf(await engine.backups.restore(await backUp(engine, name)));
    valueOf(await engine.databases.delete("client1"));
    expect(await kept(engine)).toEqual([expect.stringMatching(/^client10\./)]);
  });
});

describe("a restore as another database", () => {
  it("makes a new one and leaves the first alone", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    await write(db, "c");
    const restored = valueOf(await engine.backups.restore(id, { as: "client1-copy" }));
    expect(restored).toMatchObject({ database: "client1-copy", replaced: null });
    const copy = engine.db("client1-copy");
    await write(copy, "d");
    expect(await titlesOf(copy)).toBe("a,b,d");
    expect(await titlesOf(db)).toBe("a,b,c");
    expect(valueOf(await engine.databases.list()).map(({ name, status }) => `${name} ${status}`)).toEqual([
      "default ready",
      "stats ready",
      "workflows ready",
      "client1 ready",
      "client1-copy ready",
    ]);
  });

  it("has tokens of its own: those of the first do not open it", async () => {
    const { engine, db } = await openNotes();
    valueOf(await db.auth.register({ email: "ann@example.com", password: "correct horse" }));
    const { token } = valueOf(await db.auth.login("ann@example.com", "correct horse"));
    valueOf(await engine.backups.restore(await backUp(engine), { as: "copy" }));
    refusalOf(await engine.db("copy").auth.me(token), "unauthenticated");
    valueOf(await engine.db("client1").auth.me(token));
  });

  it("refuses names that are taken, reserved or none", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    refusalOf(await engine.backups.restore(id, { as: "client1" }), "database_exists");
    refusalOf(await engine.backups.restore(id, { as: "stats" }), "database_reserved");
    refusalOf(await engine.backups.restore(id, { as: "../x" }), "database_name_invalid");
    refusalOf(await engine.backups.restore(id, { as: 7 as never }), "database_name_invalid");
  });

  it("makes one of two at once under the same name", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    const restored = await Promise.all([1, 2].map(() => engine.backups.restore(id, { as: "copy" })));
    expect(restored.filter((result) => result.isOk())).toHaveLength(1);
    refusalOf(restored.find((result) => result.isErr()) as never, "database_exists");
    expect(await titlesOf(engine.db("copy"))).toBe("a,b");
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
  });
});

describe("a preview", () => {
  it("tells what would be added, changed and removed, and changes nothing", async () => {
    const { engine, db } = await openNotes();
    await write(db, ...Array.from({ length: 2_500 }, (_, n) => `n${n}`));
    const id = await backUp(engine);
    const collection = db.collection("notes");
    const records = valueOf(await collection.getList(1, 10)).items;
    valueOf(await collection.update(String(records[0]?.id), { title: "changed" }));
    valueOf(await collection.delete(String(records[1]?.id)));
    for (const { id: gone } of records.slice(2, 5)) {
      valueOf(await collection.delete(gone));
      valueOf(await collection.purge(gone));
    }
    await write(db, "new 1", "new 2");
    const before = await stat(join(engine.dataDir, "client1.db"));
    const preview = valueOf(await engine.backups.preview(id));
    expect(preview).toMatchObject({ id, database: "client1", exists: true });
    expect(preview.collections).toContainEqual({
      collection: "notes",
      added: 3,
      changed: 2,
      removed: 2,
      unchanged: 2_497,
    });
    expect((await stat(join(engine.dataDir, "client1.db"))).ino).toBe(before.ino);
    expect(valueOf(await collection.count())).toBe(2_500);
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
    valueOf(await engine.backups.restore(id));
    for (const { added, changed, removed } of valueOf(await engine.backups.preview(id)).collections) {
      expect([added, changed, removed]).toEqual([0, 0, 0]);
    }
  });

  it("tells of a deleted database that all would come back", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    valueOf(await engine.databases.delete("client1"));
    const preview = valueOf(await engine.backups.preview(id));
    expect(preview.exists).toBe(false);
    expect(preview.collections).toContainEqual({
      collection: "notes",
      added: 2,
      changed: 0,
      removed: 0,
      unchanged: 0,
    });
    refusalOf(await engine.databases.get("client1"), "database_not_found");
  });
});

describe("a restore of a database in use", () => {
  it("waits for calls that end in time, and lets those wait that come", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    let release: () => void = () => undefined;
    const began = new Promise<void>((inside) => {
      void db.transaction(async (tx) => {
        const written = await tx.collection("notes").create({ title: "late" });
        inside();
        await new Promise<void>((resolve) => (release = resolve));
        return written;
      });
    });
    await began;
    let isRestored = false;
    const restoring = engine.backups.restore(id).map(() => (isRestored = true));
    const counts = new Set<number>();
    const counting = (async () => {
      for (let turn = 0; !isRestored; turn += 1) {
        // In time for the restore, but not before it has begun to wait.
        if (turn === 20) release();
        const counted = await engine.db("client1").collection("notes").count();
        if (counted.isOk()) counts.add(counted.value);
        // A handle of before, used after.
        else refusalOf(counted, "database_not_found");
      }
    })();
    valueOf(await restoring);
    await counting;
    for (const count of counts) expect([2, 3]).toContain(count);
    expect(await titlesOf(engine.db("client1"))).toBe("a,b");
  });

  it("loses no write that was acknowledged: it is in the new database, or in the one that is kept", async () => {
    const { engine } = await openNotes();
    const id = await backUp(engine);
    const acknowledged: string[] = [];
    let isOver = false;
    const writer = async (name: string): Promise<void> => {
      for (let n = 0; !isOver; n += 1) {
        const title = `${name} ${n}`;
        const written = await engine.db("client1").collection("notes").create({ title });
        if (written.isOk()) acknowledged.push(title);
        else expect(["database_busy", "database_not_found"]).toContain(written.error.code);
      }
    };
    const writers = ["one", "two", "three", "four"].map(writer);
    const files: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const { replaced } = valueOf(await engine.backups.restore(id, { drainMs: turn % 2 === 0 ? 0 : 10_000 }));
      files.push(replaced?.file ?? "");
      const seen = acknowledged.length;
      while (acknowledged.length < seen + 5) await new Promise((resolve) => setImmediate(resolve));
    }
    isOver = true;
    await Promise.all(writers);
    valueOf(await engine.close());
    const found = new Set<unknown>();
    for (const file of [...files, "client1.db"]) {
      for (const { title } of await queryFile(join(engine.dataDir, file), "select title from notes")) found.add(title);
    }
    expect(acknowledged.filter((title) => !found.has(title))).toEqual([]);
  });

  it("stops a transaction that takes too long, whatever it waits for", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    let later: unknown;
    let finished: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (finished = resolve));
    const transaction = db.transaction(async (tx) => {
      valueOf(await tx.collection("notes").create({ title: "lost" }));
      await engine.backups.restore(id, { drainMs: 10 });
      later = await tx.collection("notes").create({ title: "into the void" });
      finished();
    });
    refusalOf(await transaction, "database_busy");
    await done;
    refusalOf(later as never, "request_invalid");
    expect(await titlesOf(engine.db("client1"))).toBe("a,b");
  });

  it("stops a query that takes too long", async () => {
    const { engine, db } = await openNotes();
    await write(db, ...Array.from({ length: 3_000 }, (_, n) => `${n}`));
    const id = await backUp(engine);
    const slow = db.collection("notes").getList(1, 1, {
      filter: Array.from({ length: 60 }, (_, n) => `title ~ '%a%b%c%${n}%'`).join(" || "),
    });
    const reads = Array.from({ length: 30 }, () => db.collection("notes").count("title ~ '%1%2%3%4%5%'"));
    valueOf(await engine.backups.restore(id, { drainMs: 0 }));
    for (const result of await Promise.all([slow, ...reads])) {
      if (result.isErr()) expect(["database_busy", "database_not_found"]).toContain(result.error.code);
    }
    expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(3_002);
  });

  it("stops a backup that is being made of it", async () => {
    const { engine, db } = await openNotes();
    const id = await backUp(engine);
    await write(db, ...Array.from({ length: 20_000 }, (_, n) => `note ${n}`));
    const [made, restored] = await Promise.all([
      engine.backups.create("client1"),
      engine.backups.restore(id, { drainMs: 0 }),
    ]);
    valueOf(restored);
    if (made.isErr()) refusalOf(made, "database_busy");
    else valueOf(await engine.backups.verify(made.value.id));
    expect(await titlesOf(engine.db("client1"))).toBe("a,b");
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
  });

  it("does not lose sight of its backup when that is deleted meanwhile", async () => {
    const { engine, db } = await openNotes();
    await write(db, ...Array.from({ length: 5_000 }, (_, n) => `note ${n}`));
    const id = await backUp(engine);
    await write(db, "since");
    const [restored] = await Promise.all([engine.backups.restore(id), engine.backups.delete(id)]);
    const count = valueOf(await engine.db("client1").collection("notes").count());
    if (restored.isOk()) expect(count).toBe(5_002);
    else {
      expect(["backup_not_found", "database_corrupt", "storage_failed"]).toContain(restored.error.code);
      expect(count).toBe(5_003);
    }
  });
});

describe("a candidate with tables of Litestream", () => {
  it("is restored without them, and a backup has none of them", async () => {
    const { engine } = await openNotes();
    valueOf(await engine.close());
    const path = join(engine.dataDir, "client1.db");
    await changeFile(
      path,
      `create table _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
       create table _litestream_lock (id INTEGER);
       insert into _litestream_seq values (1, 7);`,
    );
    const reopened = await openEngine({ dataDir: engine.dataDir });
    const id = await backUp(reopened);
    expect(Object.keys(valueOf(await reopened.backups.verify(id)).rows)).not.toContain("_litestream_seq");
    valueOf(await reopened.backups.restore(id));
    const tables = await queryFile(path, "select name from sqlite_schema where name like '%litestream%'");
    expect(tables).toEqual([]);
  });
});
