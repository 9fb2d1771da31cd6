// The life of databases: made, listed, deleted, made again; never the wrong one under a name.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../lib/index.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { setClock } from "../support/set-clock.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }] } as const;

describe("create", () => {
  it("tells what it made, and get, list and exists tell the same", async () => {
    const clock = setClock();
    const engine = await openEngine({ clock });
    const made = valueOf(await engine.databases.create({ name: "client1" }));
    expect(made).toEqual({
      name: "client1",
      reserved: false,
      sizeBytes: made.sizeBytes,
      createdAt: "2024-02-29T12:00:00.000Z",
      schemaVersion: made.schemaVersion,
      status: "ready",
    });
    expect(made.sizeBytes).toBe((await stat(join(engine.dataDir, "client1.db"))).size);
    expect(valueOf(await engine.databases.get("client1"))).toEqual(made);
    expect(valueOf(await engine.databases.list()).at(-1)).toEqual(made);
    expect(valueOf(await engine.databases.exists("client1"))).toBe(true);
    expect(valueOf(await engine.databases.exists("client2"))).toBe(false);
    expect(valueOf(await engine.databases.exists("default"))).toBe(true);
  });

  it("of one name by many callers at once is done for one", async () => {
    const engine = await openEngine();
    const results = await Promise.all(Array.from({ length: 10 }, () => engine.databases.create({ name: "client1" })));
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    for (const result of results) if (result.isErr()) refusalOf(result, "database_exists");
  });

  it("makes files that only their owner can read", async () => {
    const dataDir = join(await tempDirectory(), "data");
    const { engine } = await openTenant([notes], { dataDir });
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(engine.dataDir)) {
      expect([file, (await stat(join(engine.dataDir, file))).mode & 0o077]).toEqual([file, 0]);
    }
  });
});

describe("delete", () => {
  it("removes every file of the database and lets the name be used at once, many times", async () => {
    const { engine, db } = await openTenant([notes]);
    for (let round = 0; round < 5; round += 1) {
      const own = engine.db("client1").collection("notes");
      expect(valueOf(await own.count())).toBe(0);
      valueOf(await own.create({ title: `round ${round}` }));
      valueOf(await engine.databases.delete("client1"));
      expect((await readdir(engine.dataDir)).filter((file) => file.startsWith("client1"))).toEqual([]);
      valueOf(await engine.databases.create({ name: "client1" }));
    }
    expect(db.name).toBe("client1");
  });

  it("ends handles of the old database, which never reach the new one", async () => {
    const { engine, db } = await openTenant([notes]);
    const own = db.collection("notes");
    valueOf(await own.create({ title: "old" }));
    valueOf(await engine.databases.delete("client1"));
    refusalOf(await own.count(), "database_not_found");
    valueOf(await engine.databases.create({ name: "client1" }));
    refusalOf(await own.create({ title: "astray" }), "database_not_found");
    refusalOf(await db.transaction(async () => 1), "database_not_found");
    expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(0);
  });

  it("a handle taken before the database is made stands for the one that it first meets", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(notes));
    const early = engine.db("client1").collection("notes");
    refusalOf(await early.count(), "database_not_found");
    valueOf(await engine.databases.create({ name: "client1" }));
    expect(valueOf(await early.count())).toBe(0);
  });

  it("waits for those who read and write, and lets nobody half in", async () => {
    const { engine, db } = await openTenant([notes]);
    const writes = Array.from({ length: 40 }, (_, at) => db.collection("notes").create({ title: `t${at}` }));
    const deleted = engine.databases.delete("client1");
    const later = Array.from({ length: 10 }, () => db.collection("notes").count());
    valueOf(await deleted);
    for (const result of await Promise.all([...writes, ...later])) {
      if (result.isErr()) refusalOf(result, "database_not_found");
    }
    expect((await readdir(engine.dataDir)).filter((file) => file.startsWith("client1"))).toEqual([]);
  });

  it("by many callers at once is done for one", async () => {
    const { engine } = await openTenant([notes]);
    const results = await Promise.all(Array.from({ length: 8 }, () => engine.databases.delete("client1")));
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    for (const result of results) if (result.isErr()) refusalOf(result, "database_not_found");
  });

  it("beside create of the same name leaves one whole database or none", async () => {
    const { engine } = await openTenant([notes]);
    const calls = Array.from({ length: 20 }, (_, at) =>
      at % 2 === 0
        ? engine.databases.delete("client1").map(() => undefined)
        : engine.databases.create({ name: "client1" }).map(() => undefined),
    );
    for (const result of await Promise.all(calls)) {
      if (result.isErr()) expect(["database_not_found", "database_exists"]).toContain(result.error.code);
    }
    if (valueOf(await engine.databases.exists("client1"))) {
      valueOf(await engine.db("client1").collection("notes").create({ title: "whole" }));
    } else {
      expect((await readdir(engine.dataDir)).filter((file) => file.startsWith("client1"))).toEqual([]);
    }
  });
});

