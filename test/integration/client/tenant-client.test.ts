// The client against the API: in the same process, by a handler in place of fetch, and over a real socket.
import { beforeAll, describe, expect, it } from "vitest";
import { ClientError, TenantClient, type SendRequest } from "../../../adapters/client/index.js";
import { createHttpHandler } from "../../../adapters/http/index.js";
import { openFaces, type HttpFace } from "../../support/http-faces.js";
import { sharedTenant } from "../../support/open-engine.js";
import { valueOf } from "../../support/unwrap.js";

interface Post {
  readonly title: string;
  readonly views: number | null;
  readonly at: string | null;
  readonly author: string | null;
}

const signedIn = "@request.auth.id != ''";
const rules = {
  ...{ listRule: signedIn, viewRule: signedIn, createRule: signedIn, updateRule: signedIn, deleteRule: signedIn },
};
const tenant = sharedTenant([
  {
    ...{ name: "users", type: "auth", fields: [{ name: "name", type: "text" }] },
    ...{ listRule: signedIn, viewRule: signedIn, createRule: "" },
  },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "views", type: "number" },
      { name: "at", type: "datetime" },
      { name: "author", type: "relation", collection: "users" },
    ],
    ...rules,
  },
  { name: "numbers", fields: [{ name: "n", type: "number", unique: true }], ...rules },
]);
const account = { email: "ada@example.com", password: "correct horse", name: "Ada" };
const root = { email: "root@example.com", password: "a long passphrase" };

let face: HttpFace;
let inProcess: SendRequest;
beforeAll(async () => {
  const { engine, db } = tenant;
  face = await openFaces["node:http"](engine, {});
  inProcess = createHttpHandler(engine);
  valueOf(await engine.databases.create({ name: "client2" }));
  valueOf(await db.collection("users").create(account));
  valueOf(await engine.superusers.create(root));
  const rows = Array.from({ length: 450 }, (_, n) => ({ n }));
  valueOf(await db.collection("numbers").createMany(rows));
  return () => face.close();
});

const ways = ["in the same process", "over a socket"] as const;
type Way = (typeof ways)[number];

const clientOf = (way: Way): TenantClient =>
  way === "over a socket"
    ? new TenantClient(face.origin!)
    : new TenantClient("http://in.process", { fetch: inProcess });

async function superuserOf(way: Way): Promise<TenantClient> {
  const client = clientOf(way);
  await client.auth.login(root.email, root.password, { collection: "_superusers" });
  return client;
}

async function userOf(way: Way) {
  const db = clientOf(way).db("client1");
  await db.auth.login(account.email, account.password);
  return db;
}

