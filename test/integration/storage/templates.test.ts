// Databases that are copied from a template: whole, their own, and none the worse for what happens to the template.
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ok, refuse } from "../../../lib/base/result.js";
import type { StoreExecutor, StoreIdentity } from "../../../lib/storage/storage.js";
import { failingFileSystem } from "../../support/failing-ports.js";
import { integrityOf } from "../../support/raw-database.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";
import { buildNotes, insertNote, noteIds, openSqliteStorage, type OpenStorage } from "./sqlite-fixture.js";

const identityOf = (n: number): StoreIdentity => ({
  id: n.toString(16).padStart(32, "0"),
  createdAt: new Date(n * 1_000).toISOString(),
});

/** Counts how often the work of building is done. */
function counted() {
  const build = async (db: StoreExecutor) => {
    build.times += 1;
    return buildNotes(db);
  };
  build.times = 0;
  return build;
}

const templatesIn = (dataDir: string): Promise<string[]> => readdir(join(dataDir, ".template"));

async function expectOwn({ openStore, dataDir }: OpenStorage, name: string, n: number): Promise<void> {
  const store = await openStore(name);
  expect(store.identity).toEqual(identityOf(n));
  expect(await noteIds(store)).toEqual([]);
  valueOf(await insertNote(store, `only in ${name}`));
  expect(await noteIds(store)).toEqual([`only in ${name}`]);
  valueOf(await store.close());
  expect(await integrityOf(join(dataDir, `${name}.db`))).toBe("ok");
  expect((await stat(join(dataDir, `${name}.db`))).mode & 0o777).toBe(0o600);
}

it("is built once for a word, and each copy has its own identity and records", async () => {
  const opened = await openSqliteStorage();
  const { storage, dataDir } = opened;
  const build = counted();
  const names = Array.from({ length: 20 }, (_, n) => `copy-${n}`);
  const made = await Promise.all(
    names.map((name, n) => storage.create(name, identityOf(n), 5, build, { template: "notes" })),
  );
  expect(build.times).toBe(1);
  for (const [n, name] of names.entries()) {
    expect(valueOf(made[n]!)).toEqual(valueOf(await storage.stat(name)));
    await expectOwn(opened, name, n);
  }
  const built = await openSqliteStorage();
  valueOf(await built.storage.create("built", identityOf(1), 5, buildNotes));
  expect(valueOf(await storage.inspect("copy-1"))).toEqual(valueOf(await built.storage.inspect("built")));

  const [first] = await templatesIn(dataDir);
  valueOf(await storage.create("later", identityOf(99), 6, build, { template: "notes 6" }));
  expect(build.times).toBe(2);
  const [second, ...others] = await templatesIn(dataDir);
  expect(others).toEqual([]);
  expect(second).not.toBe(first);
  valueOf(await storage.close());
  expect(await templatesIn(dataDir)).toEqual([]);
});

it.runIf(process.platform === "linux")("is held open by nobody", async () => {
  const { storage } = await openSqliteStorage();
  valueOf(await storage.create("a", identityOf(1), 5, buildNotes, { template: "notes" }));
  const open = readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [readlinkSync(`/proc/self/fd/${number}`)];
    } catch {
      return [];
    }
  });
  expect(open.filter((path) => path.includes(".template"))).toEqual([]);
});

it.each([
  ["removed", (path: string) => rm(path)],
  ["cut off", (path: string) => truncate(path, 4096)],
])("is built anew when somebody has %s it", async (_, harm) => {
  const opened = await openSqliteStorage();
  const { storage, dataDir } = opened;
  const build = counted();
  valueOf(await storage.create("a", identityOf(1), 5, build, { template: "notes" }));
  const [template] = await templatesIn(dataDir);
  await harm(join(dataDir, ".template", template!));
  const made = await Promise.all(
    ["b", "c", "d"].map((name, n) => storage.create(name, identityOf(n + 2), 5, build, { template: "notes" })),
  );
  for (const each of made) valueOf(each);
  for (const [n, name] of ["a", "b", "c", "d"].entries()) await expectOwn(opened, name, n + 1);
  expect(build.times).toBe(2);
  expect(await templatesIn(dataDir)).toHaveLength(1);
  expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
});

