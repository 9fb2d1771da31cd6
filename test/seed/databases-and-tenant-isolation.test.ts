// The product's founding page, call by call, in its meaning within one process.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createDirectoryStore, TenantEngine, type EngineError, type ResultAsync } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { makeTempDirectory, removeTempDirectory, tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const posts = {
  name: "posts",
  type: "base",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "content", type: "text" },
  ],
} as const;

const users = {
  name: "users",
  type: "auth",
  fields: [
    { name: "email", type: "email", required: true },
    { name: "password", type: "text", required: true },
    { name: "name", type: "text" },
  ],
} as const;

const tenants = {
  name: "tenants",
  fields: [
    { name: "name", type: "text", required: true },
    { name: "subdomain", type: "text", unique: true },
    { name: "status", type: "select", options: ["active", "suspended"] },
  ],
} as const;

const must = async <T>(result: ResultAsync<T, EngineError>): Promise<T> => valueOf(await result);

const namesOf = async (engine: TenantEngine): Promise<readonly string[]> =>
  (await must(engine.databases.list())).map(({ name }) => name);

const filesOf = async (dataDir: string): Promise<readonly string[]> =>
  (await readdir(dataDir)).filter((file) => file.endsWith(".db")).sort();

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the directory", () => {
  it("holds one file for each database, the three reserved ones from the first moment", async () => {
    const engine = await openEngine();
    expect(await filesOf(engine.dataDir)).toEqual(["default.db", "stats.db", "workflows.db"]);
    for (const name of ["client1", "client2", "client3"]) await must(engine.databases.create({ name }));
    expect(await filesOf(engine.dataDir)).toEqual([
      "client1.db",
      "client2.db",
      "client3.db",
      "default.db",
      "stats.db",
      "workflows.db",
    ]);
  });

  it("is the one that the environment names", async () => {
    const dataDir = join(await tempDirectory(), "deep", "down");
    vi.stubEnv("DATA_DIR", dataDir);
    const engine = valueOf(await TenantEngine.open());
    expect(engine.dataDir).toBe(dataDir);
    await must(engine.databases.create({ name: "client1" }));
    valueOf(await engine.close());
    expect(await filesOf(dataDir)).toContain("client1.db");
  });

  it("is ./data when nobody names another", async () => {
    const directory = await makeTempDirectory();
    const before = process.cwd();
    vi.stubEnv("DATA_DIR", undefined);
    try {
      process.chdir(directory);
      const engine = valueOf(await TenantEngine.open());
      valueOf(await engine.close());
      expect(await filesOf(join(directory, "data"))).toEqual(["default.db", "stats.db", "workflows.db"]);
    } finally {
      process.chdir(before);
      await removeTempDirectory(directory);
    }
  });

  it("shows how much each database takes", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    await must(engine.databases.create({ name: "client1" }));
    const content = "x".repeat(2_000);
    const rows = Array.from({ length: 2_000 }, (_, at) => ({ title: `Post ${at}`, content }));
    await must(engine.db("client1").collection("posts").createMany(rows));
    const listed = await must(engine.databases.list());
    const sizes = new Map<string, number>();
    for (const file of await readdir(engine.dataDir)) {
      if (file.endsWith(".db")) sizes.set(file, (await stat(join(engine.dataDir, file))).size);
    }
    expect([...sizes.keys()].sort()).toEqual(["client1.db", "default.db", "stats.db", "workflows.db"]);
    for (const size of sizes.values()) expect(size).toBeGreaterThan(0);
    const client1 = listed.find(({ name }) => name === "client1");
    expect(client1?.sizeBytes).toBeGreaterThan(4_000_000);
    expect(client1?.sizeBytes).toBeGreaterThan(listed.find(({ name }) => name === "default")?.sizeBytes ?? Infinity);
  });
});

