// The product's founding page as its readers use it: every code block as it stands there, with only the import changed,
// each as a program of its own against a real server. (Its two blocks that copy live files are done right elsewhere.)
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ClientError, TenantClient } from "../../adapters/client/index.js";
import type { CollectionDefinition, EngineError, ResultAsync, TenantEngine } from "../../lib/index.js";
import { openFace } from "../support/http-faces.js";
import { openEngine } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";
import * as page from "./page-blocks.js";
import { runBlock, type BlockWorld } from "./run-block.js";

const must = async <T>(result: ResultAsync<T, EngineError>): Promise<T> => valueOf(await result);

const posts: CollectionDefinition = {
  name: "posts",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "content", type: "text" },
  ],
};
const users: CollectionDefinition = {
  name: "users",
  type: "auth",
  fields: [
    { name: "email", type: "email", required: true },
    { name: "password", type: "text", required: true },
    { name: "name", type: "text" },
  ],
};
const signedIn = "@request.auth.id != ''";
const forSignedIn = { listRule: signedIn, viewRule: signedIn, createRule: signedIn } as const;

interface World extends BlockWorld {
  readonly engine: TenantEngine;
  /** A client of the superuser, for looking at what a block has done. */
  readonly client: TenantClient;
}

/** A server with a superuser, the collections, and empty databases. */
async function serve(collections: readonly CollectionDefinition[], databases: readonly string[] = []): Promise<World> {
  const engine = await openEngine();
  for (const definition of collections) await must(engine.collections.create(definition));
  for (const name of databases) await must(engine.databases.create({ name }));
  const [email, password] = ["root@example.com", "a long passphrase"];
  await must(engine.superusers.create({ email, password }));
  const { token } = await must(engine.db().auth.login(email, password, { collection: "_superusers" }));
  const { origin } = await openFace("node:http", engine);
  return { engine, server: origin!, token, client: new TenantClient(origin!, { token }) };
}

