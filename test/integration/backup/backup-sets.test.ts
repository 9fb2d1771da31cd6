// Backups of all databases: what is copied, what is passed over, what fails alone.
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine, type CreateAllOptions, type Progress } from "../../../lib/index.js";
import { openTenant } from "../../support/open-engine.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }] } as const;

async function openFleet(names: readonly string[], options: Parameters<typeof openTenant>[1] = {}) {
  const { engine } = await openTenant([notes], options);
  for (const name of names) valueOf(await engine.databases.create({ name }));
  return engine;
}

const write = async (engine: TenantEngine, name: string): Promise<void> =>
  void valueOf(await engine.db(name).collection("notes").create({ title: "x" }));

/** Which databases a run has copied: their number of backups before and after. */
async function copiedBy(engine: TenantEngine, options: CreateAllOptions = {}): Promise<readonly string[]> {
  const before = new Set(valueOf(await engine.backups.list()).map(({ id }) => id));
  const report = valueOf(await engine.backups.createAll(options));
  const made = valueOf(await engine.backups.list()).filter(({ id }) => !before.has(id));
  expect(report.failed).toEqual([]);
  expect(made).toHaveLength(report.copied);
  return made.map(({ database }) => database);
}

describe("createAll", () => {
  it("makes a set of every database, told on the way", async () => {
    const engine = await openFleet(["client2"]);
    const told: Progress[] = [];
    const report = valueOf(await engine.backups.createAll({ onProgress: (progress) => told.push(progress) }));
    expect(report).toMatchObject({ total: 5, copied: 5, unchanged: 0, failed: [] });
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5]);
    expect(told.at(-1)).toEqual({ done: 5, total: 5, failed: 0, current: "default" });
    const [set] = valueOf(await engine.backups.listSets());
    expect(set).toEqual({
      id: report.set,
      status: "ready",
      createdAt: report.createdAt,
      isChosen: false,
      databases: ["client1", "client2", "default", "stats", "workflows"],
      failed: [],
      missing: [],
      provenAt: null,
      problem: null,
    });
    // A set is no backup of a database that happens to be called so.
    valueOf(await engine.databases.create({ name: "all" }));
    expect(valueOf(await engine.backups.list("all"))).toEqual([]);
    expect(valueOf(await engine.backups.list())).toHaveLength(5);
  });

  it("copies again only what was written to, however it was opened and closed in between", async () => {
    const engine = await openFleet(["client2", "client3"], { maxOpenDatabases: 3 });
    for (const name of ["client1", "client2"]) await write(engine, name);
    await copiedBy(engine);
    expect(await copiedBy(engine)).toEqual([]);
    // Opened, read and closed for others' sake: three have room.
    for (const name of ["client1", "client2", "client3"]) {
      valueOf(await engine.db(name).collection("notes").count());
      valueOf(await engine.db(name).stats());
    }
    expect(await copiedBy(engine)).toEqual([]);
    await write(engine, "client2");
    expect(await copiedBy(engine)).toEqual(["client2"]);
    // A backup of one counts as well.
    await write(engine, "client3");
    valueOf(await engine.backups.create("client3"));
    expect(await copiedBy(engine)).toEqual([]);
    expect(await copiedBy(engine, { copyUnchanged: true })).toHaveLength(6);
    const sets = valueOf(await engine.backups.listSets());
    expect(sets).toHaveLength(6);
    for (const { databases, missing } of sets) expect([databases.length, missing]).toEqual([6, []]);
  });

  it("copies again what was made anew, deleted from the store, or found damaged", async () => {
    const engine = await openFleet(["client2", "client3"]);
    await copiedBy(engine);
    valueOf(await engine.databases.delete("client1"));
    valueOf(await engine.databases.create({ name: "client1" }));
    const [of2] = valueOf(await engine.backups.list("client2"));
    const [of3] = valueOf(await engine.backups.list("client3"));
    valueOf(await engine.backups.delete(of2!.id));
    await appendFile(join(engine.dataDir, "backups", of3!.id, "content"), "x");
    refusalOf(await engine.backups.verify(of3!.id), "database_corrupt");
    // The default database has taken down who was deleted and made.
    expect([...(await copiedBy(engine))].sort()).toEqual(["client1", "client2", "client3", "default"]);
    const [first] = valueOf(await engine.backups.listSets());
    expect(first!.missing).toEqual(["client2"]);
  });

  it("knows after a restart what was not written to", async () => {
    const dataDir = await tempDirectory();
    const settings = { dataDir, durability: "normal", idleCloseMs: 1 } as const;
    let engine = valueOf(await TenantEngine.open(settings));
    valueOf(await engine.collections.create(notes));
    for (const name of ["client1", "client2"]) valueOf(await engine.databases.create({ name }));
    for (const name of ["client1", "client2"]) await write(engine, name);
    await copiedBy(engine);
    // Until the files have rested: what was written a moment ago might be written again and look the same.
    await expect
      .poll(async () => (await engine.backups.createAll()).isOk() && isTold(dataDir), { timeout: 20_000 })
      .toBe(true);
    valueOf(await engine.close());
    engine = valueOf(await TenantEngine.open(settings));
    try {
      for (const name of ["client1", "client2"]) valueOf(await engine.db(name).collection("notes").count());
      await write(engine, "client2");
      const copied = await copiedBy(engine);
      expect(copied).toContain("client2");
      expect(copied).not.toContain("client1");
      expect(await copiedBy(engine)).toEqual([]);
    } finally {
      await engine.close();
    }
    // Without its notes nothing is known, and a note that is none is as good as that.
    for (const note of [undefined, "{", `{"client1":7}`]) {
      await (note === undefined ? rm(join(dataDir, ".backups.json")) : writeFile(join(dataDir, ".backups.json"), note));
      engine = valueOf(await TenantEngine.open(settings));
      try {
        expect(await copiedBy(engine)).toEqual(expect.arrayContaining(["client1", "client2"]));
      } finally {
        await engine.close();
      }
    }
  });

  it("goes on where one fails, and says which", async () => {
    const engine = await openFleet(["client2", "client3"], { maxOpenDatabases: 3 });
    valueOf(await engine.db("client3").collection("notes").count());
    valueOf(await engine.db("stats").collection("_stats").count());
    valueOf(await engine.db("workflows").collection("workflow_runs").count());
    // Closed by now, for the others' sake: damage behind the engine's back.
    await writeFile(join(engine.dataDir, "client2.db"), "no database", { flag: "r+" });
    const report = valueOf(await engine.backups.createAll());
    expect(report).toMatchObject({ copied: 5 });
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual([["client2", "database_corrupt"]]);
    const [set] = valueOf(await engine.backups.listSets());
    expect(set).toMatchObject({ id: report.set, failed: ["client2"] });
    expect(set!.databases).not.toContain("client2");
  });

  it("of some holds these and the default database", async () => {
    const engine = await openFleet(["client2"]);
    const report = valueOf(await engine.backups.createAll({ databases: ["client2"], concurrency: 1 }));
    expect(report).toMatchObject({ total: 2, copied: 2 });
    const [set] = valueOf(await engine.backups.listSets());
    expect(set).toMatchObject({ databases: ["client2", "default"], isChosen: true });
    refusalOf(await engine.backups.createAll({ databases: ["client2", "nobody"] }), "database_not_found");
    refusalOf(await engine.backups.createAll({ databases: ["No"] }), "database_name_invalid");
  });

  it("ends when it is told to, between two databases and without a set", async () => {
    const engine = await openFleet(["client2", "client3"]);
    const controller = new AbortController();
    const stopped = engine.backups.createAll({
      concurrency: 1,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 2) controller.abort();
      },
    });
    refusalOf(await stopped, "conflict");
    expect(valueOf(await engine.backups.listSets())).toEqual([]);
    expect(valueOf(await engine.backups.list())).toHaveLength(2);
    // What was copied is not copied again.
    expect(await copiedBy(engine)).toHaveLength(4);
  });

  it.each([
    ["concurrency", { concurrency: 0 }],
    ["concurrency", { concurrency: 65 }],
    ["databases", { databases: "client1" }],
    ["signal", { signal: "stop" }],
    ["copyUnchanged", { copyUnchanged: 1 }],
    ["onProgress", { onProgress: 1 }],
    ["names", { names: [] }],
  ])("refuses %s that is none", async (parameter, options) => {
    const engine = await openFleet([]);
    const refused = refusalOf(await engine.backups.createAll(options as CreateAllOptions), "request_invalid");
    expect(refused.details.parameter).toBe(parameter);
  });
});

