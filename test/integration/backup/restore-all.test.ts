// A set restored onto an empty machine: everything is there, tokens of before are not, and what was cut off is no data directory.
import { appendFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TenantEngine, createDirectoryStore, type Progress } from "../../../lib/index.js";
import { openTenant } from "../../support/open-engine.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const notes = {
  name: "notes",
  fields: [{ name: "title", type: "text" }],
  softDelete: true,
  listRule: "title != 'secret'",
} as const;
const jwtSecret = "s".repeat(40);

/** A fleet with a schema, a rule, users and a set of backups outside its data directory. */
async function openFleet() {
  const elsewhere = join(await tempDirectory(), "backups");
  const backups = {
    store: createDirectoryStore({ directory: elsewhere }),
    encryption: { key: randomBytes(32) },
  } as const;
  const { engine } = await openTenant([notes, { name: "users", type: "auth", fields: [] }], { backups, jwtSecret });
  valueOf(await engine.databases.create({ name: "client2" }));
  valueOf(await engine.rules.create({ name: "all", collection: "*", rule: "1=1" }));
  for (const name of ["client1", "client2", "default"]) {
    valueOf(
      await engine
        .db(name)
        .collection("notes")
        .createMany([{ title: name }, { title: "secret" }]),
    );
  }
  const user = { email: "a@example.com", password: "long enough 1", passwordConfirm: "long enough 1" };
  valueOf(await engine.db("client1").collection("users").create(user));
  const { token } = valueOf(await engine.db("client1").auth.login("a@example.com", "long enough 1"));
  valueOf(await engine.authenticate(token));
  return { engine, backups, token, elsewhere };
}

const open = async (dataDir: string) => valueOf(await TenantEngine.open({ dataDir, jwtSecret, durability: "normal" }));