describe("creating databases", () => {
  it("with the SDK", async () => {
    const world = await serve([posts]);
    const made = 'const client = new VskiClient("http://localhost:3000");\n';
    expect(page.createDatabase).toContain(made);
    // The page leaves out signing in, and only superusers make databases.
    const block = page.createDatabase.replace(made, `${made}client.setToken(process.env.TOKEN);\n`);
    const { printed, values } = await runBlock(world, block, { show: ["database"] });
    expect(printed).toEqual(["client1"]);
    expect(values["database"]).toMatchObject({ name: "client1", reserved: false });
    expect(await readdir(world.engine.dataDir)).toContain("client1.db");
    const again = runBlock({ ...world, token: "" }, page.createDatabase);
    await expect(again).rejects.toMatchObject({ stderr: expect.stringContaining("unauthenticated") });
  });

  it("and listing them", async () => {
    const world = await serve([], ["client1", "client2"]);
    const { printed, values } = await runBlock(world, page.listDatabases, { show: ["databases"] });
    expect(printed.join("\n")).toContain("name: 'client1'");
    const names = (values["databases"] as readonly { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(["default", "stats", "workflows", "client1", "client2"]);
  });
});

describe("accessing specific databases", () => {
  it("with the SDK", async () => {
    const world = await serve([posts], ["client1", "client2"]);
    await must(world.engine.db("client1").collection("posts").create({ title: "Of client 1" }));
    const { values } = await runBlock(world, page.accessDatabases, { show: ["posts", "posts2"] });
    expect(values["posts"]).toMatchObject({ page: 1, perPage: 20, totalItems: 1, items: [{ title: "Of client 1" }] });
    expect(values["posts2"]).toEqual({ page: 1, perPage: 20, totalItems: 0, totalPages: 0, items: [] });
  });

  it("with the header x-dbname", async () => {
    const world = await serve([posts], ["client1", "client2"]);
    await must(world.engine.db("client1").collection("posts").create({ title: "Of client 1" }));
    const block = page.useHeaders.replace("your-token", world.token);
    const then = "const [status, body] = [response.status, await response.json()];";
    const { values } = await runBlock(world, block, { then, show: ["status", "body"] });
    expect(values).toMatchObject({ status: 200, body: { totalItems: 1, items: [{ title: "Of client 1" }] } });
    // "your-token" itself is no token.
    expect(await runBlock(world, page.useHeaders, { then, show: ["status", "body"] })).toMatchObject({
      values: { status: 401, body: { code: "unauthenticated" } },
    });
  });
});

describe("database operations", () => {
  it("isolation", async () => {
    const world = await serve([posts], ["client1", "client2"]);
    const { printed } = await runBlock(world, page.isolateDatabases);
    expect(printed).toEqual(["1"]);
    for (const [database, title] of [
      ["client1", "Post in Client 1"],
      ["client2", "Post in Client 2"],
    ] as const) {
      const { items } = await world.client.db(database).collection("posts").getList();
      expect(items.map((item) => item["title"])).toEqual([title]);
    }
    expect((await world.client.collection("posts").getList()).totalItems).toBe(0);
  });

  it("deleting", async () => {
    const world = await serve([posts], ["client1", "client2"]);
    expect((await runBlock(world, page.deleteDatabase)).printed).toEqual(["true"]);
    expect((await readdir(world.engine.dataDir)).filter((file) => file.startsWith("client1"))).toEqual([]);
    const gone = world.client.db("client1").collection("posts").getList();
    await expect(gone).rejects.toMatchObject({ status: 404, code: "database_not_found" });
  });
});

describe("the reserved databases", () => {
  it("default, when none is specified", async () => {
    const world = await serve([posts], ["client1"]);
    await must(world.engine.db("default").collection("posts").create({ title: "Of default" }));
    await must(world.engine.db("client1").collection("posts").create({ title: "Of client 1" }));
    const { values } = await runBlock(world, page.useDefault, { show: ["posts"] });
    expect(values["posts"]).toMatchObject({ totalItems: 1, items: [{ title: "Of default" }] });
  });

  it("stats", async () => {
    const world = await serve([posts]);
    const { values } = await runBlock(world, page.readStats, { show: ["stats"] });
    expect(values["stats"]).toMatchObject({ page: 1, perPage: 20, items: expect.any(Array) });
    const mine = world.client.db("stats").collection("_stats").create({});
    await expect(mine).rejects.toMatchObject({ status: 403, code: "database_reserved" });
  });

  it("workflows", async () => {
    const world = await serve([posts]);
    const { values } = await runBlock(world, page.readWorkflows, { show: ["runs"] });
    expect(values["runs"]).toMatchObject({ page: 1, perPage: 20, items: expect.any(Array) });
    for (const name of ["workflow_events", "workflow_jobs", "workflow_hooks", "workflow_waits"]) {
      expect(await world.client.db("workflows").collection(name).getList()).toMatchObject({ page: 1 });
    }
    const mine = world.client.db("workflows").collection("workflow_runs").create({});
    await expect(mine).rejects.toMatchObject({ status: 403, code: "database_reserved" });
  });
});

describe("the SaaS pattern", () => {
  const tenants: CollectionDefinition = {
    name: "tenants",
    fields: [
      { name: "name", type: "text", required: true },
      { name: "subdomain", type: "text", unique: true },
      { name: "status", type: "select", options: ["active", "suspended"] },
    ],
  };
  const functions = page.registerTenant + page.initializeTenant + page.loginTenant;

  it("registers tenants, initialises their databases, and signs their users in", async () => {
    const world = await serve([tenants]);
    const then = `
const acme = await registerTenant({ name: "Acme", subdomain: "acme" });
const globex = await registerTenant({ name: "Globex", subdomain: "globex" });
const account = { email: "ada@example.com", password: "correct horse", name: "Ada" };
await client.db(acme.id).collection("users").create(account);
const result = await loginTenantUser(acme.id, "ada@example.com", "correct horse");
const elsewhere = await loginTenantUser(globex.id, "ada@example.com", "correct horse").catch(({ code }) => code);
// The client that registers tenants is still the superuser's.
const names = (await client.settings.databases.list()).map(({ name }) => name);`;
    const show = ["acme", "globex", "result", "elsewhere", "names"];
    const { acme, globex, result, elsewhere, names } = (await runBlock(world, functions, { then, show })).values;
    expect(acme).toMatchObject({ name: "Acme", subdomain: "acme", status: "active", collectionName: "tenants" });
    expect(names).toEqual(["default", "stats", "workflows", ...[acme.id, globex.id].sort()]);
    expect(elsewhere).toBe("unauthenticated");
    expect(result.user).toMatchObject({ email: "ada@example.com", name: "Ada" });
    expect(result.user).not.toHaveProperty("password");

    const ada = new TenantClient(world.server, { token: result.token });
    expect(await ada.auth.me()).toMatchObject({ email: "ada@example.com" });
    const other = ada.db(globex.id).collection("posts").getList();
    await expect(other).rejects.toMatchObject({ status: 403 });
    await expect(ada.settings.databases.list()).rejects.toMatchObject({ status: 403, code: "forbidden" });
  });

  it("leaves nothing half-made to whoever is no superuser", async () => {
    const world = await serve([tenants]);
    const then = 'await registerTenant({ name: "Mallory", subdomain: "mallory" });';
    const refused = runBlock({ ...world, token: "" }, functions, { then });
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining("ClientError") });
    expect(await world.client.collection("tenants").count()).toBe(0);
    expect(await world.client.settings.databases.list()).toHaveLength(3);
  });
});

