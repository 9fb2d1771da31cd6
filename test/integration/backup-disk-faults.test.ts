// The disk, or the store, fails at every single step of a backup and of a restore: a typed error, the live database as it
// was, nothing left over, and the next try works.
import { execFileSync, spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDirectoryStore, err, TenantEngine, type BackupStore } from "../../lib/index.js";
import { EngineError } from "../../lib/base/errors.js";
import type { DriverErrorCode } from "../../lib/storage/sqlite/driver.js";
import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { failingDriver, failingFileSystem } from "../support/failing-ports.js";
import { openEngine } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text", max: 100_000 }] } as const;

async function openFailing() {
  const dataDir = await tempDirectory();
  const files = failingFileSystem();
  const disk: { failing: (sql: string) => DriverErrorCode | null } = { failing: () => null };
  const driver = failingDriver(nodeSqlite3Driver, (sql) => disk.failing(sql));
  const storage = createSqliteStorage({ dataDir, durability: "normal", fileSystem: files, driver });
  const store = createDirectoryStore({ directory: join(dataDir, "backups"), fileSystem: files });
  const engine = await openEngine({ dataDir, storage, backups: { store } });
  valueOf(await engine.collections.create(notes));
  valueOf(await engine.databases.create({ name: "client1" }));
  valueOf(await engine.db("client1").collection("notes").create({ title: "old" }));
  const { id } = valueOf(await engine.backups.create("client1"));
  valueOf(await engine.db("client1").collection("notes").create({ title: "new" }));
  return { engine, dataDir, files, disk, id };
}

async function leftIn(dataDir: string, backups: number): Promise<readonly string[]> {
  const left: string[] = [];
  for (const side of [".tmp", ".trash", ".restoring", ".replaced", join("backups", ".partial")]) {
    left.push(...(await readdir(join(dataDir, side))).map((entry) => `${side}/${entry}`));
  }
  const kept = (await readdir(join(dataDir, "backups"))).filter((entry) => !entry.startsWith("."));
  return kept.length === backups ? left : [...left, `${kept.length} backups`];
}

describe("a disk that is full at one call", () => {
  it("refuses a backup with storage_full, and leaves nothing of it", { timeout: 120_000 }, async () => {
    const { engine, files } = await openFailing();
    files.failCall(0, "ENOSPC");
    const { id } = valueOf(await engine.backups.create("client1"));
    const steps = files.calls.length;
    valueOf(await engine.backups.delete(id));
    expect(steps).toBeGreaterThan(15);
    const accepted: string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      files.failCall(step, "ENOSPC");
      const made = await engine.backups.create("client1");
      const call = files.calls[step - 1] ?? "";
      files.failCall(0, "ENOSPC");
      if (made.isErr()) refusalOf(made, "storage_full");
      else {
        // What failed was a clearing up, not the backup.
        accepted.push(call);
        valueOf(await engine.backups.verify(made.value.id));
        valueOf(await engine.backups.delete(made.value.id));
      }
      expect([step, call, await engine.backups.list().map((listed) => listed.length)]).toEqual([
        step,
        call,
        expect.objectContaining({ value: 1 }),
      ]);
      expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(2);
    }
    for (const call of accepted) expect(["unlink", "list"]).toContain(call);
  });

  it("refuses a restore with storage_full, and leaves the live database", { timeout: 120_000 }, async () => {
    const { engine, dataDir, files, id } = await openFailing();
    files.failCall(0, "ENOSPC");
    valueOf(await engine.backups.preview(id));
    let step = 0;
    for (let isRestored = false; !isRestored;) {
      step += 1;
      files.failCall(step, "ENOSPC");
      const restored = await engine.backups.restore(id);
      const isOver = files.calls.length < step;
      const call = files.calls[step - 1];
      files.failCall(0, "ENOSPC");
      if (restored.isErr()) {
        refusalOf(restored, "storage_full");
        expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(2);
        if (call !== "unlink") expect([step, call, await leftIn(dataDir, 1)]).toEqual([step, call, []]);
      } else {
        expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(1);
        isRestored = isOver;
        // Once more from the beginning, with the next call.
        valueOf(await engine.databases.delete("client1"));
        valueOf(await engine.databases.create({ name: "client1" }));
        for (const title of ["old", "new"]) valueOf(await engine.db("client1").collection("notes").create({ title }));
      }
      // What could not be removed is cleared at the next open.
      if (call !== "unlink") continue;
      for (const entry of await readdir(join(dataDir, ".tmp"))) await rm(join(dataDir, ".tmp", entry));
    }
    expect(step).toBeGreaterThan(40);
  });

  it.each(["vacuum into", "pragma integrity_check", 'update "_engine"', "begin immediate"])(
    "under SQLite's own %s refuses with storage_full",
    async (statement) => {
      const { engine, dataDir, disk, id } = await openFailing();
      disk.failing = (sql) => (sql.toLowerCase().startsWith(statement) ? "FULL" : null);
      const made = await engine.backups.create("client1");
      const restored = await engine.backups.restore(id);
      disk.failing = () => null;
      const outcomes = [made, restored].map((result) => (result.isErr() ? result.error.code : "ok"));
      expect(outcomes).toContain("storage_full");
      expect(outcomes.filter((code) => !["ok", "storage_full"].includes(code))).toEqual([]);
      if (restored.isErr()) expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(2);
      expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
      valueOf(await engine.backups.verify(valueOf(await engine.backups.create("client1")).id));
    },
  );
});

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
}