describe("databases", () => {
  it("are created by name", async () => {
    const engine = await openEngine();
    const database = await must(engine.databases.create({ name: "client1" }));
    expect(database.name).toBe("client1");
    expect(database.reserved).toBe(false);
    expect(await filesOf(engine.dataDir)).toContain("client1.db");
  });

  it("are listed with the reserved ones first and the others by name", async () => {
    const engine = await openEngine();
    for (const name of ["client2", "a1", "client10", "client1", "zeta"]) await must(engine.databases.create({ name }));
    expect(await namesOf(engine)).toEqual([
      "default",
      "stats",
      "workflows",
      "a1",
      "client1",
      "client10",
      "client2",
      "zeta",
    ]);
  });

  it("are reached by name, each with its own records", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    for (const name of ["client1", "client2"]) await must(engine.databases.create({ name }));
    const client1 = engine.db("client1");
    const client2 = engine.db("client2");
    await must(client1.collection("posts").create({ title: "Of the first" }));
    await must(client2.collection("posts").create({ title: "Of the second" }));

    const first = await must(client1.collection("posts").getList(1, 20));
    expect(first.items).toHaveLength(1);
    expect(first).toMatchObject({ page: 1, perPage: 20, totalItems: 1, totalPages: 1 });
    expect(first.items[0]).toMatchObject({ title: "Of the first", content: null });
    const second = await must(client2.collection("posts").getList(1, 20));
    expect(second.items.map(({ title }) => title)).toEqual(["Of the second"]);
    expect((await must(engine.db().collection("posts").getList(1, 20))).items).toEqual([]);
    refusalOf(await client2.collection("posts").getOne(String(first.items[0]?.id)), "record_not_found");
  });

  it("are deleted with all that they hold", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    for (const name of ["client1", "client2"]) await must(engine.databases.create({ name }));
    await must(engine.db("client1").collection("posts").create({ title: "Gone" }));
    await must(engine.db("client2").collection("posts").create({ title: "Stays" }));

    expect((await engine.databases.delete("client1")).isOk()).toBe(true);
    expect((await readdir(engine.dataDir)).filter((file) => file.startsWith("client1"))).toEqual([]);
    expect(await namesOf(engine)).toEqual(["default", "stats", "workflows", "client2"]);
    refusalOf(await engine.db("client1").collection("posts").getList(), "database_not_found");
    expect(await must(engine.db("client2").collection("posts").count())).toBe(1);

    await must(engine.databases.create({ name: "client1" }));
    expect(await must(engine.db("client1").collection("posts").count())).toBe(0);
  });
});

describe("the reserved databases", () => {
  it("can be neither created nor deleted", async () => {
    const engine = await openEngine();
    for (const name of ["default", "stats", "workflows"]) {
      refusalOf(await engine.databases.create({ name }), "database_reserved");
      refusalOf(await engine.databases.delete(name), "database_reserved");
      expect(await must(engine.databases.get(name))).toMatchObject({ name, reserved: true });
    }
    expect(await namesOf(engine)).toEqual(["default", "stats", "workflows"]);
  });

  it("default is meant where no name is given", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    expect(engine.db().name).toBe("default");
    const made = await must(engine.db().collection("posts").create({ title: "Without a name" }));
    expect(await must(engine.db("default").collection("posts").getOne(made.id))).toEqual(made);
  });

  it("stats holds _stats, empty at first, and so does every tenant", async () => {
    const engine = await openEngine();
    await must(engine.databases.create({ name: "client1" }));
    for (const name of ["stats", "client1", "default"]) {
      const page = await must(engine.db(name).collection("_stats").getList(1, 20));
      expect(page).toMatchObject({ page: 1, perPage: 20, totalItems: 0, totalPages: 0, items: [] });
    }
    expect((await must(engine.db("stats").collection("_logs").getList())).items).toEqual([]);
  });

  it.each(["workflow_runs", "workflow_events", "workflow_jobs", "workflow_hooks", "workflow_waits"])(
    "workflows holds %s, empty at first",
    async (collection) => {
      const engine = await openEngine();
      expect((await must(engine.db("workflows").collection(collection).getList(1, 20))).items).toEqual([]);
      refusalOf(await engine.db().collection(collection).getList(1, 20), "collection_not_found");
    },
  );

  it("take no records of users, whatever the call", async () => {
    const engine = await openEngine();
    await must(engine.databases.create({ name: "client1" }));
    const places = [
      ["stats", "_stats"],
      ["stats", "_logs"],
      ["workflows", "workflow_runs"],
      ["workflows", "_stats"],
      ["client1", "_stats"],
      ["default", "_stats"],
    ] as const;
    for (const [name, collection] of places) {
      const records = engine.db(name).collection(collection);
      const row = { name: "n", value: 1, at: "2024-02-29T00:00:00Z" };
      refusalOf(await records.create(row), "database_reserved");
      refusalOf(await records.createMany([row]), "database_reserved");
      refusalOf(await records.update("a", row), "database_reserved");
      refusalOf(await records.delete("a"), "database_reserved");
      refusalOf(await records.undelete("a"), "database_reserved");
      refusalOf(await records.purge("a"), "database_reserved");
      refusalOf(await engine.db(name).transaction((tx) => tx.collection(collection).create(row)), "database_reserved");
      expect(await must(records.count())).toBe(0);
    }
  });

  it("hold none of the users' collections", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    refusalOf(await engine.db("stats").collection("posts").create({ title: "Astray" }), "collection_not_found");
    refusalOf(await engine.db("workflows").collection("posts").getList(), "collection_not_found");
  });
});

