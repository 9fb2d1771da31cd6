// What does not belong into a data directory: named as foreign with the reason, refused in every use, left as it is.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, link, lstat, mkdir, readFile, readlink, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { changeFile, queryFile } from "../support/raw-database.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

interface Intruder {
  readonly what: string;
  readonly name: string;
  /** Puts it at `path`. `own` is a closed database of this engine, `elsewhere` a directory outside. */
  put(path: string, own: string, elsewhere: string): Promise<void>;
  readonly reason: RegExp;
}

/** A copy of a database of ours with an id of its own, changed. */
async function changedCopy(own: string, path: string, script: string): Promise<void> {
  await copyFile(own, path);
  await changeFile(path, `update "_engine" set "value" = '${"ab".repeat(16)}' where "key" = 'id'; ${script}`);
}

const intruders: readonly Intruder[] = [
  {
    what: "garbage",
    name: "garbage",
    put: (path) => writeFile(path, "no database ".repeat(500)),
    reason: /not a SQLite/,
  },
  { what: "an empty file", name: "empty", put: (path) => writeFile(path, ""), reason: /empty/ },
  { what: "a directory", name: "folder", put: (path) => mkdir(path), reason: /not a regular file/ },
  {
    what: "a symbolic link to a database of ours",
    name: "linked",
    put: (path, own) => symlink(own, path),
    reason: /symbolic link/,
  },
  {
    what: "a symbolic link to nothing",
    name: "dangling",
    put: (path, _, elsewhere) => symlink(join(elsewhere, "nothing"), path),
    reason: /symbolic link/,
  },
  {
    what: "a hard link",
    name: "twice",
    async put(path, own, elsewhere) {
      await copyFile(own, join(elsewhere, "first"));
      await link(join(elsewhere, "first"), path);
    },
    reason: /hard link/,
  },
  {
    what: "a pipe",
    name: "pipe",
    async put(path) {
      execFileSync("mkfifo", [path]);
    },
    reason: /not a regular file/,
  },
  {
    what: "another application's database",
    name: "other",
    put: (path) => changeFile(path, "create table notes (title); insert into notes values ('theirs');"),
    reason: /another application/,
  },
  {
    what: "a file of a newer format",
    name: "newer",
    async put(path, own) {
      const [row] = await queryFile(own, "PRAGMA application_id");
      await changedCopy(own, path, `PRAGMA application_id = ${Number(row?.["application_id"]) + 1};`);
    },
    reason: /newer engine/,
  },
  {
    what: "a file with a trigger",
    name: "triggered",
    put: (path, own) =>
      changedCopy(own, path, `create trigger t after insert on "notes" begin delete from "notes"; end;`),
    reason: /triggers/,
  },
  {
    what: "a file without the engine's table",
    name: "stripped",
    put: (path, own) => changedCopy(own, path, `drop table "_engine";`),
    reason: /own table/,
  },
  {
    what: "a file that was cut off",
    name: "cut",
    async put(path, own) {
      await copyFile(own, path);
      await truncate(path, 8_192);
    },
    reason: /cut off/,
  },
  {
    what: "a copy of another tenant",
    name: "copied",
    put: (path, own) => copyFile(own, path),
    reason: /copy of database "client1"/,
  },
];

/** What stands at a path, down to the last byte; a link is not followed. */
async function tracesOf(path: string): Promise<string> {
  const status = await lstat(path);
  const content = status.isFile()
    ? createHash("sha256")
        .update(await readFile(path))
        .digest("hex")
    : status.isSymbolicLink()
      ? await readlink(path)
      : "";
  return [status.mode, status.ino, status.size, status.mtimeMs, content].join();
}

/** A closed directory with one tenant, which holds one record. */
async function prepareTenant(): Promise<{ readonly dataDir: string; readonly own: string }> {
  const dataDir = await tempDirectory();
  const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
  valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
  valueOf(await engine.databases.create({ name: "client1" }));
  valueOf(await engine.db("client1").collection("notes").create({ title: "mine" }));
  valueOf(await engine.close());
  // The intruders are made of a copy: the file of a running engine is not touched.
  const own = join(await tempDirectory(), "own.db");
  await copyFile(join(dataDir, "client1.db"), own);
  return { dataDir, own };
}

async function expectRefused(engine: TenantEngine, { name, reason }: Intruder): Promise<void> {
  const path = join(engine.dataDir, `${name}.db`);
  const before = await tracesOf(path);
  const notes = engine.db(name).collection("notes");
  expect(refusalOf(await notes.getList(), "database_corrupt").details.reason).toMatch(reason);
  refusalOf(await notes.create({ title: "x" }), "database_corrupt");
  refusalOf(await engine.db(name).transaction(async () => undefined), "database_corrupt");
  refusalOf(await engine.databases.create({ name }), "database_exists");

  const listed = valueOf(await engine.databases.list()).find((database) => database.name === name);
  expect(listed).toMatchObject({ status: "foreign", createdAt: null, schemaVersion: null, reserved: false });
  expect(listed?.reason).toMatch(reason);
  expect(valueOf(await engine.databases.get(name)).status).toBe("foreign");
  expect(valueOf(await engine.databases.exists(name))).toBe(false);
  const report = valueOf(await engine.databases.migrateAll());
  expect(report.failed).toEqual([]);
  expect(await tracesOf(path)).toBe(before);

  const mine = valueOf(await engine.db("client1").collection<{ title: string }>("notes").getList());
  expect(mine.items.map(({ title }) => title)).toEqual(["mine"]);
}