describe("restoreAll", () => {
  it("makes a data directory in which everything is as it was, without a running engine", async () => {
    const { engine, backups, token } = await openFleet();
    // Late by a schema change: it catches up as always.
    const { set } = valueOf(await engine.backups.createAll());
    valueOf(await engine.db("client1").collection("notes").create({ title: "after the set" }));
    const into = join(await tempDirectory(), "new", "data");
    const told: Progress[] = [];
    const restored = valueOf(
      await TenantEngine.restoreAll({ into, onProgress: (progress) => told.push(progress) }, { backups }),
    );
    expect(restored).toMatchObject({ set, into, failed: [], missing: [] });
    expect(restored.restored).toEqual(["client1", "client2", "default", "stats", "workflows"]);
    expect(told.map(({ done, total }) => [done, total])).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
    const again = await open(into);
    try {
      expect(valueOf(await again.databases.list()).map(({ name, status }) => [name, status])).toEqual(
        ["default", "stats", "workflows", "client1", "client2"].map((name) => [name, "ready"]),
      );
      for (const name of ["client1", "client2", "default"]) {
        const page = valueOf(
          await again.db(name).collection<{ title: string }>("notes").getList(1, 10, { sort: "title" }),
        );
        expect(page.items.map(({ title }) => title)).toEqual([name, "secret"].sort());
        expect(valueOf(await again.db(name).as(null).collection("notes").getList()).totalItems).toBe(1);
      }
      expect(valueOf(await again.rules.list()).map(({ name }) => name)).toEqual(["all"]);
      // Same secret, same account: but the database has another id, and the token was the former one's.
      refusalOf(await again.authenticate(token), "unauthenticated");
      valueOf(await again.db("client1").auth.login("a@example.com", "long enough 1"));
      valueOf(await again.collections.update("notes", { fields: [{ name: "more", type: "text" }] }));
      valueOf(await again.db("client2").collection("notes").create({ title: "new", more: "x" }));
      valueOf(await again.databases.create({ name: "client3" }));
    } finally {
      valueOf(await again.close());
    }
    expect((await readdir(into)).filter((name) => name.startsWith(".restoring-set"))).toEqual([]);
    // The engine that made the set is not disturbed.
    valueOf(await engine.authenticate(token));
  });

  it("takes databases whose last backup is older than the set and the schema", async () => {
    const { engine } = await openFleet();
    valueOf(await engine.backups.createAll());
    valueOf(await engine.collections.update("notes", { fields: [{ name: "more", type: "text" }] }));
    valueOf(await engine.db("client2").collection("notes").create({ title: "new", more: "x" }));
    const report = valueOf(await engine.backups.createAll());
    // client1 was not touched since the change.
    expect(report).toMatchObject({ copied: 2, unchanged: 3 });
    const into = join(await tempDirectory(), "data");
    valueOf(await engine.backups.restoreAll({ into, set: report.set! }));
    const again = await open(into);
    try {
      const [first] = valueOf(await again.db("client1").collection("notes").getList()).items;
      expect(first).toHaveProperty("more", null);
      expect(valueOf(await again.db("client2").collection("notes").getFirst("more = 'x'"))).toMatchObject({
        title: "new",
      });
    } finally {
      await again.close();
    }
  });

  it("goes on where a database fails, and says which", async () => {
    const { engine, elsewhere } = await openFleet();
    const { set } = valueOf(await engine.backups.createAll());
    const [broken] = valueOf(await engine.backups.list("client1"));
    await appendFile(join(elsewhere, broken!.id, "content"), "x");
    const into = join(await tempDirectory(), "data");
    const restored = valueOf(await engine.backups.restoreAll({ into, set: set! }));
    expect(restored.failed.map(({ name, error }) => [name, error.code])).toEqual([["client1", "database_corrupt"]]);
    const again = await open(into);
    try {
      expect(valueOf(await again.databases.exists("client1"))).toBe(false);
      expect(valueOf(await again.db("client2").collection("notes").count())).toBe(2);
    } finally {
      await again.close();
    }
  });

  it("leaves what no engine opens when it fails or is cut off", async () => {
    const { engine, elsewhere } = await openFleet();
    const { set } = valueOf(await engine.backups.createAll());
    const [broken] = valueOf(await engine.backups.list("default"));
    await appendFile(join(elsewhere, broken!.id, "content"), "x");
    const into = join(await tempDirectory(), "data");
    refusalOf(await engine.backups.restoreAll({ into, set: set! }), "database_corrupt");
    const refused = refusalOf(await TenantEngine.open({ dataDir: into }), "conflict");
    expect(refused.message).toContain("restoreAll again");
    refusalOf(await engine.backups.restoreAll({ into, set: set! }), "conflict");
    expect(await readdir(into)).not.toContain("default.db");
  });

  it("restores into nothing but a fresh directory, and finds the newest set of all that can be used", async () => {
    const { engine, elsewhere } = await openFleet();
    const first = valueOf(await engine.backups.createAll()).set!;
    const second = valueOf(await engine.backups.createAll()).set!;
    valueOf(await engine.backups.createAll({ databases: ["client1"] }));
    await writeFile(join(elsewhere, second, "manifest.json"), "{");
    const full = await tempDirectory();
    await writeFile(join(full, "something"), "");
    refusalOf(await engine.backups.restoreAll({ into: full }), "conflict");
    refusalOf(await engine.backups.restoreAll({ into: engine.dataDir }), "conflict");
    const into = join(await tempDirectory(), "data");
    refusalOf(await engine.backups.restoreAll({ into, set: second }), "database_corrupt");
    refusalOf(await engine.backups.restoreAll({ into, set: "client1" }), "backup_not_found");
    refusalOf(await engine.backups.restoreAll({ into, set: `all.set-${"0".repeat(32)}` }), "backup_not_found");
    await mkdir(into);
    expect(valueOf(await engine.backups.restoreAll({ into })).set).toBe(first);
    refusalOf(await engine.backups.restoreAll({ into: "" }), "request_invalid");
    refusalOf(await engine.backups.restoreAll({ into, concurrency: 0 }), "request_invalid");
    refusalOf(await TenantEngine.restoreAll({ into }, {}), "request_invalid");
    const empty = { backups: { store: createDirectoryStore({ directory: join(full, "none") }) } };
    refusalOf(await TenantEngine.restoreAll({ into: join(full, "new") }, empty), "backup_not_found");
  });
});
