// databases.migrateAll as a job: watched, paused, slowed down, ended, and gone on with.
import { cpSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MigrationState, TenantEngine } from "../../lib/index.js";
import { DriverError } from "../../lib/storage/sqlite/driver.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { observedDriver } from "../support/observed-ports.js";
import { openEngine } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const names = ["a", "b", "c", "d", "e"] as const;

interface Fleet {
  readonly engine: TenantEngine;
  readonly dataDir: string;
  /** Files that were opened. */
  readonly opened: string[];
  /** What the upgrade of a database ends in, while it is set. */
  readonly refusals: Map<string, DriverError>;
  /** Called when the copy of a database is about to be upgraded. */
  onCopy: (name: string) => void;
}

/** Five tenants that are behind by one change, none of them open. */
async function openLateFleet(): Promise<Fleet> {
  const dataDir = await tempDirectory();
  const opened: string[] = [];
  const refusals = new Map<string, DriverError>();
  const fleet: { onCopy: Fleet["onCopy"] } = { onCopy: () => undefined };
  const driver = observedDriver((call, subject, path) => {
    const name = /([^/.]+)(?:\.[0-9a-f]{16})?\.db$/.exec(path)?.[1] ?? "";
    const isCopy = path.includes("/.tmp/");
    if (call === "open" && !isCopy) opened.push(name);
    if (isCopy && call === "exec" && /alter table/i.test(subject)) fleet.onCopy(name);
    const refusal = refusals.get(name);
    if (refusal && call === "exec" && /alter table/i.test(subject)) throw refusal;
  });
  const engine = await openEngine({ dataDir, storage: createSqliteStorage({ dataDir, durability: "normal", driver }) });
  valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
  for (const name of names) valueOf(await engine.databases.create({ name }));
  valueOf(await engine.collections.update("notes", { fields: [{ name: "stars", type: "number" }] }));
  opened.length = 0;
  return Object.assign(fleet, { engine, dataDir, opened, refusals });
}

const inState = ({ databases }: MigrationState, wanted: string): readonly string[] =>
  databases
    .filter(({ name, state }) => state === wanted && (names as readonly string[]).includes(name))
    .map(({ name }) => name);