describe("something foreign in the data directory", () => {
  it.each(intruders.map((intruder) => [intruder.what, intruder] as const))(
    "is refused and left alone: %s",
    async (_, intruder) => {
      const { dataDir, own } = await prepareTenant();
      const path = join(dataDir, `${intruder.name}.db`);
      await intruder.put(path, own, await tempDirectory());
      const before = await tracesOf(path);
      const engine = await openEngine({ dataDir });
      await expectRefused(engine, intruder);
      valueOf(await engine.close());
      expect(await tracesOf(path)).toBe(before);
    },
  );

  it.each(intruders.map((intruder) => [intruder.what, intruder] as const))(
    "is refused when it comes while the engine runs: %s",
    async (_, intruder) => {
      const { dataDir, own } = await prepareTenant();
      const engine = await openEngine({ dataDir });
      valueOf(await engine.db("client1").collection("notes").count());
      await intruder.put(join(dataDir, `${intruder.name}.db`), own, await tempDirectory());
      await expectRefused(engine, intruder);
    },
  );

  it("is not deleted either, where the engine did not make it", async () => {
    const { dataDir, own } = await prepareTenant();
    const elsewhere = await tempDirectory();
    const notOurs = intruders.filter(({ name }) => !["cut", "copied"].includes(name));
    for (const { name, put } of notOurs) await put(join(dataDir, `${name}.db`), own, elsewhere);
    const engine = await openEngine({ dataDir });
    for (const { name } of notOurs) {
      const before = await tracesOf(join(dataDir, `${name}.db`));
      refusalOf(await engine.databases.delete(name), "database_corrupt");
      expect(await tracesOf(join(dataDir, `${name}.db`))).toBe(before);
    }
  });

  it("may be a copy of ours, which a delete removes without harm to the original", async () => {
    const { dataDir, own } = await prepareTenant();
    await copyFile(own, join(dataDir, "copied.db"));
    const engine = await openEngine({ dataDir });
    valueOf(await engine.databases.delete("copied"));
    await expect(lstat(join(dataDir, "copied.db"))).rejects.toThrow("ENOENT");
    expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(1);
  });

  it("is not what became of a database of ours that was cut off: it is refused, and may be deleted", async () => {
    const { dataDir } = await prepareTenant();
    await truncate(join(dataDir, "client1.db"), 8_192);
    const engine = await openEngine({ dataDir });
    const error = refusalOf(await engine.db("client1").collection("notes").count(), "database_corrupt");
    expect(error.details.reason).toMatch(/cut off/);
    valueOf(await engine.databases.delete("client1"));
    valueOf(await engine.databases.create({ name: "client1" }));
    expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(0);
  });

  it("with a name that is none is listed, and no call takes the name", async () => {
    const { dataDir, own } = await prepareTenant();
    const names = ["Upper", "with space", "ünï", "-dash", "x".repeat(64)];
    for (const name of names) await copyFile(own, join(dataDir, `${name}.db`));
    const before = await Promise.all(names.map((name) => tracesOf(join(dataDir, `${name}.db`))));
    const engine = await openEngine({ dataDir });
    const listed = valueOf(await engine.databases.list());
    for (const name of names) {
      expect(listed.find((database) => database.name === name)).toMatchObject({ status: "foreign" });
      refusalOf(await engine.db(name).collection("notes").count(), "database_name_invalid");
      refusalOf(await engine.databases.get(name), "database_name_invalid");
      refusalOf(await engine.databases.delete(name), "database_name_invalid");
    }
    expect(await Promise.all(names.map((name) => tracesOf(join(dataDir, `${name}.db`))))).toEqual(before);
  });

  it("may be a database of a newer schema, which is refused and untouched", async () => {
    const { dataDir, own } = await prepareTenant();
    const path = join(dataDir, "ahead.db");
    await changedCopy(own, path, "PRAGMA user_version = 9999;");
    const before = await tracesOf(path);
    const engine = await openEngine({ dataDir });
    const error = refusalOf(await engine.db("ahead").collection("notes").count(), "database_corrupt");
    expect(error.details.reason).toMatch(/schema version 9999/);
    const { failed } = valueOf(await engine.databases.migrateAll());
    expect(failed.map(({ name }) => name)).toEqual(["ahead"]);
    valueOf(await engine.close());
    expect(await tracesOf(path)).toBe(before);
  });

  it("with an id of its own is taken in: a database of ours that came from elsewhere", async () => {
    const { dataDir, own } = await prepareTenant();
    await changedCopy(own, join(dataDir, "moved.db"), `update "notes" set "title" = 'from elsewhere';`);
    const engine = await openEngine({ dataDir });
    expect(valueOf(await engine.databases.exists("moved"))).toBe(true);
    const { items } = valueOf(await engine.db("moved").collection<{ title: string }>("notes").getList());
    expect(items.map(({ title }) => title)).toEqual(["from elsewhere"]);
  });
});
