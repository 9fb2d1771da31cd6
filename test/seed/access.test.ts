// The seed page's words on who may see what, in process: tenant login, the "Tenant Access" rule, cross-database reading
// with proper permissions, and users who can only access their own databases.
import { describe, expect, it } from "vitest";
import type { EngineError, Principal, Result, ResultAsync, TenantEngine } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const must = async <T>(call: ResultAsync<T, EngineError> | Promise<Result<T, EngineError>>): Promise<T> =>
  valueOf(await call);
const password = "correct horse";
const signedIn = "@request.auth.id != ''";
const forSignedIn = {
  listRule: signedIn,
  viewRule: signedIn,
  createRule: signedIn,
  updateRule: signedIn,
  deleteRule: signedIn,
} as const;
const tenantAccess = { name: "Tenant Access", collection: "*", rule: "@request.auth.tenantId = @request.data.dbname" };

/** The seed's collections, and one database per tenant, each with an admin and a post. */
async function openApp(tenants: readonly string[]): Promise<TenantEngine> {
  const engine = await openEngine();
  await must(
    engine.collections.create({
      name: "users",
      type: "auth",
      fields: [
        { name: "email", type: "email", required: true },
        { name: "password", type: "text", required: true },
        { name: "name", type: "text" },
      ],
      ...forSignedIn,
    }),
  );
  const accountFields = [{ name: "tenantId", type: "text" }] as const;
  await must(engine.collections.create({ name: "accounts", type: "auth", fields: accountFields, ...forSignedIn }));
  await must(
    engine.collections.create({
      name: "posts",
      type: "base",
      fields: [
        { name: "title", type: "text", required: true },
        { name: "content", type: "text" },
      ],
      ...forSignedIn,
    }),
  );
  await must(
    engine.collections.create({ name: "shared_data", fields: [{ name: "title", type: "text" }], ...forSignedIn }),
  );
  for (const name of tenants) {
    await must(engine.databases.create({ name }));
    const account = { email: "admin@example.com", password, name };
    await must(engine.db(name).collection("users").create(account));
    await must(
      engine
        .db(name)
        .collection("posts")
        .create({ title: `Post of ${name}` }),
    );
  }
  return engine;
}

async function signIn(engine: TenantEngine, tenantId: string, collection = "users"): Promise<Principal> {
  const { token } = await must(engine.db(tenantId).auth.login("admin@example.com", password, { collection }));
  return must(engine.authenticate(token));
}

const titlesOf = async (engine: TenantEngine, database: string, principal: Principal | null) =>
  (await must(engine.db(database).as(principal).collection("posts").getList(1, 20))).items.map(({ title }) => title);

describe("tenant access", () => {
  it("signs a tenant's user in on the tenant's own database", async () => {
    const engine = await openApp(["acme", "globex"]);
    async function loginTenantUser(tenantId: string, email: string, secret: string) {
      const tenantDb = engine.db(tenantId);
      return must(tenantDb.auth.login(email, secret));
    }
    const result = await loginTenantUser("acme", "admin@example.com", password);
    expect(result.user).toMatchObject({ email: "admin@example.com", name: "acme" });
    expect(await must(engine.db("acme").auth.me(result.token))).toMatchObject({ name: "acme" });
    refusalOf(await engine.db("globex").auth.me(result.token), "unauthenticated");
    refusalOf(await engine.db("acme").auth.login("admin@example.com", "wrong horse"), "unauthenticated");
  });

  it("lets users only access their own databases, with no rule over databases at all", async () => {
    const engine = await openApp(["acme", "globex"]);
    for (const [own, other] of [
      ["acme", "globex"],
      ["globex", "acme"],
    ] as const) {
      const user = await signIn(engine, own);
      expect(await titlesOf(engine, own, user)).toEqual([`Post of ${own}`]);
      refusalOf(await engine.db(other).as(user).collection("posts").getList(1, 20), "forbidden");
      refusalOf(await engine.db(other).as(user).collection("posts").create({ title: "Astray" }), "forbidden");
      refusalOf(await engine.db("default").as(user).collection("posts").getList(), "forbidden");
    }
    expect(await titlesOf(engine, "acme", null)).toEqual([]);
  });
});