describe("sets", () => {
  it("are listed when damaged, and deleted without their backups", async () => {
    const engine = await openFleet([]);
    const [first, second] = [
      valueOf(await engine.backups.createAll()).set!,
      valueOf(await engine.backups.createAll()).set!,
    ];
    await writeFile(join(engine.dataDir, "backups", first, "manifest.json"), "{}");
    const listed = valueOf(await engine.backups.listSets());
    expect(listed.map(({ id, status }) => [id, status])).toEqual([
      [first, "damaged"],
      [second, "ready"],
    ]);
    valueOf(await engine.backups.deleteSet(first));
    refusalOf(await engine.backups.deleteSet(first), "backup_not_found");
    refusalOf(await engine.backups.deleteSet("../x"), "backup_not_found");
    expect(valueOf(await engine.backups.listSets())).toHaveLength(1);
    expect(valueOf(await engine.backups.list())).toHaveLength(4);
    expect(await readdir(join(engine.dataDir, "backups"))).not.toContain(first);
  });
});

/** Whether the note tells of both databases. */
async function isTold(dataDir: string): Promise<boolean> {
  const note = JSON.parse(await readFile(join(dataDir, ".backups.json"), "utf8")) as Record<
    string,
    { atRest: unknown }
  >;
  return ["client1", "client2"].every((name) => typeof note[name]?.atRest === "string");
}
