// What may lie in place of a database file. None of it is opened, changed, removed or adopted.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, link, lstat, mkdir, open, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LogCall } from "../../../lib/base/logger.js";
import { nodeSqlite3Driver } from "../../../lib/storage/sqlite/node-sqlite3-driver.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";
import { buildNotes, identity, insertNote, noteIds, openSqliteStorage } from "./sqlite-fixture.js";

const hashOf = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

async function makeForeignDatabase(path: string): Promise<void> {
  const connection = await nodeSqlite3Driver.open(path, "create");
  await connection.exec("pragma journal_mode = wal; create table theirs (a); insert into theirs values (1)");
  await connection.close();
}

async function patch(path: string, position: number, byte: number): Promise<void> {
  const file = await open(path, "r+");
  await file.write(new Uint8Array([byte]), 0, 1, position);
  await file.close();
}

/** Puts something under `path`; gives the file that must stay as it is, if any. `own` is a whole database of ours. */
const kinds: readonly [kind: string, reason: RegExp, put: (path: string, own: string) => Promise<string | null>][] = [
  ["a symbolic link to a database", /symbolic link/, async (path, own) => (await symlink(own, path), own)],
  ["a symbolic link to nothing", /symbolic link/, async (path) => (await symlink(`${path}.none`, path), null)],
  ["a second name of a database", /hard link/, async (path, own) => (await link(own, path), own)],
  ["a directory", /not a regular file/, async (path) => (await mkdir(path), null)],
  ["a pipe", /not a regular file/, async (path) => (execFileSync("mkfifo", [path]), null)],
  ["garbage", /not a SQLite database/, async (path) => (await writeFile(path, "x".repeat(9000)), path)],
  ["a few bytes", /not a SQLite database/, async (path) => (await writeFile(path, "SQLite format 3\0"), path)],
  ["an empty file", /empty/, async (path) => (await writeFile(path, ""), path)],
  ["another application's database", /another application/i, async (path) => (await makeForeignDatabase(path), path)],
  [
    "a file of a newer format",
    /newer engine/,
    async (path, own) => (await copyFile(own, path), await patch(path, 71, 2), path),
  ],
  ["a cut off database", /cut off/, async (path, own) => (await copyFile(own, path), await truncate(path, 4096), path)],
];

describe.each(kinds)("%s in place of a database", (_, reason, put) => {
  it("is listed, refused with the reason, and left as it is", async () => {
    const { storage, dataDir, make } = await openSqliteStorage();
    await make("own");
    const path = join(dataDir, "odd.db");
    const kept = await put(path, join(dataDir, "own.db"));
    const before = kept === null ? null : await hashOf(kept);
    const kindBefore = (await lstat(path)).mode;

    expect(valueOf(await storage.list()).map((entry) => entry.name)).toEqual(["odd", "own"]);
    const opened = refusalOf(await storage.openStore("odd"), "database_corrupt");
    expect(opened.details.reason).toMatch(reason);
    expect(valueOf(await storage.inspect("odd"))).toMatchObject({ status: "foreign", reason: opened.details.reason });
    refusalOf(await storage.create("odd", identity, 1, buildNotes), "database_exists");

    expect((await lstat(path)).mode).toBe(kindBefore);
    if (kept !== null) expect(await hashOf(kept)).toBe(before);
    expect((await readdir(dataDir)).filter((entry) => !entry.startsWith("."))).toEqual(["odd.db", "own.db"]);
  });
});

it.each(kinds.filter(([kind]) => kind !== "a cut off database"))("does not remove %s", async (_, _reason, put) => {
  const { storage, dataDir, make } = await openSqliteStorage();
  await make("own");
  const path = join(dataDir, "odd.db");
  await put(path, join(dataDir, "own.db"));
  refusalOf(await storage.remove("odd"), "database_corrupt");
  expect(await lstat(path)).toBeDefined();
});

it("removes a damaged database of its own", async () => {
  const { storage, dataDir, make } = await openSqliteStorage();
  await make("own");
  await truncate(join(dataDir, "own.db"), 4096);
  valueOf(await storage.remove("own"));
  expect(valueOf(await storage.list())).toEqual([]);
});

it("refuses a database with a link for a log", async () => {
  const { storage, dataDir, make } = await openSqliteStorage();
  await make("own");
  await writeFile(join(dataDir, "elsewhere"), "");
  await symlink(join(dataDir, "elsewhere"), join(dataDir, "own.db-wal"));
  expect(refusalOf(await storage.openStore("own"), "database_corrupt").details.reason).toMatch(/-wal/);
});

it.each([
  ["a damaged table", 'drop table "_engine"', /missing or damaged/],
  ["an incomplete table", `delete from "_engine" where key = 'id'`, /incomplete/],
  ["a newer format inside", `update "_engine" set value = '2' where key = 'format'`, /newer engine/],
  ["a trigger", "create trigger t after insert on notes begin select 1; end", /triggers/],
  ["a view", "create view v as select 1", /views/],
])("refuses a file with %s", async (_, change, reason) => {
  const { storage, dataDir, make } = await openSqliteStorage();
  await make("own");
  const connection = await nodeSqlite3Driver.open(join(dataDir, "own.db"), "readwrite");
  await connection.exec(change);
  await connection.close();
  expect(refusalOf(await storage.openStore("own"), "database_corrupt").details.reason).toMatch(reason);
});

it("does not change a closed database by looking at it", async () => {
  const { storage, dataDir, make } = await openSqliteStorage();
  await make("own");
  const before = await hashOf(join(dataDir, "own.db"));
  valueOf(await storage.inspect("own"));
  expect(await hashOf(join(dataDir, "own.db"))).toBe(before);
  expect((await readdir(dataDir)).filter((entry) => entry.startsWith("own"))).toEqual(["own.db"]);
});

it("never takes a stray log for a new database's own", async () => {
  const warned: unknown[] = [];
  const silent: LogCall = () => undefined;
  const logger = { debug: silent, info: silent, warn: (facts: object) => warned.push(facts), error: silent };
  const { storage, dataDir, make, openStore } = await openSqliteStorage({ logger });
  for (const suffix of ["-wal", "-shm", "-journal"]) await writeFile(join(dataDir, `new.db${suffix}`), "stray");
  await make("new");
  expect(await readdir(join(dataDir, ".quarantine"))).toHaveLength(3);
  expect(warned).toHaveLength(3);
  const store = await openStore("new");
  valueOf(await insertNote(store, "a"));
  expect(await noteIds(store)).toEqual(["a"]);
  expect(storage).toBeDefined();
});

it("keeps everything to its owner: directory 0700, files 0600", async () => {
  const parent = await openSqliteStorage();
  const { dataDir, make, openStore } = await openSqliteStorage({ dataDir: join(parent.dataDir, "deep", "data") });
  await make("own");
  const store = await openStore("own");
  valueOf(await insertNote(store, "a"));
  valueOf(await store.snapshot());
  const modeOf = async (path: string) => ((await lstat(path)).mode & 0o777).toString(8);
  expect(await modeOf(dataDir)).toBe("700");
  expect(await readdir(join(dataDir, ".tmp"))).toHaveLength(1);
  for (const entry of await readdir(dataDir, { recursive: true })) {
    const path = join(dataDir, entry);
    expect([entry, await modeOf(path)]).toEqual([entry, (await lstat(path)).isDirectory() ? "700" : "600"]);
  }
});
