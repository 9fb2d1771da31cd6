// The indexes that the engine makes of itself, in the files of tenants: made, changed and kept with the schema and the rules.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TenantEngine, type CollectionDefinition } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { queryFile } from "../support/raw-database.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

const people: CollectionDefinition = { name: "people" };
const posts: CollectionDefinition = {
  name: "posts",
  fields: [
    { name: "owner", type: "text" },
    { name: "team", type: "text" },
    { name: "place", type: "number" },
    { name: "meta", type: "json" },
    { name: "author", type: "relation", collection: "people" },
    { name: "readers", type: "relation", collection: "people", multiple: true },
  ],
  listRule: "owner = @request.auth.id",
};

async function openPosts() {
  const dataDir = await makeTempDirectory();
  onTestFinished(() => removeTempDirectory(dataDir));
  const { engine, db } = await openTenant([people, posts], { dataDir });
  const indexes = async (name = "client1"): Promise<readonly string[]> => {
    // A touch brings the database to the newest schema; a reader beside it sees what is committed.
    valueOf(await engine.db(name).collection("posts").count());
    const found = await queryFile(
      join(dataDir, `${name}.db`),
      `select name from sqlite_schema where type = 'index' and name glob '?x:posts:*' order by name`,
    );
    return found.map((row) => String(row["name"]).slice("ix:posts:".length));
  };
  return { engine, db, dataDir, indexes };
}

describe("automatic indexes", () => {
  it("follow the rules, in databases that were there before and in new ones", async () => {
    const { engine, indexes } = await openPosts();
    expect(await indexes()).toEqual(["author,deleted,id", "owner,deleted,id"]);
    valueOf(await engine.collections.update("posts", { listRule: "team = @request.auth.team" }));
    valueOf(await engine.databases.create({ name: "client2" }));
    for (const name of ["default", "client1", "client2"]) {
      expect(await indexes(name)).toEqual(["author,deleted,id", "team,deleted,id"]);
    }
    expect(valueOf(await engine.collections.get("posts")).indexes).toEqual([]);
  });

  it("are made for a rule over whole databases before it is in force, and stay when it goes", async () => {
    const { engine, indexes } = await openPosts();
    const rule = {
      name: "own team",
      collection: "posts",
      rule: "team = @request.auth.team",
      operations: ["view"] as const,
    };
    const { id } = valueOf(await engine.rules.create(rule));
    expect(await indexes()).toEqual(["author,deleted,id", "owner,deleted,id"]);
    valueOf(await engine.rules.update(id, { operations: ["list"] }));
    const both = ["author,deleted,id", "owner,deleted,id", "team,deleted,id"];
    expect(await indexes()).toEqual(both);
    const version = valueOf(await engine.databases.get("client1")).schemaVersion;
    valueOf(await engine.rules.update(id, { name: "the team's own" }));
    expect(await indexes()).toEqual(both);
    expect(valueOf(await engine.databases.get("client1")).schemaVersion).toBe(version);
    valueOf(await engine.rules.delete(id));
    expect(await indexes()).toEqual(both);
    // The next change of the collection lets go what no rule asks for.
    valueOf(await engine.collections.update("posts", {}));
    expect(await indexes()).toEqual(["author,deleted,id", "owner,deleted,id"]);
  });

  it("change after a write was explained on the same connection", async () => {
    const { engine, db, indexes } = await openPosts();
    const { id } = valueOf(await db.collection("posts").create({ owner: "a" }));
    const request = { operation: "update", id, data: { owner: "b" } } as const;
    expect(valueOf(await db.collection("posts").explain(request)).outcome).toBe("allowed");
    valueOf(await engine.collections.update("posts", { listRule: null }));
    expect(await indexes()).toEqual(["author,deleted,id"]);
  });

  it("are not made for a rule that is refused", async () => {
    const { engine, indexes } = await openPosts();
    const refused = await engine.rules.create({
      name: "x",
      collection: "posts",
      rule: "team = @request.auth.id && nobody = 1",
    });
    expect(refused.isErr()).toBe(true);
    expect(await indexes()).toEqual(["author,deleted,id", "owner,deleted,id"]);
  });

  it("come with a backup of another state of the rules, and are those of the newest schema after it", async () => {
    const { engine, db, indexes } = await openPosts();
    valueOf(await db.collection("posts").create({ owner: "a", team: "b" }));
    const { id } = valueOf(await engine.backups.create("client1"));
    valueOf(await engine.collections.update("posts", { listRule: "team = @request.auth.team", softDelete: true }));
    expect(await indexes()).toEqual(["author,deleted,id", "team,deleted,id"]);
    valueOf(await engine.backups.restore(id));
    expect(await indexes()).toEqual(["author,deleted,id", "team,deleted,id"]);
    expect(valueOf(await engine.db("client1").collection("posts").count())).toBe(1);
  });

  it("are the same after the engine was opened again", async () => {
    const { engine, dataDir, indexes } = await openPosts();
    const before = await indexes();
    const { schemaVersion } = valueOf(await engine.databases.get("client1"));
    valueOf(await engine.close());
    const again = valueOf(await TenantEngine.open({ dataDir }));
    onTestFinished(async () => void (await again.close()));
    for (const definition of [people, posts]) valueOf(await again.collections.create(definition));
    valueOf(await again.collections.update("posts", {}));
    valueOf(await again.db("client1").collection("posts").count());
    expect(valueOf(await again.databases.get("client1")).schemaVersion).toBe(schemaVersion);
    expect(await indexesOf(dataDir)).toEqual(before);
  });
});