describe("many tenants of one app", () => {
  async function initializeTenantDatabase(engine: TenantEngine): Promise<readonly string[]> {
    const made = [await must(engine.collections.create(users)), await must(engine.collections.create(posts))];
    return made.map(({ id }) => id);
  }

  it("register one after the other, each by the same steps", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(tenants));
    const registered: { readonly id: string; readonly collections: readonly string[] }[] = [];
    for (const subdomain of ["acme", "globex", "initech"]) {
      const tenant = await must(
        engine
          .db("default")
          .collection("tenants")
          .create({ name: subdomain.toUpperCase(), subdomain, status: "active" }),
      );
      expect((await must(engine.databases.create({ name: tenant.id }))).name).toBe(tenant.id);
      registered.push({ id: tenant.id, collections: await initializeTenantDatabase(engine) });
    }
    // The same collections each time, not new ones.
    expect(new Set(registered.map(({ collections }) => collections.join())).size).toBe(1);
    const own = (await must(engine.collections.list())).filter(({ system }) => !system);
    expect(own.map(({ name }) => name)).toEqual(["tenants", "users", "posts"]);

    for (const { id } of registered) {
      await must(
        engine
          .db(id)
          .collection("posts")
          .create({ title: `Post of ${id}` }),
      );
      await must(
        engine.db(id).collection("users").create({ email: "admin@example.com", password: "correct horse", name: id }),
      );
    }
    for (const { id } of registered) {
      const page = await must(engine.db(id).collection("posts").getList(1, 20));
      expect(page.items.map(({ title }) => title)).toEqual([`Post of ${id}`]);
      const [user] = (await must(engine.db(id).collection("users").getList())).items;
      expect(user).toMatchObject({ email: "admin@example.com", name: id, verified: false });
      expect(user).not.toHaveProperty("password");
    }
    expect((await must(engine.db().collection("tenants").getList())).totalItems).toBe(3);
  });

  it("may all register at once", async () => {
    const engine = await openEngine();
    const names = ["acme", "globex", "initech", "hooli"];
    const ids = await Promise.all(
      names.map(async (name) => {
        await must(engine.databases.create({ name }));
        return initializeTenantDatabase(engine);
      }),
    );
    expect(new Set(ids.map((list) => list.join())).size).toBe(1);
    expect(await namesOf(engine)).toEqual(["default", "stats", "workflows", ...[...names].sort()]);
  });
});

describe("environments", () => {
  it("keep their data apart", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    const databases = { development: "dev", staging: "staging", production: "prod" };
    for (const name of Object.values(databases)) await must(engine.databases.create({ name }));
    vi.stubEnv("NODE_ENV", "staging");
    const environment = process.env["NODE_ENV"] as keyof typeof databases;
    await must(engine.db(databases[environment]).collection("posts").create({ title: "A draft" }));
    const counts: Record<string, number> = {};
    for (const name of Object.values(databases)) counts[name] = await must(engine.db(name).collection("posts").count());
    expect(counts).toEqual({ dev: 0, staging: 1, prod: 0 });
  });
});