describe("databases.migrateAll", () => {
  it("tells the state of each database, and opens none that is current", async () => {
    const { engine, opened } = await openLateFleet();
    valueOf(await engine.db("a").collection("notes").count());
    opened.length = 0;
    const job = engine.databases.migrateAll();
    const report = valueOf(await job);
    expect(report).toMatchObject({ total: 8, failed: [], pending: 0, stoppedBy: null });
    expect(opened).not.toContain("a");
    expect(inState(job.state(), "current")).toEqual(names);
    expect(job.state().status).toBe("ended");

    opened.length = 0;
    expect(valueOf(await engine.databases.migrateAll())).toMatchObject({ migrated: 0, current: 8 });
    expect(opened).toEqual([]);
  });

  it("begins nothing while it is paused, and goes on where it was", async () => {
    const { engine } = await openLateFleet();
    const job = engine.databases.migrateAll({
      concurrency: 1,
      onProgress: ({ current }) => {
        if (current === "b") job.pause();
      },
    });
    await expect.poll(() => job.state().status).toBe("paused");
    valueOf(await engine.db("e").collection("notes").create({ title: "served meanwhile", stars: 5 }));
    expect(inState(job.state(), "current")).toEqual(["a", "b"]);
    expect(inState(job.state(), "pending")).toEqual(["c", "d", "e"]);
    job.resume();
    expect(valueOf(await job)).toMatchObject({ pending: 0, failed: [] });
    expect(inState(job.state(), "current")).toEqual(names);
  });

  it("ends at a signal, also while it is paused; the next one finds what is pending, also after a restart", async () => {
    const { engine, dataDir } = await openLateFleet();
    const ending = new AbortController();
    const job = engine.databases.migrateAll({
      concurrency: 1,
      signal: ending.signal,
      onProgress: ({ current }) => {
        if (current === "b") job.pause();
      },
    });
    await expect.poll(() => job.state().status).toBe("paused");
    ending.abort();
    expect(valueOf(await job)).toMatchObject({ stoppedBy: "signal", pending: 3 });
    valueOf(await engine.close());

    const again = await openEngine({ dataDir });
    const report = valueOf(await again.databases.migrateAll());
    expect(report).toMatchObject({ migrated: 3, pending: 0, stoppedBy: null });
  });

  it("stops after a canary that fails, and goes on after one that does not", async () => {
    const { engine, refusals, opened } = await openLateFleet();
    refusals.set("d", new DriverError("IOERR", "disk I/O error"));
    const job = engine.databases.migrateAll({ canary: ["d", "b", "nobody"] });
    const stopped = valueOf(await job);
    expect(stopped).toMatchObject({ stoppedBy: "canary", pending: 5 - 2 + pendingReserved(job.state()) });
    expect(stopped.failed.map(({ name, error }) => [name, error.code])).toEqual([["d", "storage_failed"]]);
    expect(inState(job.state(), "failed")).toEqual(["d"]);
    expect(new Set(opened)).toEqual(new Set(["b", "d"]));

    refusals.clear();
    expect(valueOf(await engine.databases.migrateAll({ canary: ["d"] }))).toMatchObject({
      stoppedBy: null,
      failed: [],
      pending: 0,
    });
  });

  it("tries again what may pass, and only that", async () => {
    const { engine, refusals } = await openLateFleet();
    refusals.set("b", new DriverError("FULL", "database or disk is full"));
    refusals.set("c", new DriverError("IOERR", "disk I/O error"));
    const job = engine.databases.migrateAll({
      retries: 5,
      onProgress: ({ current }) => void (current === "c" && refusals.delete("b")),
    });
    const report = valueOf(await job);
    expect(report.failed.map(({ name }) => name)).toEqual(["c"]);
    expect(inState(job.state(), "current")).toContain("b");
  });

  it("closes behind itself, and pushes out no database that is in use", async () => {
    const dataDir = await tempDirectory();
    const engine = await openEngine({ dataDir, maxOpenDatabases: 4 });
    valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
    for (const name of names) valueOf(await engine.databases.create({ name }));
    valueOf(await engine.collections.update("notes", { fields: [{ name: "stars", type: "number" }] }));
    valueOf(await engine.db("a").collection("notes").count());
    const before = valueOf(await engine.stats.get()).pool;
    expect(valueOf(await engine.databases.migrateAll({ concurrency: 1 }))).toMatchObject({ pending: 0, failed: [] });
    await expect.poll(async () => valueOf(await engine.stats.get()).pool.open).toBe(before.open);
    const { closes } = valueOf(await engine.stats.get()).pool;
    expect(closes).toEqual({ ...before.closes, passing: names.length - 1 + 2 });
    expect(valueOf(await engine.stats.get("a")).isOpen).toBe(true);
  });

  it("keeps to a rate and comes to its end", async () => {
    const { engine } = await openLateFleet();
    expect(valueOf(await engine.databases.migrateAll({ databasesPerSecond: 200 }))).toMatchObject({
      pending: 0,
      failed: [],
    });
  });

  it.each([
    ["databasesPerSecond", { databasesPerSecond: 0 }],
    ["retries", { retries: 11 }],
    ["canary", { canary: "a" }],
    ["signal", { signal: {} }],
    ["sample", { sample: -1 }],
    ["sample", { sample: [5] }],
    ["dryRun", { dryRun: 1 }],
    ["concurrency", { concurrency: 0 }],
    ["onProgress", { onProgress: 5 }],
  ])("refuses a wrong %s", async (parameter, options) => {
    const engine = await openEngine();
    const job = engine.databases.migrateAll(options as never);
    expect(refusalOf(await job, "request_invalid").details).toEqual({ parameter });
    expect(job.state()).toEqual({ status: "ended", samples: [], databases: [] });
  });
});

