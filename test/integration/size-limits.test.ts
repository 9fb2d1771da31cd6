// How large a database may become: refused beyond it alone and cleanly, while reads and deletes go on; and the limit goes
// with the database wherever that goes.
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ClientError, TenantClient } from "../../adapters/client/index.js";
import { createHttpHandler } from "../../adapters/http/index.js";
import type { CollectionDefinition, Database, EngineOptions, TenantEngine } from "../../lib/index.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes: CollectionDefinition = {
  name: "notes",
  type: "base",
  fields: [
    { name: "slug", type: "text", unique: true },
    { name: "body", type: "text" },
  ],
};
const kept: CollectionDefinition = { ...notes, name: "kept", softDelete: true };

// A new database with these collections has some 60 kB.
const maxBytes = 262_144;
const body = "x".repeat(2_000);

const limited = (options: EngineOptions = {}): Promise<{ engine: TenantEngine; db: Database }> =>
  openTenant([notes, kept], { maxDatabaseBytes: maxBytes, ...options });

/** Fills a collection until a record is refused; gives the ids that were taken. */
async function fill(db: Database, collection: string, word = "a"): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const made = await db.collection(collection).create({ slug: `${word}${ids.length}`, body });
    if (made.isErr()) {
      expect(refusalOf(made, "storage_full").details).toMatchObject({ name: db.name, limitBytes: maxBytes });
      return ids;
    }
    ids.push(made.value.id);
    // A limit that does not hold must not fill the disk.
    if (ids.length > 1_000) throw new Error("nothing was refused");
  }
}

const count = async (db: Database, collection: string): Promise<number> =>
  valueOf(await db.collection(collection).count(""));

describe("a database that is as large as it may be", () => {
  it("refuses what does not fit, saying what is wrong and what to do, and keeps what it has", async () => {
    const { db } = await limited();
    const ids = await fill(db, "notes");
    const refusal = refusalOf(await db.collection("notes").create({ slug: "more", body }), "storage_full");
    expect(refusal.isRetryable).toBe(false);
    expect(refusal.message).toMatch(/"client1" has \d+ of at most 262144 bytes.*Delete records.*databases\.update/);
    expect(refusal.details.sizeBytes).toBeLessThanOrEqual(maxBytes);
    expect(await count(db, "notes")).toBe(ids.length);
    expect(valueOf(await db.collection("notes").getList(1, 5, { sort: "-created" })).items).toHaveLength(5);
    expect(valueOf(await db.collection("notes").getOne(ids[0] ?? "")).id).toBe(ids[0]);
  });

  it("never has more pages than that in its file", async () => {
    const { engine, db } = await limited();
    await fill(db, "notes");
    valueOf(await engine.close());
    expect((await stat(join(engine.dataDir, "client1.db"))).size).toBeLessThanOrEqual(maxBytes);
  });

  it("lets records be deleted, and takes as many again", async () => {
    const { db } = await limited();
    const ids = await fill(db, "notes");
    for (const id of ids) valueOf(await db.collection("notes").delete(id));
    expect(await count(db, "notes")).toBe(0);
    const again = await fill(db, "notes", "b");
    expect(again.length).toBeGreaterThan(ids.length * 0.9);
  });

  it("lets every record be hidden, shown again and purged, though to hide one takes room", async () => {
    const { db } = await limited();
    // Small ones, so that every page is full: a date more in each row then takes new pages.
    const ids: string[] = [];
    for (let isTaken = true; isTaken;) {
      const rows = Array.from({ length: 50 }, (_, index) => ({ slug: `s${ids.length + index}` }));
      const made = await Promise.all(rows.map((row) => db.collection("kept").create(row)));
      for (const each of made) if (each.isOk()) ids.push(each.value.id);
      isTaken = made.every((each) => each.isOk());
    }
    await Promise.all(ids.map(async (id) => valueOf(await db.collection("kept").delete(id))));
    expect(await count(db, "kept")).toBe(0);
    const { sizeBytes } = refusalOf(await db.collection("kept").create({ slug: "no", body }), "storage_full").details;
    // The control: without going beyond the limit it would not have worked.
    expect(sizeBytes).toBeGreaterThan(maxBytes);
    valueOf(await db.collection("kept").undelete(ids[0] ?? ""));
    valueOf(await db.collection("kept").delete(ids[0] ?? ""));
    await Promise.all(ids.map(async (id) => valueOf(await db.collection("kept").purge(id))));
    valueOf(await db.collection("kept").create({ slug: "again", body }));
  });

  it("refuses more after it has let records be hidden beyond the limit", async () => {
    const { db } = await limited();
    const ids = await fill(db, "kept");
    await Promise.all(ids.map(async (id) => valueOf(await db.collection("kept").delete(id))));
    for (let index = 0; index < 3; index += 1) {
      refusalOf(await db.collection("kept").create({ slug: `n${index}`, body: body.repeat(4) }), "storage_full");
    }
  });

  it("rolls a transaction back whole", async () => {
    const { db } = await limited();
    const ids = await fill(db, "notes");
    const ended = await db.transaction(async (tx) => {
      const first = await tx.collection("notes").update(ids[0] ?? "", { slug: "changed" });
      return first.isErr() ? first : tx.collection("notes").create({ slug: "more", body });
    });
    refusalOf(ended, "storage_full");
    expect(valueOf(await db.collection("notes").getOne(ids[0] ?? ""))).toMatchObject({ slug: "a0" });
    refusalOf(
      await db.collection("notes").createMany([
        { slug: "m0", body },
        { slug: "m1", body },
      ]),
      "storage_full",
    );
    expect(await count(db, "notes")).toBe(ids.length);
  });

  it("is brought to the newest schema all the same", async () => {
    const { engine, db } = await limited();
    const ids = await fill(db, "notes");
    for (let index = 0; index < 8; index += 1) {
      valueOf(await engine.collections.create({ name: `later${index}`, type: "base", fields: [] }));
    }
    valueOf(await engine.collections.update("notes", { indexes: [{ fields: ["body"] }] }));
    const report = valueOf(await engine.databases.migrateAll());
    expect(report.failed).toEqual([]);
    expect(await count(db, "notes")).toBe(ids.length);
    valueOf(await db.collection("notes").delete(ids[0] ?? ""));
    refusalOf(await db.collection("notes").create({ slug: "more", body: body.repeat(4) }), "storage_full");
  });
});