describe.runIf(canMount())("a file system that is full in earnest", () => {
  it(
    "refuses backups and restores, loses nothing, and takes them when there is room",
    { timeout: 120_000 },
    async () => {
      const dataDir = await tempDirectory();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", dataDir]);
      onTestFinished(() => void execFileSync("umount", ["--lazy", dataDir]));
      const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
      onTestFinished(async () => void (await engine.close()));
      valueOf(await engine.collections.create(notes));
      valueOf(await engine.databases.create({ name: "client1" }));
      const collection = engine.db("client1").collection("notes");
      const rows = Array.from({ length: 10 }, () => ({ title: "x".repeat(90_000) }));
      valueOf(await collection.createMany(rows));
      const { id } = valueOf(await engine.backups.create("client1"));
      let count = rows.length;
      for (;;) {
        const written = await collection.create({ title: "y".repeat(50_000) });
        if (written.isErr()) {
          refusalOf(written, "storage_full");
          break;
        }
        count += 1;
      }
      refusalOf(await engine.backups.create("client1"), "storage_full");
      refusalOf(await engine.backups.restore(id), "storage_full");
      expect(valueOf(await collection.count())).toBe(count);
      expect(await leftIn(dataDir, 1)).toEqual([]);
      execFileSync("mount", ["-o", "remount,size=64m", dataDir]);
      const later = valueOf(await engine.backups.create("client1"));
      valueOf(await engine.backups.restore(id));
      expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(rows.length);
      valueOf(await engine.backups.restore(later.id));
      expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(count);
    },
  );
});

describe("a store that fails half-way", () => {
  const failure = new EngineError("storage_failed", {}, { message: "The bucket cannot be reached." }) as EngineError;

  async function openWith(change: (store: BackupStore) => Partial<BackupStore>) {
    const place = await tempDirectory();
    const whole = createDirectoryStore({ directory: place });
    const store: BackupStore = {
      put: (key, content) => whole.put(key, content),
      replace: (key, content) => whole.replace(key, content),
      get: (key) => whole.get(key),
      list: (prefix) => whole.list(prefix),
      delete: (key) => whole.delete(key),
      ...change(whole),
    };
    const engine = await openEngine({ backups: { store } });
    valueOf(await engine.collections.create(notes));
    valueOf(await engine.databases.create({ name: "client1" }));
    valueOf(await engine.db("client1").collection("notes").create({ title: "live" }));
    return { engine, place };
  }

  it("makes no backup when the content breaks off", async () => {
    const { engine, place } = await openWith((whole) => ({
      async put(key, content) {
        if (!key.endsWith("/content")) return whole.put(key, content);
        for await (const piece of content) if (piece.length > 0) break;
        return err(failure);
      },
    }));
    expect(refusalOf(await engine.backups.create("client1"), "storage_failed").message).toBe(failure.message);
    expect((await readdir(place)).filter((entry) => !entry.startsWith("."))).toEqual([]);
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
  });

  it("removes the content of a backup whose manifest cannot be kept", async () => {
    const { engine, place } = await openWith((whole) => ({
      put: async (key, content) => (key.endsWith("/manifest.json") ? err(failure) : whole.put(key, content)),
    }));
    refusalOf(await engine.backups.create("client1"), "storage_failed");
    expect((await readdir(place)).filter((entry) => !entry.startsWith("."))).toEqual([]);
    expect(valueOf(await engine.backups.list())).toEqual([]);
  });

  it("restores nothing when the content cannot be read to its end", async () => {
    const { engine } = await openWith((whole) => ({
      async get(key) {
        if (!key.endsWith("/content")) return whole.get(key);
        const found = valueOf(await whole.get(key));
        return (await whole.get(key)).map(() => breakOff(found));
      },
    }));
    const { id } = valueOf(await engine.backups.create("client1"));
    expect(refusalOf(await engine.backups.restore(id), "storage_failed").message).toBe(failure.message);
    refusalOf(await engine.backups.verify(id), "storage_failed");
    // That it could not be reached says nothing about it.
    expect(valueOf(await engine.backups.list())).toMatchObject([{ id, problem: null, provenAt: null }]);
    expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(1);
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
  });

  async function* breakOff(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      yield piece.subarray(0, 5_000);
      throw failure;
    }
  }
});