describe("samples of databases.migrateAll", () => {
  const filesOf = (dataDir: string): Promise<readonly Buffer[]> =>
    Promise.all(names.map((name) => readFile(join(dataDir, `${name}.db`))));
  const scratchOf = (dataDir: string): readonly string[] => readdirSync(join(dataDir, ".tmp"));

  it("are tried on copies in a dry run, and nothing else is done: no live file is another than before", async () => {
    const fleet = await openLateFleet();
    const { engine, dataDir } = fleet;
    const before = await filesOf(dataDir);
    const copied: string[] = [];
    fleet.onCopy = (name) => copied.push(`${name}: ${scratchOf(dataDir).length > 0}`);
    const job = engine.databases.migrateAll({ dryRun: true });
    const report = valueOf(await job);
    expect(report).toMatchObject({ stoppedBy: "dryRun", migrated: 0, failed: [], pending: 5 + 2 });
    expect(report.samples.map(({ name, error }) => [name, error])).toEqual(names.map((name) => [name, undefined]));
    for (const { tookMs } of report.samples) expect(tookMs).toBeGreaterThan(0);
    expect(copied).toEqual(names.map((name) => `${name}: true`));
    expect(inState(job.state(), "pending")).toEqual(names);
    expect(job.state().samples).toEqual(report.samples);
    expect(scratchOf(dataDir)).toEqual([]);
    valueOf(await engine.close());
    expect(await filesOf(dataDir)).toEqual(before);
  });

  it("that fail keep every live database from being begun; the report says which and why", async () => {
    const { engine, dataDir } = await openLateFleet();
    // At the newest schema when its records were written, and behind again after the next change.
    for (const title of ["same", "same"]) valueOf(await engine.db("c").collection("notes").create({ title }));
    valueOf(await engine.collections.update("notes", { indexes: [{ fields: ["title"], unique: true }] }));
    const stopped = valueOf(await engine.databases.migrateAll({ sample: ["b", "c", "nobody"] }));
    expect(stopped).toMatchObject({ stoppedBy: "sample", migrated: 0, failed: [] });
    expect(stopped.samples.map(({ name, error }) => [name, error?.code])).toEqual([
      ["b", undefined],
      ["c", "unique_violation"],
    ]);
    expect(scratchOf(dataDir)).toEqual([]);
    // The others are not kept from it for ever.
    const report = valueOf(await engine.databases.migrateAll({ sample: 1 }));
    expect(report.samples.map(({ name }) => name)).toEqual(["a"]);
    expect(report).toMatchObject({ stoppedBy: null, pending: 0 });
    expect(report.failed.map(({ name }) => name)).toEqual(["c"]);
  });

  it("are as many as asked for, spread over the names, and go before the canary", async () => {
    const fleet = await openLateFleet();
    const seen: string[] = [];
    fleet.onCopy = (name) => seen.push(`${name} after ${fleet.opened.filter((opened) => opened === "e").length}`);
    const report = valueOf(await fleet.engine.databases.migrateAll({ sample: 2, canary: ["e"] }));
    expect(report.samples.map(({ name }) => name)).toEqual(["a", "c"]);
    expect(seen).toEqual(["a after 0", "c after 0"]);
    expect(report).toMatchObject({ stoppedBy: null, pending: 0, failed: [] });
  });

  it("leave their databases to whoever uses them: a call meanwhile is served at the newest schema", async () => {
    const fleet = await openLateFleet();
    const { engine } = fleet;
    let meanwhile: Promise<unknown> | undefined;
    fleet.onCopy = (name) => {
      meanwhile ??= Promise.resolve(
        engine
          .db(name)
          .collection("notes")
          .create({ title: "x", stars: 3 })
          .map(({ stars }) => stars),
      );
    };
    valueOf(await engine.databases.migrateAll({ dryRun: true, sample: 1 }));
    expect(valueOf((await meanwhile) as never)).toBe(3);
  });

  it("leave nothing behind a crash that the next open does not clear", async () => {
    const fleet = await openLateFleet();
    const { engine, dataDir } = fleet;
    const crashed = join(await tempDirectory(), "crashed");
    // The directory as it stands in the middle: what kill -9 leaves.
    fleet.onCopy = () => cpSync(dataDir, crashed, { recursive: true });
    valueOf(await engine.databases.migrateAll({ dryRun: true, sample: 1 }));
    expect(scratchOf(crashed)).toHaveLength(1);
    const again = await openEngine({ dataDir: crashed });
    expect(scratchOf(crashed)).toEqual([]);
    expect(valueOf(await again.databases.migrateAll())).toMatchObject({ failed: [], pending: 0 });
  });

  it("end at a signal, and can be paused", async () => {
    const fleet = await openLateFleet();
    const ending = new AbortController();
    const job = fleet.engine.databases.migrateAll({ sample: 5, signal: ending.signal });
    fleet.onCopy = (name) => {
      if (name === "b") job.pause();
    };
    await expect.poll(() => job.state().samples.length).toBe(2);
    expect(job.state().status).toBe("paused");
    ending.abort();
    expect(valueOf(await job)).toMatchObject({ stoppedBy: "signal", migrated: 0, pending: 5 + 2 });
  });
});

/** Reserved databases that were pending as well. */
const pendingReserved = ({ databases }: MigrationState): number =>
  databases.filter(({ name, state }) => state === "pending" && !(names as readonly string[]).includes(name)).length;
