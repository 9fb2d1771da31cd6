// One engine for each data directory, whatever way the one before ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createSqliteStorage } from "../../../lib/storage/sqlite/sqlite-storage.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";
import { noteIds, openSqliteStorage } from "./sqlite-fixture.js";

const childScript = resolve("dist/test/integration/storage/hold-directory-child.js");

it("refuses while another process holds it, and takes it as soon as that one is killed", async () => {
  const dataDir = await tempDirectory();
  const child = spawn(process.execPath, [childScript, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  expect(String(said)).toBe("held\n");

  const storage = createSqliteStorage({ dataDir, durability: "full" });
  expect(refusalOf(await storage.open(), "data_directory_locked").details).toEqual({ dataDir });

  child.kill("SIGKILL");
  await once(child, "exit");
  valueOf(await storage.open());
  valueOf(await storage.close());
});

it("refuses a second engine in the same process, also by another path", async () => {
  const { dataDir, storage } = await openSqliteStorage();
  const alias = join(await tempDirectory(), "alias");
  await symlink(dataDir, alias);
  for (const path of [dataDir, alias]) {
    refusalOf(await createSqliteStorage({ dataDir: path, durability: "full" }).open(), "data_directory_locked");
  }
  expect(valueOf(await storage.list())).toEqual([]);
});

it("opens once, however often it is asked at once", async () => {
  const storage = createSqliteStorage({ dataDir: await tempDirectory(), durability: "full" });
  for (const opened of await Promise.all([storage.open(), storage.open(), storage.open()])) valueOf(opened);
  for (const closed of await Promise.all([storage.close(), storage.close()])) valueOf(closed);
});

it.each([".lock", ".tmp", ".trash", ".quarantine"])(
  "refuses a link in place of %s and touches nothing behind it",
  async (entry) => {
    const dataDir = await tempDirectory();
    const elsewhere = await tempDirectory();
    await writeFile(join(elsewhere, "file"), "precious");
    await symlink(entry === ".lock" ? join(elsewhere, "file") : elsewhere, join(dataDir, entry));
    refusalOf(await createSqliteStorage({ dataDir, durability: "full" }).open(), "storage_failed");
    expect(await readFile(join(elsewhere, "file"), "utf8")).toBe("precious");
  },
);

it("refuses a file in place of the data directory", async () => {
  const dataDir = join(await tempDirectory(), "file");
  await writeFile(dataDir, "precious");
  refusalOf(await createSqliteStorage({ dataDir, durability: "full" }).open(), "storage_failed");
  expect(await readFile(dataDir, "utf8")).toBe("precious");
});

it("clears what a crash left: half-made files, half-removed ones and their logs, and nothing else", async () => {
  const dataDir = await tempDirectory();
  for (const directory of [".tmp", ".trash", ".quarantine", ".tmp/theirs"]) await mkdir(join(dataDir, directory));
  const mark = "0123456789abcdef";
  const left = [`.tmp/a.${mark}.db`, `.tmp/a.${mark}.db-wal`, `.trash/b.${mark}.db`, "b.db-wal", "b.db-shm"];
  const kept = ["c.db-wal", ".quarantine/d.db-wal", "note.txt"];
  for (const path of [...left, ...kept]) await writeFile(join(dataDir, path), path);
  await openSqliteStorage({ dataDir });
  for (const path of left) await expect(readFile(join(dataDir, path))).rejects.toMatchObject({ code: "ENOENT" });
  for (const path of kept) expect(await readFile(join(dataDir, path), "utf8")).toBe(path);
});

it("does not take the log of a database that was made again for an orphan", async () => {
  const dataDir = await tempDirectory();
  await mkdir(join(dataDir, ".trash"));
  await writeFile(join(dataDir, ".trash", "b.0123456789abcdef.db"), "old");
  for (const path of ["b.db", "b.db-wal"]) await writeFile(join(dataDir, path), "new");
  await openSqliteStorage({ dataDir });
  expect(await readFile(join(dataDir, "b.db-wal"), "utf8")).toBe("new");
});

it("frees a new database from its second name when the crash came between the two", async () => {
  const first = await openSqliteStorage();
  await first.make("a");
  valueOf(await first.storage.close());
  const made = join(first.dataDir, ".tmp", "a.0123456789abcdef.db");
  await link(join(first.dataDir, "a.db"), made);
  const second = await openSqliteStorage({ dataDir: first.dataDir });
  expect(await noteIds(await second.openStore("a"))).toEqual([]);
});
