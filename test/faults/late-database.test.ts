// Databases that cannot follow a schema change: reported, served as they are, and no burden to the others.
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Progress, TenantEngine } from "../../lib/index.js";
import { DriverError } from "../../lib/storage/sqlite/driver.js";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { observedDriver } from "../support/observed-ports.js";
import { openEngine } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const tenants = ["early", "late", "middle"] as const;
const change = { fields: [{ name: "code", type: "text", unique: true }] } as const;

interface Fleet {
  readonly engine: TenantEngine;
  readonly warnings: object[];
  /** While it is set, whatever makes the unique index in "late" ends in this. */
  refusal: DriverError | null;
}

/** Three tenants with a record each, closed again: the change meets them when they are next touched. */
async function openFleet(): Promise<Fleet> {
  const dataDir = await tempDirectory();
  const warnings: object[] = [];
  const nothing = (): void => undefined;
  const logger = { debug: nothing, info: nothing, error: nothing, warn: (facts: object) => void warnings.push(facts) };
  const fleet: { refusal: DriverError | null } = { refusal: null };
  const driver = observedDriver((call, subject, path) => {
    const makesIndex = call !== "open" && /^create unique index/im.test(subject);
    if (fleet.refusal !== null && makesIndex && path.endsWith("late.db")) throw fleet.refusal;
  });
  const storage = createSqliteStorage({ dataDir, durability: "normal", driver });
  const engine = await openEngine({ dataDir, storage, logger });
  valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
  for (const name of tenants) {
    valueOf(await engine.databases.create({ name }));
    valueOf(await engine.db(name).collection("notes").create({ title: name }));
  }
  return Object.assign(fleet, { engine, warnings });
}

const versionOf = async (engine: TenantEngine, name: string): Promise<number> =>
  valueOf(await engine.databases.get(name)).schemaVersion ?? -1;

describe("a database whose records do not allow a schema change", () => {
  it("is reported, stays in service at its version, and follows when it can", async () => {
    const fleet = await openFleet();
    const { engine, warnings } = fleet;
    fleet.refusal = new DriverError("CONSTRAINT", "UNIQUE constraint failed: notes.code");
    valueOf(await engine.collections.update("notes", change));
    const newest = await versionOf(engine, "default");

    const progress: Progress[] = [];
    const report = valueOf(await engine.databases.migrateAll({ onProgress: (step) => void progress.push(step) }));
    expect(report).toMatchObject({ schemaVersion: newest, total: 6 });
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual([["late", "unique_violation"]]);
    expect(report.migrated + report.current + report.failed.length).toBe(report.total);

    expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(progress.map(({ total }) => total))).toEqual(new Set([6]));
    expect(progress.map(({ current }) => current).sort()).toEqual(
      ["default", "stats", "workflows", ...tenants].sort((a, b) => (a < b ? -1 : 1)),
    );
    expect(progress.at(-1)?.failed).toBe(1);
    const failures = progress.map(({ failed }) => failed);
    expect(failures).toEqual([...failures].sort());

    expect(await versionOf(engine, "early")).toBe(newest);
    expect(await versionOf(engine, "middle")).toBe(newest);
    expect(await versionOf(engine, "late")).toBe(newest - 1);
    expect(warnings).toContainEqual(expect.objectContaining({ database: "late", wanted: newest }));

    // In service, as of its version.
    const late = engine.db("late").collection<{ title: string; code: string | null }>("notes");
    const { id } = valueOf(await late.create({ title: "while late" }));
    valueOf(await late.update(id, { title: "changed while late" }));
    expect(valueOf(await late.getList()).totalItems).toBe(2);
    valueOf(await engine.db("late").transaction((tx) => tx.collection("notes").getOne(id)));
    const unknown = refusalOf(await late.create({ title: "x", code: "1" }), "validation_failed");
    expect(Object.keys(unknown.details.fields)).toEqual(["code"]);
    valueOf(await engine.db("early").collection("notes").create({ title: "x", code: "1" }));

    fleet.refusal = null;
    const again = valueOf(await engine.databases.migrateAll());
    expect(again).toMatchObject({ failed: [], migrated: 1, current: 5 });
    expect(await versionOf(engine, "late")).toBe(newest);
    valueOf(await late.create({ title: "x", code: "1" }));
    refusalOf(await late.create({ title: "y", code: "1" }), "unique_violation");
    expect(valueOf(await late.getOne(id))).toMatchObject({ title: "changed while late", code: null });
  });

  it("is tried again after the next change, and then makes both", async () => {
    const fleet = await openFleet();
    const { engine } = fleet;
    fleet.refusal = new DriverError("CONSTRAINT", "UNIQUE constraint failed: notes.code");
    valueOf(await engine.collections.update("notes", change));
    expect(valueOf(await engine.db("late").collection("notes").count())).toBe(1);
    fleet.refusal = null;
    valueOf(await engine.collections.update("notes", { fields: [{ name: "stars", type: "number" }] }));
    valueOf(await engine.db("late").collection("notes").create({ title: "x", code: "1", stars: 5 }));
    expect(await versionOf(engine, "late")).toBe(await versionOf(engine, "default"));
  });
});

