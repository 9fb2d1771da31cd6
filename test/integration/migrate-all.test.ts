// databases.migrateAll as a job: watched, paused, slowed down, ended, and gone on with.
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
}

/** Five tenants that are behind by one change, none of them open. */
async function openLateFleet(): Promise<Fleet> {
  const dataDir = await tempDirectory();
  const opened: string[] = [];
  const refusals = new Map<string, DriverError>();
  const driver = observedDriver((call, subject, path) => {
    const name = /([^/]+)\.db$/.exec(path)?.[1] ?? "";
    if (call === "open") opened.push(name);
    const refusal = refusals.get(name);
    if (refusal && call === "exec" && /alter table/i.test(subject)) throw refusal;
  });
  const engine = await openEngine({ dataDir, storage: createSqliteStorage({ dataDir, durability: "normal", driver }) });
  valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
  for (const name of names) valueOf(await engine.databases.create({ name }));
  valueOf(await engine.collections.update("notes", { fields: [{ name: "stars", type: "number" }] }));
  opened.length = 0;
  return { engine, dataDir, opened, refusals };
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
    ["concurrency", { concurrency: 0 }],
    ["onProgress", { onProgress: 5 }],
  ])("refuses a wrong %s", async (parameter, options) => {
    const engine = await openEngine();
    const job = engine.databases.migrateAll(options as never);
    expect(refusalOf(await job, "request_invalid").details).toEqual({ parameter });
    expect(job.state()).toEqual({ status: "ended", databases: [] });
  });
});

/** Reserved databases that were pending as well. */
const pendingReserved = ({ databases }: MigrationState): number =>
  databases.filter(({ name, state }) => state === "pending" && !(names as readonly string[]).includes(name)).length;