describe("writes that go together", () => {
  it("fail alone on the limit: as many as fit are taken, in one go as one by one", async () => {
    const alone = await limited();
    const fits = (await fill(alone.db, "notes")).length;
    const { db } = await limited();
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, (_, index) => db.collection("notes").create({ slug: `a${index}`, body })),
    );
    const taken = outcomes.filter((outcome) => outcome.isOk()).length;
    for (const outcome of outcomes) if (outcome.isErr()) refusalOf(outcome, "storage_full");
    // The same records in the same order, but for a page that a failing one may have cost.
    expect(Math.abs(taken - fits)).toBeLessThanOrEqual(2);
    expect(await count(db, "notes")).toBe(taken);
    expect(outcomes.slice(0, taken - 2).every((outcome) => outcome.isOk())).toBe(true);
  });

  it("of different kinds do so too: what frees or needs no room goes through beside what is refused", async () => {
    const { db } = await limited();
    const ids = await fill(db, "notes");
    const [first = "", second = "", third = ""] = ids;
    const large = body.repeat(8);
    const [created, deleted, changed, clashing, updated, many] = await Promise.all([
      db.collection("notes").create({ slug: "large", body: large }),
      db.collection("notes").delete(first),
      db.collection("notes").update(second, { slug: "other" }),
      db.collection("notes").create({ slug: "a5", body: "" }),
      db.collection("notes").update(third, { body: large }),
      db.collection("notes").createMany([
        { slug: "l1", body: large },
        { slug: "l2", body: large },
      ]),
    ]);
    refusalOf(created, "storage_full");
    valueOf(deleted);
    valueOf(changed);
    refusalOf(clashing, "unique_violation");
    refusalOf(updated, "storage_full");
    refusalOf(many, "storage_full");
    expect(await count(db, "notes")).toBe(ids.length - 1);
  });

  it("leave other databases alone", async () => {
    const { engine, db } = await limited();
    valueOf(await engine.databases.create({ name: "client2", maxBytes: 10_000_000 }));
    await fill(db, "notes");
    const other = engine.db("client2").collection("notes");
    for (let index = 0; index < 200; index += 1) valueOf(await other.create({ slug: `s${index}`, body }));
  });
});