describe("several environments", () => {
  it.each([
    [{}, "dev"],
    [{ NODE_ENV: "development" }, "dev"],
    [{ NODE_ENV: "staging" }, "staging"],
    [{ NODE_ENV: "production" }, "prod"],
  ])("with %o is the database %s", async (env, name) => {
    const world = await serve([posts], ["dev", "staging", "prod"]);
    const then = 'await envDb.collection("posts").create({ title: "Here" }); const { database } = envDb;';
    const { values } = await runBlock({ ...world, env }, page.pickEnvironment, { then, show: ["database"] });
    expect(values["database"]).toBe(name);
    for (const each of ["dev", "staging", "prod"]) {
      expect(await world.client.db(each).collection("posts").count()).toBe(each === name ? 1 : 0);
    }
  });

  it("with a word that is no environment is none, rather than the default database", async () => {
    const world = await serve([posts]);
    const refused = runBlock({ ...world, env: { NODE_ENV: "test" } }, page.pickEnvironment);
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining("database_name_invalid") });
  });

  it("are databases of their own", async () => {
    const world = await serve([posts]);
    const then = 'await devDb.collection("posts").create({ title: "Try" });';
    await runBlock(world, page.isolateEnvironments, { then });
    const counts = ["dev", "staging", "prod"].map((name) => world.client.db(name).collection("posts").count());
    expect(await Promise.all(counts)).toEqual([1, 0, 0]);
  });
});

describe("configuration", () => {
  it("takes the directory that the environment names", async () => {
    const dataDir = join(await tempDirectory(), "custom", "data");
    const open = `import { TenantEngine } from "tenant-engine";
const engine = (await TenantEngine.open())._unsafeUnwrap();
(await engine.databases.create({ name: "client1" }))._unsafeUnwrap();
(await engine.close())._unsafeUnwrap();`;
    const line = page.setDataDir.replace("/path/to/custom/data", dataDir);
    // The package's own name resolves inside the repository.
    const root = resolve(import.meta.dirname, "../..");
    const script = `${line}exec "$0" --input-type=module -e "$1"`;
    await promisify(execFile)("sh", ["-c", script, process.execPath, open], { cwd: root });
    const files = (await readdir(dataDir)).filter((file) => file.endsWith(".db"));
    expect(files.sort()).toEqual(["client1.db", "default.db", "stats.db", "workflows.db"]);
  });
});