it("is not used for an identity that it has no room for", async () => {
  const { storage, openStore } = await openSqliteStorage();
  const build = counted();
  const identity = { id: "short", createdAt: "2026" };
  valueOf(await storage.create("a", identity, 5, build, { template: "notes" }));
  expect((await openStore("a")).identity).toEqual(identity);
  const wide = { id: "é".repeat(32), createdAt: identityOf(1).createdAt };
  valueOf(await storage.create("b", wide, 5, build, { template: "notes" }));
  expect((await openStore("b")).identity).toEqual(wide);
  expect(build.times).toBe(2);
});

it("is not used when it cannot be proven", async () => {
  const opened = await openSqliteStorage();
  const { storage, dataDir } = opened;
  let times = 0;
  // The identity stands in the file twice: nobody could say which place is the one that is read.
  const build = async (db: StoreExecutor) => {
    times += 1;
    valueOf(await buildNotes(db));
    const [row] = await db.selectFrom("_engine").select("value").where("key", "=", "id").execute();
    await db
      .insertInto("notes")
      .values({ id: row!["value"] as string })
      .execute();
    return ok(undefined);
  };
  for (const [n, name] of ["a", "b"].entries()) {
    valueOf(await storage.create(name, identityOf(n), 5, build, { template: "notes" }));
    const store = await opened.openStore(name);
    expect(store.identity).toEqual(identityOf(n));
    expect(await noteIds(store)).toEqual([identityOf(n).id]);
  }
  // Once for the template, then for each.
  expect(times).toBe(3);
  expect(await templatesIn(dataDir)).toEqual([]);
});

it("that a crash left is cleared at the next open", async () => {
  const { storage, dataDir } = await openSqliteStorage();
  valueOf(await storage.close());
  await writeFile(join(dataDir, ".template", "template.0123456789abcdef.db"), "half");
  valueOf(await storage.open());
  expect(await templatesIn(dataDir)).toEqual([]);
});

it.each([
  ["ENOSPC", "storage_full"],
  ["EIO", "storage_failed"],
] as const)("a copy that meets %s at any call leaves nothing, and the next one is whole", async (errno, code) => {
  const files = failingFileSystem();
  const opened = await openSqliteStorage({ fileSystem: files });
  const { storage, dataDir } = opened;
  const visible = async () => (await readdir(dataDir)).filter((entry) => !entry.startsWith("."));
  // From the first call of the first create, which builds, to the last of the second, which copies.
  const create = async (name: string, n: number) =>
    storage.create(name, identityOf(n), 5, buildNotes, { template: "notes" });
  files.failCall(0, errno);
  valueOf(await create("built", 1));
  const building = files.calls.length;
  files.failCall(0, errno);
  valueOf(await create("copied", 2));
  const copying = files.calls.length;
  expect(building).toBeGreaterThan(copying);
  expect(files.calls).not.toContain("createEmpty");
  for (const [isFirst, steps] of [
    [true, building],
    [false, copying],
  ] as const) {
    for (let step = 1; step <= steps; step += 1) {
      files.failCall(0, errno);
      if (isFirst) {
        valueOf(await storage.close());
        valueOf(await storage.open());
      }
      files.failCall(step, errno);
      refusalOf(await create("new", 3), code);
      files.failCall(0, errno);
      expect(await visible()).toEqual(["built.db", "copied.db"]);
      expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
      expect((await templatesIn(dataDir)).length).toBeLessThanOrEqual(1);
    }
  }
  valueOf(await create("new", 3));
  for (const [n, name] of ["built", "copied", "new"].entries()) await expectOwn(opened, name, n + 1);
});

it("nothing is left when what runs alongside refuses", async () => {
  const { storage, dataDir } = await openSqliteStorage();
  const seen: string[] = [];
  const refused = await storage.create("a", identityOf(1), 5, buildNotes, {
    template: "notes",
    alongside: async (entry) => {
      seen.push(entry.fingerprint);
      return valueOf(await storage.stat("a"))?.fingerprint === entry.fingerprint
        ? refuse("conflict", {})
        : ok(undefined);
    },
  });
  refusalOf(refused, "conflict");
  expect(seen).toHaveLength(1);
  expect(existsSync(join(dataDir, "a.db"))).toBe(false);
  expect(await readdir(join(dataDir, ".tmp"))).toEqual([]);
  valueOf(await storage.create("a", identityOf(2), 5, buildNotes, { template: "notes" }));
});