describe("the limit of a database", () => {
  const limitOf = async (engine: TenantEngine, name = "client1"): Promise<number | null> =>
    valueOf(await engine.stats.get(name)).maxBytes;

  it("is what create says, else the engine's; and none by default", async () => {
    const engine = await openEngine();
    valueOf(await engine.databases.create({ name: "client1" }));
    valueOf(await engine.databases.create({ name: "client2", maxBytes }));
    valueOf(await engine.databases.create({ name: "client3", maxBytes: null }));
    expect(await limitOf(engine)).toBeNull();
    expect(await limitOf(engine, "client2")).toBe(maxBytes);
    expect(await limitOf(engine, "client3")).toBeNull();
    const strict = await limited();
    expect(await limitOf(strict.engine)).toBe(maxBytes);
    // What the engine itself writes to is not a tenant's.
    for (const name of ["default", "stats", "workflows"]) expect(await limitOf(strict.engine, name)).toBeNull();
  });

  it("can be raised, lowered below what is there, and taken away, at once", async () => {
    const { engine, db } = await limited();
    await fill(db, "notes");
    valueOf(await engine.databases.update("client1", { maxBytes: 2 * maxBytes }));
    valueOf(await db.collection("notes").create({ slug: "more", body }));
    const { name, sizeBytes } = valueOf(await engine.databases.update("client1", { maxBytes: 4_096 }));
    expect(name).toBe("client1");
    expect(sizeBytes).toBeGreaterThan(4_096);
    refusalOf(await db.collection("notes").create({ slug: "large", body: body.repeat(8) }), "storage_full");
    expect(await count(db, "notes")).toBeGreaterThan(0);
    // Back to the engine's own.
    valueOf(await engine.databases.update("client1", { maxBytes: null }));
    expect(await limitOf(engine)).toBe(maxBytes);
  });

  it("set on a database without one holds, and is gone when it is taken away", async () => {
    const { engine, db } = await openTenant([notes]);
    valueOf(await db.collection("notes").create({ slug: "one" }));
    valueOf(await engine.databases.update("client1", { maxBytes }));
    await fill(db, "notes");
    valueOf(await engine.databases.update("client1", { maxBytes: null }));
    valueOf(await db.collection("notes").create({ slug: "large", body: body.repeat(20) }));
  });

  it("outlives a restart, also where no reader was before the writer", async () => {
    const dataDir = await tempDirectory();
    const first = await openTenant([notes], { dataDir });
    valueOf(await first.engine.databases.update("client1", { maxBytes }));
    const ids = await fill(first.db, "notes");
    valueOf(await first.engine.close());
    const engine = await openEngine({ dataDir });
    expect(await limitOf(engine)).toBe(maxBytes);
    refusalOf(
      await engine
        .db("client1")
        .collection("notes")
        .create({ slug: "more", body: body.repeat(4) }),
      "storage_full",
    );
    // A late database is opened by its writer.
    valueOf(await engine.close());
    const later = await openEngine({ dataDir });
    valueOf(await later.collections.create(kept));
    refusalOf(
      await later
        .db("client1")
        .collection("notes")
        .create({ slug: "more", body: body.repeat(4) }),
      "storage_full",
    );
    expect(await count(later.db("client1"), "notes")).toBe(ids.length);
  });

  it("goes with a backup that becomes a new database, and stays that of the database whose place one takes", async () => {
    const { engine, db } = await openTenant([notes]);
    valueOf(await engine.databases.update("client1", { maxBytes }));
    valueOf(await db.collection("notes").create({ slug: "one" }));
    const { id } = valueOf(await engine.backups.create("client1"));
    valueOf(await engine.databases.update("client1", { maxBytes: 2 * maxBytes }));
    valueOf(await engine.backups.restore(id, { as: "copy" }));
    expect(await limitOf(engine, "copy")).toBe(maxBytes);
    valueOf(await engine.backups.restore(id));
    expect(await limitOf(engine)).toBe(2 * maxBytes);
    expect(await count(engine.db("client1"), "notes")).toBe(1);
    valueOf(await engine.databases.update("client1", { maxBytes: null }));
    valueOf(await engine.backups.restore(id));
    expect(await limitOf(engine)).toBeNull();
  });

  it("goes with a file that is given another name, or to another machine", async () => {
    const dataDir = await tempDirectory();
    const first = await openTenant([notes], { dataDir });
    valueOf(await first.engine.databases.create({ name: "old", maxBytes }));
    valueOf(await first.engine.close());
    await rename(join(dataDir, "old.db"), join(dataDir, "new.db"));
    const engine = await openEngine({ dataDir });
    expect(await limitOf(engine, "new")).toBe(maxBytes);
  });

  it("is refused where it is none", async () => {
    const engine = await openEngine();
    valueOf(await engine.databases.create({ name: "client1" }));
    for (const wrong of [0, -1, 4_095, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1000000", {}, 2 ** 60]) {
      const given = { maxBytes: wrong as number };
      expect(refusalOf(await engine.databases.create({ name: "no", ...given }), "request_invalid").details).toEqual({
        parameter: "maxBytes",
      });
      refusalOf(await engine.databases.update("client1", given), "request_invalid");
    }
    expect(valueOf(await engine.databases.exists("no"))).toBe(false);
    refusalOf(await engine.databases.update("client1", {} as { maxBytes: null }), "request_invalid");
    refusalOf(await engine.databases.update("client1", { other: 1 } as never), "request_invalid");
    refusalOf(await engine.databases.update("client1", null as never), "request_invalid");
    refusalOf(await engine.databases.update("default", { maxBytes }), "database_reserved");
    refusalOf(await engine.databases.update("nobody", { maxBytes }), "database_not_found");
    refusalOf(await engine.databases.update("../x", { maxBytes }), "database_name_invalid");
    const dataDir = join(await tempDirectory(), "never");
    const { TenantEngine: Engine } = await import("../../lib/index.js");
    expect(refusalOf(await Engine.open({ dataDir, maxDatabaseBytes: 7 }), "request_invalid").details).toEqual({
      parameter: "maxDatabaseBytes",
    });
    await expect(mkdir(dataDir)).resolves.toBeUndefined();
  });
});

describe("over HTTP", () => {
  it("a superuser sets the limit, and what does not fit is 507", async () => {
    const engine = await openEngine();
    valueOf(await engine.collections.create(notes));
    const root = { email: "root@example.com", password: "a long passphrase" };
    valueOf(await engine.superusers.create(root));
    const client = new TenantClient("http://in.process", { fetch: createHttpHandler(engine) });
    const { databases } = client.settings;
    await expect(databases.create({ name: "client1", maxBytes })).rejects.toMatchObject({ status: 401 });
    await client.auth.login(root.email, root.password, { collection: "_superusers" });
    await databases.create({ name: "client1", maxBytes });
    expect(await databases.update("client1", { maxBytes: 2 * maxBytes })).toMatchObject({ name: "client1" });
    const large = { slug: "large", body: body.repeat(400) };
    const refused = await client
      .db("client1")
      .collection("notes")
      .create(large)
      .catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(ClientError);
    expect(refused).toMatchObject({ status: 507, code: "storage_full" });
    await databases.update("client1", { maxBytes: null });
    await client.db("client1").collection("notes").create(large);
    const wrong = databases.update("client1", { maxBytes: "1000000" as never });
    await expect(wrong).rejects.toMatchObject({ status: 400, code: "request_invalid" });
    await expect(databases.update("stats", { maxBytes })).rejects.toMatchObject({ status: 403 });
    await expect(databases.update("nobody", { maxBytes })).rejects.toMatchObject({ status: 404 });
  });
});