describe("permissions", () => {
  it('the "Tenant Access" rule keeps tenants apart', async () => {
    const notes: CollectionDefinition = { name: "notes", fields: [{ name: "title", type: "text" }], ...forSignedIn };
    const accounts: CollectionDefinition = {
      ...{ name: "accounts", type: "auth", fields: [{ name: "tenantId", type: "text" }] },
    };
    const world = await serve([users, accounts, notes], ["client1", "client2"]);
    const account = { email: "ada@example.com", password: "correct horse" };
    await must(world.engine.db("client1").collection("users").create(account));
    await must(
      world.engine
        .db("default")
        .collection("accounts")
        .create({ ...account, tenantId: "client1" }),
    );
    await runBlock(world, page.createRule);
    expect(await world.client.settings.rules.list()).toMatchObject([{ name: "Tenant Access", collection: "*" }]);

    const server = new TenantClient(world.server);
    const own = server.db("client1");
    await own.auth.login(account.email, account.password);
    await own.collection("notes").create({ title: "Mine" });
    const stranger = new TenantClient(world.server, { token: own.token }).db("client2").collection("notes");
    await expect(stranger.getList()).rejects.toMatchObject({ status: 403, code: "forbidden" });
    // A central account reaches the database of its tenantId, and no other.
    await server.auth.login(account.email, account.password, { collection: "accounts" });
    expect((await server.db("client1").collection("notes").getList()).items).toMatchObject([{ title: "Mine" }]);
    await expect(server.db("client2").collection("notes").getList()).rejects.toMatchObject({ status: 403 });
  });

  it("reading from another database needs them", async () => {
    const shared: CollectionDefinition = {
      ...{ name: "shared_data", fields: [{ name: "title", type: "text" }] },
      ...forSignedIn,
    };
    const world = await serve([users, shared], ["client1", "shared"]);
    await must(world.engine.db("shared").collection("shared_data").create({ title: "For all" }));
    const account = { email: "ada@example.com", password: "correct horse" };
    await must(world.engine.db("client1").collection("users").create(account));
    const { token } = await must(world.engine.db("client1").auth.login(account.email, account.password));

    const read = (as: string) => runBlock({ ...world, token: as }, page.crossDatabases, { show: ["otherDbData"] });
    const found = { values: { otherDbData: { totalItems: 1, items: [{ title: "For all" }] } } };
    expect(await read(world.token)).toMatchObject(found);
    await expect(read(token)).rejects.toMatchObject({ stderr: expect.stringContaining("forbidden") });
    await world.client.settings.rules.create({
      ...{ name: "Everybody reads what is shared", collection: "shared_data", rule: "@request.dbname = 'shared'" },
      ...{ databases: ["shared"], operations: ["list", "view"] },
    });
    expect(await read(token)).toMatchObject(found);
  });
});

describe("monitoring", () => {
  it("database statistics", async () => {
    const world = await serve([posts], ["client1"]);
    const { printed, values } = await runBlock(world, page.databaseStatistics, { show: ["stats"] });
    expect(printed.join("\n")).toMatch(/^\[[^]*\]$/);
    expect(values["stats"]).toMatchObject({ page: 1, perPage: 20, items: expect.any(Array) });
  });

  it("storage usage", async () => {
    const world = await serve([posts], ["client1"]);
    const env = { DATA_DIR: world.engine.dataDir };
    const { printed } = await runBlock({ ...world, env }, page.storageUsage);
    const files = printed.map((line) => /^([a-z0-9]+\.db): (\d+\.\d\d) MB$/.exec(line)?.[1]);
    expect(files.sort()).toEqual(["client1.db", "default.db", "stats.db", "workflows.db"]);
  });
});

it("the table of endpoints", async () => {
  const { server, token } = await serve([]);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = (method: string, path: string, body: string | null = null) =>
    fetch(`${server}${path}`, { method, headers, body });
  const made = await ask("POST", "/api/databases", JSON.stringify({ name: "client1" }));
  expect([made.status, await made.json()]).toEqual([201, expect.objectContaining({ name: "client1" })]);
  const listed = (await (await ask("GET", "/api/databases")).json()) as readonly { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(["default", "stats", "workflows", "client1"]);
  expect((await ask("DELETE", "/api/databases/client1")).status).toBe(204);
  expect((await ask("DELETE", "/api/databases/client1")).status).toBe(404);
});

it("the directory of the page is what its databases make", async () => {
  const { engine, client } = await serve([]);
  for (const name of ["client1", "client2", "client3"]) await client.settings.databases.create({ name });
  const files = (await readdir(engine.dataDir)).filter((file) => file.endsWith(".db"));
  const wanted = ["client1.db", "client2.db", "client3.db", "default.db", "stats.db", "workflows.db"];
  expect(files.sort()).toEqual(wanted);
  await expect(client.settings.databases.delete("default")).rejects.toBeInstanceOf(ClientError);
});