async function errorOf(call: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await call.then(
    () => new Error("expected a refusal"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ClientError) return error;
  throw error;
}

describe.each(ways)("%s", (way) => {
  it("records are made, read, changed and removed", async () => {
    const db = await userOf(way);
    const { id: author } = await db.auth.me();
    const posts = db.collection<Post>("posts");
    const made = await posts.create({ title: "It's new", views: 1, author }, { expand: "author" });
    expect(made).toMatchObject({
      title: "It's new",
      collectionName: "posts",
      at: null,
      expand: { author: { name: "Ada" } },
    });
    expect(await posts.getOne(made.id, { fields: ["id", "title"] })).toEqual({ id: made.id, title: "It's new" });
    expect(await posts.update(made.id, { views: 2 })).toMatchObject({ title: "It's new", views: 2 });
    const filter = [
      "title = {:title} && views IN {:views} && at = {:at}",
      { title: "It's new", views: [2, 3], at: null },
    ];
    const found = await posts.getFirst(filter as [string, Record<string, never>], { sort: "-created" });
    expect(found.id).toBe(made.id);
    expect(await posts.delete(made.id)).toBe(true);
    expect(await errorOf(posts.getOne(made.id))).toMatchObject({ status: 404, code: "record_not_found" });
    expect(await errorOf(posts.delete(made.id))).toMatchObject({ status: 404 });
    expect(await errorOf(posts.getFirst("views = 99"))).toMatchObject({ status: 404, code: "record_not_found" });
  });

  it("lists come in pages, by cursor, and whole", async () => {
    const numbers = (await userOf(way)).collection<{ n: number }>("numbers");
    const page = await numbers.getList(2, 100, { sort: "-n", filter: "n < 400" });
    expect(page).toMatchObject({ page: 2, perPage: 100, totalItems: 400, totalPages: 4 });
    expect([page.items[0]?.n, page.items.at(-1)?.n]).toEqual([299, 200]);
    const first = await numbers.getList(1, 300, { cursor: "", skipTotal: true });
    const second = await numbers.getList(1, 300, { cursor: first.nextCursor!, skipTotal: true });
    expect([first.items.length, first.totalItems, second.items.length, second.nextCursor]).toEqual([
      300,
      -1,
      150,
      null,
    ]);
    const all = await numbers.getFullList({ sort: "-n", fields: "n" });
    expect(all.map(({ n }) => n)).toEqual(Array.from({ length: 450 }, (_, index) => 449 - index));
    const few: number[] = [];
    for await (const { n } of numbers.iterate({ filter: ["n >= {:least}", { least: 440 }], batch: 3 })) few.push(n);
    expect(few).toEqual([440, 441, 442, 443, 444, 445, 446, 447, 448, 449]);
    expect(await numbers.count("n < 10")).toBe(10);
    expect(await numbers.count()).toBe(450);
    expect(await numbers.count(["n IN {:none}", { none: [] }])).toBe(0);
  });

  it("errors come with what the server says", async () => {
    const db = await userOf(way);
    expect(await errorOf(db.collection("posts").create({ views: "many" }))).toMatchObject({
      ...{ status: 400, code: "validation_failed" },
      data: { title: { code: "required" }, views: { code: "type", message: expect.any(String) } },
    });
    expect(await errorOf(db.collection("numbers").create({ n: 5 }))).toMatchObject({
      ...{ status: 409, code: "unique_violation", data: { n: expect.objectContaining({ code: "unique_violation" }) } },
    });
    const filter = await errorOf(db.collection("posts").getList(1, 20, { filter: "views >" }));
    expect(filter).toMatchObject({
      status: 400,
      code: "filter_invalid",
      message: expect.stringContaining("character 7"),
    });
    expect(await errorOf(db.collection("nothing").getList())).toMatchObject({
      status: 404,
      code: "collection_not_found",
    });
    expect(await errorOf(db.collection("posts").create({ title: "x".repeat(2_000_000) }))).toMatchObject({
      ...{ status: 413, code: "payload_too_large" },
    });
    expect(await errorOf(clientOf(way).settings.databases.list())).toMatchObject({
      status: 401,
      code: "unauthenticated",
    });
  });

  it("accounts register, sign in, refresh, change their password and go", async () => {
    const db = clientOf(way).db("client2");
    const email = `${way === "over a socket" ? "socket" : "process"}@example.com`;
    const joined = await db.auth.register<{ name: string }>({ email, password: "correct horse", name: "New" });
    expect(joined.user).toMatchObject({ email, name: "New", verified: false });
    expect(db.token).toBe(joined.token);
    expect(await db.auth.me()).toMatchObject({ id: joined.user.id, email });
    const refreshed = await db.auth.refresh();
    expect(db.token).toBe(refreshed.token);
    const changed = await db.auth.changePassword("correct horse", "battery staple");
    expect(db.token).toBe(changed.token);
    expect(await db.auth.me()).toMatchObject({ email });
    db.setToken(joined.token);
    expect(await errorOf(db.auth.me())).toMatchObject({ status: 401, code: "unauthenticated" });
    // The ended token does not keep its owner from signing in.
    await db.auth.login(email, "battery staple");
    expect(await db.collection("posts").count()).toBe(0);
    db.auth.logout();
    expect(await errorOf(db.auth.me())).toMatchObject({ status: 401 });
    expect(await errorOf(db.auth.login(email, "correct horse"))).toMatchObject({
      status: 401,
      code: "unauthenticated",
    });
    expect(await errorOf(db.auth.login(email, "x", { collection: "posts" }))).toMatchObject({
      code: "request_invalid",
    });
  });

  it("a token alone says which database is meant", async () => {
    const { token } = await userOf(way);
    const client = clientOf(way);
    client.setToken(token);
    expect(await client.collection("numbers").count()).toBe(450);
    expect(await errorOf(client.db("client2").collection("numbers").count())).toMatchObject({ status: 403 });
    const headers = { "X-DBName": "client2" };
    expect(await errorOf(client.collection("numbers").getList(1, 1, { headers }))).toMatchObject({ status: 403 });
  });

  it("superusers settle databases, collections and rules", async () => {
    const { settings } = await superuserOf(way);
    const name = way === "over a socket" ? "socket" : "process";
    expect(await settings.databases.create({ name })).toMatchObject({ name, reserved: false, status: "ready" });
    expect(await errorOf(settings.databases.create({ name }))).toMatchObject({ status: 409, code: "database_exists" });
    expect(await settings.databases.get(name)).toMatchObject({ name });
    expect((await settings.databases.list()).map((each) => each.name)).toContain(name);
    expect(await settings.databases.delete(name)).toBe(true);
    expect(await errorOf(settings.databases.get(name))).toMatchObject({ status: 404, code: "database_not_found" });

    const definition = { name: `${name}s`, fields: [{ name: "title", type: "text" }], listRule: "" } as const;
    const made = await settings.collections.create(definition);
    expect(made).toMatchObject({ name: `${name}s`, type: "base", listRule: "", createRule: null });
    expect(await settings.collections.create(definition)).toEqual(made);
    const body = { name: "body", type: "text" } as const;
    const changed = await settings.collections.update(`${name}s`, { fields: [body], viewRule: "" });
    expect(changed.fields.filter(({ system }) => !system).map((field) => field.name)).toEqual(["title", "body"]);
    expect((await settings.collections.deleteField(`${name}s`, "body")).fields).toHaveLength(made.fields.length);
    expect(await settings.collections.undeleteField(`${name}s`, "body")).toMatchObject({ fields: changed.fields });
    const retyped = settings.collections.update(`${name}s`, { fields: [{ name: "title", type: "number" }] });
    expect(await errorOf(retyped)).toMatchObject({ status: 400, code: "schema_append_only" });
    expect(await settings.collections.delete(`${name}s`)).toBe(true);
    expect(await errorOf(settings.collections.get(`${name}s`))).toMatchObject({ code: "collection_deleted" });
    const all = await settings.collections.list({ includeDeleted: true });
    expect(all.find((each) => each.name === `${name}s`)).toMatchObject({ deleted: true });
    expect((await settings.collections.list()).map((each) => each.name)).not.toContain(`${name}s`);
    expect(await settings.collections.undelete(`${name}s`)).toMatchObject({ name: `${name}s` });

    const rule = await settings.rules.create({ name: "Keep out", collection: "posts", rule: "1=1", databases: [name] });
    expect(await settings.rules.get(rule.id)).toEqual(rule);
    expect(await settings.rules.update(rule.id, { rule: "1=0" })).toEqual({ ...rule, rule: "1=0" });
    expect((await settings.rules.list()).map(({ id }) => id)).toContain(rule.id);
    expect(await settings.rules.delete(rule.id)).toBe(true);
    expect(await errorOf(settings.rules.get(rule.id))).toMatchObject({ status: 404 });
  });

  it("batches happen wholly or not at all, and say which write was refused", async () => {
    const db = await userOf(way);
    const posts = db.collection<Post>("posts");
    const kept = await posts.create({ title: "Kept" });
    const gone = await posts.create({ title: "Gone" });
    const batch = db.createBatch();
    batch.collection<Post>("posts").create({ title: "Made" });
    batch.collection<Post>("posts").update(kept.id, { views: 7 });
    batch.collection("posts").delete(gone.id);
    const answers = await batch.send();
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 204]);
    expect(answers[0]?.body).toMatchObject({ title: "Made", collectionName: "posts" });
    expect(await posts.getOne(kept.id)).toMatchObject({ views: 7 });
    expect(await errorOf(posts.getOne(gone.id))).toMatchObject({ status: 404 });

    const before = await posts.count();
    const refused = await errorOf(
      db.batch([
        { method: "POST", url: "/api/collections/posts/records", body: { title: "Never" } },
        { method: "PATCH", url: `/api/collections/posts/records/${kept.id}`, body: { title: "", views: "x" } },
      ]),
    );
    expect(refused).toMatchObject({ status: 400, code: "validation_failed", index: 1 });
    expect(refused.data).toMatchObject({ views: { code: "type" } });
    expect(refused.message).toContain("requests[1]");
    expect([await posts.count(), (await posts.getOne(kept.id)).title]).toEqual([before, "Kept"]);
    const elsewhere = db.batch([{ method: "POST", url: "/api/databases", body: { name: "x" } }]);
    expect(await errorOf(elsewhere)).toMatchObject({ status: 400, code: "request_invalid", index: 0 });
  });

  it("superusers are told what the server and a database hold", async () => {
    const { settings } = await superuserOf(way);
    expect(await settings.stats()).toMatchObject({ version: expect.any(String), pool: { open: expect.any(Number) } });
    expect(await settings.stats("client1")).toMatchObject({
      name: "client1",
      collections: { numbers: { records: 450 } },
    });
    expect(await errorOf(settings.stats("nothing"))).toMatchObject({ status: 404, code: "database_not_found" });
    const { token } = await userOf(way);
    const user = clientOf(way);
    user.setToken(token);
    expect(await errorOf(user.settings.stats())).toMatchObject({ status: 403 });
  });

  it("the list of collections is whole, however many there are", async () => {
    const { engine } = tenant;
    for (let index = 0; index < 35; index += 1) {
      valueOf(await engine.collections.create({ name: `many${index}`, fields: [{ name: "a", type: "text" }] }));
    }
    const { settings } = await superuserOf(way);
    const names = (await settings.collections.list()).map(({ name }) => name);
    expect(names).toEqual(valueOf(await engine.collections.list()).map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it("fifty equal calls at once all answer, and none ends another", async () => {
    const numbers = (await userOf(way)).collection("numbers");
    const pages = await Promise.all(Array.from({ length: 50 }, () => numbers.getList(1, 20, { filter: "n < 100" })));
    expect(pages.every(({ totalItems, items }) => totalItems === 100 && items.length === 20)).toBe(true);
  });
});

it("a server that is not there is told as such", async () => {
  const gone = await openFaces["node:http"](tenant.engine, {});
  const client = new TenantClient(gone.origin!);
  await gone.close();
  const error = await errorOf(client.collection("posts").getList());
  expect(error).toMatchObject({ status: 0, code: "network_failed", isAbort: false });
  expect(error.message).toContain(gone.origin);
  expect(error.message).toContain("ECONNREFUSED");
});

it("limits of the server are told with the time to wait", async () => {
  const limited = createHttpHandler(tenant.engine, {
    ...{ rateLimit: { requests: { count: 2, windowMs: 60_000 } }, clientAddress: () => "203.0.113.7" },
  });
  const numbers = new TenantClient("http://in.process", { fetch: limited }).db("client1").collection("numbers");
  await numbers.getList();
  await numbers.getList();
  const error = await errorOf(numbers.getList());
  expect(error).toMatchObject({ status: 429, code: "rate_limited" });
  expect(error.retryAfterMs).toBeGreaterThan(0);
  expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
});