describe("database-level rules", () => {
  it('take the seed\'s "Tenant Access" rule, and keep tenants apart by it', async () => {
    const engine = await openApp(["acme", "globex"]);
    const rule = await must(engine.rules.create(tenantAccess));
    expect(rule).toEqual({ ...tenantAccess, id: rule.id, databases: null, operations: null });
    expect(await must(engine.rules.list())).toEqual([rule]);
    const user = await signIn(engine, "acme");
    expect(await titlesOf(engine, "acme", user)).toEqual(["Post of acme"]);
    refusalOf(await engine.db("globex").as(user).collection("posts").getList(1, 20), "forbidden");
    expect(await titlesOf(engine, "acme", null)).toEqual([]);
  });

  it("let the users of a central database into their tenant's, named by their tenantId", async () => {
    const engine = await openApp(["acme", "globex"]);
    const central = engine.db("default").collection("accounts");
    const { id } = await must(central.create({ email: "admin@example.com", password, tenantId: "acme" }));
    const ann = await signIn(engine, "default", "accounts");
    refusalOf(await engine.db("acme").as(ann).collection("posts").getList(), "forbidden");
    await must(engine.rules.create(tenantAccess));
    expect(await titlesOf(engine, "acme", ann)).toEqual(["Post of acme"]);
    await must(engine.db("acme").as(ann).collection("posts").create({ title: "By Ann" }));
    refusalOf(await engine.db("globex").as(ann).collection("posts").getList(), "forbidden");
    await must(central.update(id, { tenantId: "globex" }));
    const now = await signIn(engine, "default", "accounts");
    expect(await titlesOf(engine, "globex", now)).toEqual(["Post of globex"]);
    refusalOf(await engine.db("acme").as(now).collection("posts").getList(), "forbidden");
  });

  it("never take the database's name from the client", async () => {
    const engine = await openApp(["acme", "globex"]);
    await must(
      engine.collections.create({ name: "forms", fields: [{ name: "dbname", type: "text" }], ...forSignedIn }),
    );
    await must(engine.rules.create(tenantAccess));
    const user = await signIn(engine, "acme");
    const forms = engine.db("globex").as(user).collection("forms");
    refusalOf(await forms.create({ dbname: "acme" }), "forbidden");
    await must(engine.db("acme").as(user).collection("forms").create({ dbname: "globex" }));
  });
});

describe("cross-database operations", () => {
  const sharedRule = {
    name: "Everybody reads what is shared",
    collection: "shared_data",
    rule: "@request.dbname = 'shared' && @request.auth.id != ''",
    databases: ["shared"],
    operations: ["list", "view"],
  } as const;

  it("read from another database with proper permissions, and only so", async () => {
    const engine = await openApp(["client1", "shared"]);
    const made = await must(engine.db("shared").collection("shared_data").create({ title: "For all" }));
    const user = await signIn(engine, "client1");
    const shared = engine.db("shared").as(user);
    refusalOf(await shared.collection("shared_data").getList(1, 20), "forbidden");
    const rule = await must(engine.rules.create(sharedRule));
    const otherDbData = await must(shared.collection("shared_data").getList(1, 20));
    expect(otherDbData.items.map((item) => item["title"])).toEqual(["For all"]);
    expect((await must(shared.collection("shared_data").getOne(made.id)))["title"]).toBe("For all");
    refusalOf(await shared.collection("shared_data").create({ title: "Mine" }), "forbidden");
    refusalOf(await shared.collection("shared_data").update(made.id, { title: "Mine" }), "forbidden");
    refusalOf(await shared.collection("shared_data").delete(made.id), "forbidden");
    refusalOf(await shared.collection("posts").getList(1, 20), "forbidden");
    refusalOf(await shared.collection("users").getList(1, 20), "forbidden");
    refusalOf(await engine.db("default").as(user).collection("shared_data").getList(), "forbidden");
    await must(engine.rules.delete(rule.id));
    refusalOf(await shared.collection("shared_data").getList(1, 20), "forbidden");
  });

  it("stay closed where another rule that covers them does not hold", async () => {
    const engine = await openApp(["client1", "shared"]);
    const user = await signIn(engine, "client1");
    await must(engine.rules.create(sharedRule));
    const { id } = await must(engine.rules.create(tenantAccess));
    const shared = engine.db("shared").as(user).collection("shared_data");
    refusalOf(await shared.getList(1, 20), "forbidden");
    // The tenants' rule is for the tenants' databases.
    await must(engine.rules.update(id, { rule: `${tenantAccess.rule} || @request.dbname = 'shared'` }));
    expect((await must(shared.getList(1, 20))).totalItems).toBe(0);
    // It would now let anybody write there too, so that is closed by a rule of its own.
    await must(
      engine.rules.create({
        name: "Nobody writes there",
        collection: "*",
        rule: "1=0",
        databases: ["shared"],
        operations: ["create", "update", "delete"],
      }),
    );
    refusalOf(await shared.create({ title: "Mine" }), "forbidden");
    expect(await titlesOf(engine, "client1", user)).toEqual(["Post of client1"]);
  });
});