describe("a database that cannot be changed at all", () => {
  it.each([
    ["a full disk", new DriverError("FULL", "database or disk is full"), "storage_full"],
    ["a broken disk", new DriverError("IOERR", "disk I/O error"), "storage_failed"],
  ] as const)("for %s is reported and stops no other, and recovers", async (_, refusal, code) => {
    const fleet = await openFleet();
    const { engine } = fleet;
    fleet.refusal = refusal;
    valueOf(await engine.collections.update("notes", change));
    const { failed, schemaVersion } = valueOf(await engine.databases.migrateAll({ concurrency: 1 }));
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([["late", code]]);
    expect(await versionOf(engine, "middle")).toBe(schemaVersion);
    fleet.refusal = null;
    expect(valueOf(await engine.databases.migrateAll()).failed).toEqual([]);
    valueOf(await engine.db("late").collection("notes").create({ title: "x", code: "1" }));
    expect(valueOf(await engine.db("late").collection("notes").count())).toBe(2);
  });

  it("for damage in its file is reported and stops no other", async () => {
    const dataDir = await tempDirectory();
    const first = await openEngine({ dataDir });
    valueOf(await first.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
    for (const name of tenants) valueOf(await first.databases.create({ name }));
    valueOf(await first.close());
    // Everything behind the header of the first page: SQLite can open the file, and read nothing of it.
    const file = await open(join(dataDir, "late.db"), "r+");
    await file.write(Buffer.alloc(3_900, 0xa5), 0, 3_900, 100);
    await file.close();

    const engine = await openEngine({ dataDir });
    valueOf(await engine.collections.update("notes", change));
    const { failed, schemaVersion } = valueOf(await engine.databases.migrateAll());
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([["late", "database_corrupt"]]);
    for (const name of ["early", "middle"]) expect(await versionOf(engine, name)).toBe(schemaVersion);
    refusalOf(await engine.db("late").collection("notes").count(), "database_corrupt");
    valueOf(await engine.db("early").collection("notes").create({ code: "1" }));
  });
});

describe("a unique index over records that clash in one database", () => {
  it("leaves that one late and in service until they no longer clash", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
    for (const name of tenants) valueOf(await engine.databases.create({ name }));
    const late = engine.db("late").collection<{ title: string }>("notes");
    const twins = valueOf(await late.createMany([{ title: "same" }, { title: "same" }]));
    valueOf(await engine.collections.update("notes", { indexes: [{ fields: ["title"], unique: true }] }));

    const report = valueOf(await engine.databases.migrateAll());
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual([["late", "unique_violation"]]);
    expect(valueOf(await late.count())).toBe(2);
    valueOf(await late.create({ title: "same" }));
    const early = engine.db("early").collection<{ title: string }>("notes");
    valueOf(await early.create({ title: "same" }));
    refusalOf(await early.create({ title: "same" }), "unique_violation");

    for await (const record of late.iterate()) {
      const { id } = valueOf(record);
      if (id !== twins[0]?.id) valueOf(await late.delete(id));
    }
    expect(valueOf(await engine.databases.migrateAll()).failed).toEqual([]);
    refusalOf(await late.create({ title: "same" }), "unique_violation");
  });

  it("is refused when they clash in the default database, which holds the log", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create({ name: "notes", fields: [{ name: "title", type: "text" }] }));
    valueOf(
      await engine
        .db()
        .collection("notes")
        .createMany([{ title: "same" }, { title: "same" }]),
    );
    const before = valueOf(await engine.collections.get("notes"));
    const change = { indexes: [{ fields: ["title"], unique: true }] };
    refusalOf(await engine.collections.update("notes", change), "unique_violation");
    expect(valueOf(await engine.collections.get("notes"))).toEqual(before);
  });
});