describe("backup and restore", () => {
  async function clientWithPost(backups: string) {
    const engine = await openEngine({ backups: { store: createDirectoryStore({ directory: backups }) } });
    await must(engine.collections.create(posts));
    for (const name of ["client1", "client2"]) {
      await must(engine.databases.create({ name }));
      await must(
        engine
          .db(name)
          .collection("posts")
          .create({ title: `Post of ${name}` }),
      );
    }
    return engine;
  }
  const titlesOf = async (engine: TenantEngine, name: string): Promise<readonly unknown[]> =>
    (await must(engine.db(name).collection("posts").getList())).items.map(({ title }) => title);

  it("backs client1 up to a directory, while it is in use", async () => {
    const backups = join(await tempDirectory(), "backups");
    const engine = await clientWithPost(backups);
    const { id, storedBytes } = await must(engine.backups.create("client1"));
    expect(await readdir(join(backups, id))).toEqual(["content", "manifest.json"]);
    expect((await stat(join(backups, id, "content"))).size).toBe(storedBytes);
    // What copying the live file would have lost: the posts were in its log alone.
    const { rows } = await must(engine.backups.verify(id));
    expect(rows["posts"]).toBe(1);
  });

  it("restores client1, and leaves client2 alone", async () => {
    const engine = await clientWithPost(join(await tempDirectory(), "backups"));
    const { id } = await must(engine.backups.create("client1"));
    for (const name of ["client1", "client2"]) {
      await must(engine.db(name).collection("posts").create({ title: "Written since" }));
    }
    await must(engine.backups.restore(id));
    expect(await titlesOf(engine, "client1")).toEqual(["Post of client1"]);
    expect(await titlesOf(engine, "client2")).toEqual(["Post of client2", "Written since"]);
    await must(engine.db("client1").collection("posts").create({ title: "Goes on" }));
    expect(await titlesOf(engine, "client1")).toEqual(["Post of client1", "Goes on"]);
  });
});

describe("the schema is global", () => {
  it("reaches databases that were there before a collection, and those that come after", async () => {
    const engine = await openEngine();
    await must(engine.databases.create({ name: "before" }));
    await must(engine.db("before").collection("_stats").count());
    await must(engine.collections.create(posts));
    await must(engine.databases.create({ name: "after" }));
    for (const name of ["before", "after", "default"]) {
      const made = await must(engine.db(name).collection("posts").create({ title: name }));
      expect(made).toMatchObject({ title: name, content: null });
    }
  });

  it("is append-only: nothing is renamed, and what is deleted is kept", async () => {
    const engine = await openEngine();
    await must(engine.collections.create(posts));
    const made = await must(engine.db().collection("posts").create({ title: "Kept", content: "this too" }));
    refusalOf(await engine.collections.update("posts", { name: "articles" } as object), "schema_append_only");
    await must(engine.collections.deleteField("posts", "content"));
    expect(await must(engine.db().collection("posts").getOne(made.id))).not.toHaveProperty("content");
    await must(engine.collections.undeleteField("posts", "content"));
    await must(engine.collections.delete("posts"));
    refusalOf(await engine.db().collection("posts").getList(), "collection_not_found");
    await must(engine.collections.undelete("posts"));
    expect(await must(engine.db().collection("posts").getOne(made.id))).toEqual(made);
  });

  it("is there again after a restart, with all records", async () => {
    const dataDir = await tempDirectory();
    const first = await openEngine({ dataDir });
    await must(first.collections.create(posts));
    await must(first.databases.create({ name: "client1" }));
    const made = await must(first.db("client1").collection("posts").create({ title: "Still here" }));
    await must(first.close());
    const second = await openEngine({ dataDir });
    expect(await must(second.db("client1").collection("posts").getOne(made.id))).toEqual(made);
  });
});