const indexesOf = async (dataDir: string): Promise<readonly string[]> => {
  const sql = `select name from sqlite_schema where type = 'index' and name glob '?x:posts:*' order by name`;
  return (await queryFile(join(dataDir, "client1.db"), sql)).map((row) =>
    String(row["name"]).slice("ix:posts:".length),
  );
};

describe("explain", () => {
  it("names the index for another order than that of making", async () => {
    const { engine, db } = await openPosts();
    valueOf(await db.collection("people").create({}));
    const request = { operation: "list", filter: "owner = 'a'", sort: "-created" } as const;
    const slow = valueOf(await db.collection("posts").explain(request));
    expect(slow.missingIndexes).toEqual([
      { fields: ["owner", "created"], reason: "The statement sorts what it finds before it gives a page." },
    ]);
    const indexes = slow.missingIndexes.map(({ fields }) => ({ fields }));
    valueOf(await engine.collections.update("posts", { indexes }));
    const fast = valueOf(await db.collection("posts").explain(request));
    expect(fast.missingIndexes).toEqual([]);
    expect(fast.statements[0]?.plan.some(({ detail }) => detail.endsWith("FOR ORDER BY"))).toBe(false);
  });

  it.each([
    ["readers ?= 'x'", "readers", '"readers" holds a list'],
    ["author.id = 'x'", "author.id", "a field of another record"],
    ["meta.a = 1", "meta.a", '"meta" is json'],
    ["owner:lower = 'x'", "owner", 'the values of "owner" as they are'],
  ])("says why no index answers %s", async (filter, path, reason) => {
    const { db } = await openPosts();
    const { missingIndexes, unindexable } = valueOf(
      await db.collection("posts").explain({ operation: "list", filter }),
    );
    expect(missingIndexes).toEqual([]);
    expect(unindexable).toEqual([{ path, reason: expect.stringContaining(reason) }]);
  });

  it("has nothing to say of a list that is searched", async () => {
    const { db } = await openPosts();
    const filter = "owner = 'a' && readers ?= 'x'";
    const explained = valueOf(await db.collection("posts").explain({ operation: "list", filter }));
    expect(explained).toMatchObject({ missingIndexes: [], unindexable: [] });
  });
});