describe("more databases than may be open", () => {
  it("are all served, also at once", async () => {
    const engine = await openEngine({ maxOpenDatabases: 3 });
    valueOf(await engine.collections.create(notes));
    const names = Array.from({ length: 12 }, (_, at) => `client${at}`);
    for (const name of names) valueOf(await engine.databases.create({ name }));
    const calls = Array.from({ length: 120 }, async (_, at) => {
      const name = names[at % names.length] ?? "";
      return valueOf(await engine.db(name).collection("notes").create({ title: name }));
    });
    await Promise.all(calls);
    for (const name of names) {
      const { items } = valueOf(await engine.db(name).collection("notes").getList());
      expect(items.map(({ title }) => title)).toEqual(Array.from({ length: 10 }, () => name));
    }
  });
});

describe("migrateAll", () => {
  it("brings every database up, tells how far it is, and has nothing to do the second time", async () => {
    const engine = await openEngine();
    const names = Array.from({ length: 6 }, (_, at) => `client${at}`);
    for (const name of names) valueOf(await engine.databases.create({ name }));
    valueOf(await engine.collections.create(notes));
    const told: Progress[] = [];
    const report = valueOf(
      await engine.databases.migrateAll({ concurrency: 2, onProgress: (progress) => void told.push(progress) }),
    );
    expect(report).toMatchObject({ total: 9, failed: [] });
    expect(report.migrated).toBeGreaterThanOrEqual(6);
    expect(report.migrated + report.current).toBe(9);
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(told.map(({ current }) => current).sort()).toEqual([...names, "default", "stats", "workflows"].sort());
    for (const { schemaVersion } of valueOf(await engine.databases.list()))
      expect(schemaVersion).toBe(report.schemaVersion);
    expect(valueOf(await engine.databases.migrateAll())).toMatchObject({
      total: 9,
      migrated: 0,
      current: 9,
      failed: [],
    });
  });
});

describe("close", () => {
  it("may be called by many, many times, and lets the directory be opened again at once", async () => {
    const dataDir = await tempDirectory();
    for (let round = 0; round < 3; round += 1) {
      const engine = await openEngine({ dataDir });
      if (round === 0) valueOf(await engine.collections.create(notes));
      valueOf(
        await engine
          .db()
          .collection("notes")
          .create({ title: `round ${round}` }),
      );
      const closed = await Promise.all([engine.close(), engine.close(), engine.close()]);
      for (const result of closed) valueOf(result);
      refusalOf(await engine.databases.list(), "engine_closed");
    }
    const engine = await openEngine({ dataDir });
    expect(valueOf(await engine.db().collection("notes").count())).toBe(3);
  });

  it("finishes what was under way, and refuses what comes", async () => {
    const dataDir = await tempDirectory();
    const { engine, db } = await openTenant([notes], { dataDir });
    const writes = Array.from({ length: 50 }, (_, at) => db.collection("notes").create({ title: `t${at}` }));
    const closing = engine.close();
    const results = await Promise.all(writes);
    valueOf(await closing);
    const done = results.filter((result) => result.isOk()).length;
    for (const result of results) if (result.isErr()) refusalOf(result, "engine_closed");
    const again = await openEngine({ dataDir });
    expect(valueOf(await again.db("client1").collection("notes").count())).toBe(done);
  });

  it("a second engine of the same directory is refused while the first is open", async () => {
    const dataDir = await tempDirectory();
    const first = await openEngine({ dataDir });
    const { TenantEngine } = await import("../../lib/index.js");
    const error = refusalOf(await TenantEngine.open({ dataDir }), "data_directory_locked");
    expect(error.isRetryable).toBe(true);
    valueOf(await first.databases.list());
    valueOf(await first.close());
    valueOf(await (await openEngine({ dataDir })).databases.list());
  });
});
