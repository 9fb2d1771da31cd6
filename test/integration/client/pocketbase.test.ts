// The npm package `pocketbase`, unchanged, against the API over a real server: what the guide says works is done here, and
// what it says does not exist is refused here. Guide and test name the same calls, one for one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import PocketBase, { ClientResponseError, type RecordModel } from "pocketbase";
import { beforeAll, describe, expect, test } from "vitest";
import type { TenantEngine } from "../../../lib/index.js";
import { openFaces, type HttpFace } from "../../support/http-faces.js";
import { sharedTenant } from "../../support/open-engine.js";
import { valueOf } from "../../support/unwrap.js";
import { codeWords, tableRows } from "../docs/markdown-table.js";

const signedIn = "@request.auth.id != ''";
const rules = {
  ...{ listRule: signedIn, viewRule: signedIn, createRule: signedIn, updateRule: signedIn, deleteRule: signedIn },
};
const tenant = sharedTenant([
  {
    ...{ name: "users", type: "auth", fields: [{ name: "name", type: "text" }] },
    ...{ listRule: signedIn, viewRule: signedIn, createRule: "", updateRule: "id = @request.auth.id" },
  },
  { name: "authors", fields: [{ name: "name", type: "text" }], ...rules },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "views", type: "number" },
      { name: "tags", type: "select", options: ["news", "fun"], multiple: true },
      { name: "author", type: "relation", collection: "authors" },
    ],
    ...rules,
  },
]);
const account = { email: "ada@example.com", password: "correct horse", name: "Ada" };
const root = { email: "root@example.com", password: "a long passphrase" };

let face: HttpFace;
beforeAll(async () => {
  face = await openFaces.express(tenant.engine, {});
  valueOf(await tenant.db.collection("users").create(account));
  valueOf(await tenant.engine.superusers.create(root));
  return () => face.close();
});

/** Their client, on the tenant's database. Their auto-cancellation is on, as it is out of the box. */
function newClient(database: string | null = "client1"): PocketBase {
  const pb = new PocketBase(face.origin);
  if (database !== null) {
    pb.beforeSend = (url, options) => ({
      url,
      options: { ...options, headers: { ...options.headers, "x-dbname": database } },
    });
  }
  return pb;
}

async function userClient(): Promise<PocketBase> {
  const pb = newClient();
  await pb.collection("users").authWithPassword(account.email, account.password);
  return pb;
}

async function superuserClient(): Promise<PocketBase> {
  const pb = newClient(null);
  await pb.collection("_superusers").authWithPassword(root.email, root.password);
  return pb;
}

/** A client of a user, and a collection of its own content. */
async function withPosts(): Promise<{ readonly pb: PocketBase; readonly author: RecordModel }> {
  const pb = await userClient();
  for (const name of ["posts", "authors"]) {
    for (const { id } of valueOf(await tenant.db.collection(name).getList(1, 1_000)).items) {
      valueOf(await tenant.db.collection(name).delete(id));
    }
  }
  const author = await pb.collection("authors").create({ name: "Ada" });
  for (let views = 1; views <= 5; views += 1) {
    const tags = views % 2 === 0 ? ["news"] : [];
    await pb.collection("posts").create({ title: `It's post ${views}`, views, tags, author: author.id });
  }
  return { pb, author };
}

const titles = (records: readonly RecordModel[]): readonly string[] => records.map(({ title }) => String(title));

/** The refusal of a call. */
async function refusalOf(call: Promise<unknown>): Promise<ClientResponseError> {
  const error: unknown = await call.then(
    () => new Error("expected a refusal"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ClientResponseError) return error;
  throw error;
}

/** Every call of the guide's first table. */
const works: Readonly<Record<string, () => Promise<void>>> = {
  "pb.beforeSend": async () => {
    await withPosts();
    const elsewhere = newClient(null);
    const found = await refusalOf(elsewhere.collection("users").authWithPassword(account.email, account.password));
    expect(found.status).toBe(401);
    expect((await (await userClient()).collection("posts").getList()).totalItems).toBe(5);
    const superuser = await superuserClient();
    const options = { headers: { "x-dbname": "client1" }, requestKey: null };
    expect((await superuser.collection("posts").getList(1, 30, options)).totalItems).toBe(5);
    expect((await superuser.collection("posts").getList(1, 30, { requestKey: null })).totalItems).toBe(0);
  },
  "pb.collection(c).getList(page, perPage, options)": async () => {
    const { pb } = await withPosts();
    const first = await pb.collection("posts").getList(1, 2, { sort: "-views", filter: "views > 1" });
    expect(first).toMatchObject({ page: 1, perPage: 2, totalItems: 4, totalPages: 2 });
    expect(titles(first.items)).toEqual(["It's post 5", "It's post 4"]);
    const second = await pb.collection("posts").getList(2, 2, { sort: "-views", filter: "views > 1" });
    expect(titles(second.items)).toEqual(["It's post 3", "It's post 2"]);
    const some = await pb.collection("posts").getList(1, 1, {
      ...{ fields: "title,expand.author.name", expand: "author", skipTotal: true },
    });
    expect(some).toMatchObject({ totalItems: -1, totalPages: -1 });
    expect(some.items[0]).toMatchObject({ title: "It's post 1", expand: { author: { name: "Ada" } } });
    expect(some.items[0]).not.toHaveProperty("views");
  },
  "pb.filter(text, values)": async () => {
    const { pb } = await withPosts();
    for (const title of ["It's post 3", "' || 1=1 || '", "\\"]) {
      const page = await pb.collection("posts").getList(1, 30, {
        ...{
          filter: pb.filter("title = {:title} && views > {:least} && author != {:none}", {
            title,
            least: 1,
            none: null,
          }),
        },
      });
      expect(titles(page.items)).toEqual(title === "It's post 3" ? [title] : []);
    }
    const day = new Date(Date.now() - 86_400_000);
    const recent = await pb.collection("posts").getList(1, 30, { filter: pb.filter("created > {:day}", { day }) });
    expect(recent.totalItems).toBe(5);
  },
  "pb.collection(c).getFullList(options)": async () => {
    const { pb } = await withPosts();
    const all = await pb.collection("posts").getFullList({ batch: 2, sort: "views" });
    expect(titles(all)).toEqual([1, 2, 3, 4, 5].map((views) => `It's post ${views}`));
    expect(await pb.collection("posts").getFullList({ filter: "views < 3" })).toHaveLength(2);
  },
  "pb.collection(c).getFirstListItem(filter, options)": async () => {
    const { pb } = await withPosts();
    const found = await pb.collection("posts").getFirstListItem("tags ?= 'news'", { sort: "-views", expand: "author" });
    expect(found).toMatchObject({ views: 4, tags: ["news"], expand: { author: { name: "Ada" } } });
    expect((await refusalOf(pb.collection("posts").getFirstListItem("views = 99"))).status).toBe(404);
  },
  "pb.collection(c).getOne(id, options)": async () => {
    const { pb, author } = await withPosts();
    const [post] = (await pb.collection("posts").getList(1, 1)).items;
    const found = await pb.collection("posts").getOne(post!.id, { expand: "author" });
    expect(found).toMatchObject({ id: post!.id, collectionName: "posts", author: author.id, expand: { author } });
    const missing = await refusalOf(pb.collection("posts").getOne("nothing"));
    expect(missing).toMatchObject({ status: 404, response: { code: "record_not_found" }, isAbort: false });
  },
  "pb.collection(c).create(fields, options)": async () => {
    const { pb } = await withPosts();
    const made = await pb.collection("posts").create({ title: "New", tags: ["fun"] }, { fields: "id,title" });
    expect(Object.keys(made).sort()).toEqual(["id", "title"]);
    const refused = await refusalOf(pb.collection("posts").create({ views: 1 }));
    expect(refused).toMatchObject({ status: 400, response: { data: { title: { code: "required" } } } });
    const joining = { email: `${made.id}@example.com`, password: "correct horse", passwordConfirm: "correct horse" };
    expect(await newClient().collection("users").create(joining)).toEqual({ id: expect.any(String) });
    const form = new FormData();
    form.append("title", "As a form");
    expect((await refusalOf(pb.collection("posts").create(form))).status).toBe(415);
  },
  "pb.collection(c).update(id, fields, options)": async () => {
    const { pb } = await withPosts();
    const [post] = (await pb.collection("posts").getList(1, 1)).items;
    expect(await pb.collection("posts").update(post!.id, { views: 50 })).toMatchObject({
      title: "It's post 1",
      views: 50,
    });
  },
  "pb.collection(c).delete(id)": async () => {
    const { pb } = await withPosts();
    const [post] = (await pb.collection("posts").getList(1, 1)).items;
    expect(await pb.collection("posts").delete(post!.id)).toBe(true);
    expect((await refusalOf(pb.collection("posts").getOne(post!.id))).status).toBe(404);
  },
  "pb.createBatch()": async () => {
    const { pb } = await withPosts();
    const [first, second, third] = (await pb.collection("posts").getList(1, 3)).items;
    const batch = pb.createBatch();
    batch.collection("posts").create({ title: "Of a batch" });
    batch.collection("posts").update(first!.id, { views: 100 });
    batch.collection("posts").delete(second!.id);
    batch.collection("posts").upsert({ id: third!.id, title: "Upserted" });
    const answers = await batch.send();
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 204, 200]);
    expect(answers[0]!.body).toMatchObject({ title: "Of a batch", collectionName: "posts" });
    expect((await pb.collection("posts").getFullList({ sort: "created" })).map(({ title }) => title as string)).toEqual(
      [...["It's post 1", "Upserted", "It's post 4", "It's post 5", "Of a batch"]],
    );
    const failing = pb.createBatch();
    failing.collection("posts").create({ title: "Never" });
    failing.collection("posts").create({ views: 1 });
    const refused = await refusalOf(failing.send());
    expect(refused).toMatchObject({ status: 400, response: { data: { requests: { 1: expect.anything() } } } });
    expect((await pb.collection("posts").getList(1, 1, { filter: "title = 'Never'" })).totalItems).toBe(0);
  },
  "pb.collection(c).authWithPassword(email, password)": async () => {
    const pb = newClient();
    const { token, record } = await pb.collection("users").authWithPassword(account.email, account.password);
    expect(record).toMatchObject({ email: account.email, name: "Ada", collectionName: "users", verified: false });
    expect(record).not.toHaveProperty("password");
    expect(pb.authStore).toMatchObject({ token, isValid: true, record: { id: record.id } });
    // A token that is over keeps nobody from signing in.
    pb.authStore.save("not.a.token", null);
    await pb.collection("users").authWithPassword(account.email, account.password);
    expect(await pb.collection("users").update(record.id, { name: "Ada" })).toMatchObject({ name: "Ada" });
    const wrong = await refusalOf(pb.collection("users").authWithPassword(account.email, "wrong horse"));
    expect(wrong).toMatchObject({ status: 401, response: { code: "unauthenticated" } });
  },
  "pb.collection(c).authRefresh()": async () => {
    const pb = await userClient();
    const { record } = await pb.collection("users").authRefresh();
    expect(record).toMatchObject({ email: account.email });
    expect(pb.authStore.isValid).toBe(true);
    expect(await pb.collection("users").getOne(record.id)).toMatchObject({ name: "Ada" });
    pb.authStore.clear();
    expect((await refusalOf(pb.collection("users").authRefresh())).status).toBe(401);
  },
  'pb.collection("_superusers").authWithPassword(email, password)': async () => {
    const pb = await superuserClient();
    expect(pb.authStore.record).toMatchObject({ email: root.email, collectionName: "_superusers" });
    const options = { filter: `email = "${account.email}"`, headers: { "x-dbname": "client1" } };
    expect((await pb.collection("users").getList(1, 1, options)).totalItems).toBe(1);
    await pb.collection("_superusers").authRefresh();
    expect((await pb.collections.getList(1, 1)).items).toHaveLength(1);
  },
  "pb.collections.getList(page, perPage)": async () => {
    const pb = await superuserClient();
    const page = await pb.collections.getList(1, 1_000);
    expect(page.items.map(({ name }) => name)).toEqual(expect.arrayContaining(["users", "posts", "authors"]));
    expect((await refusalOf((await userClient()).collections.getList(1, 1))).status).toBe(403);
    expect((await refusalOf(newClient().collections.getList(1, 1))).status).toBe(401);
  },
  "pb.collections.getFullList()": async () => {
    const pb = await superuserClient();
    expect((await pb.collections.getFullList({ batch: 2 })).map(({ name }) => name)).toContain("posts");
  },
  "pb.collections.getOne(name)": async () => {
    const pb = await superuserClient();
    const posts = await pb.collections.getOne("posts");
    expect(posts).toMatchObject({ name: "posts", type: "base", listRule: signedIn });
    expect(posts.fields).toContainEqual(expect.objectContaining({ name: "title", type: "text", required: true }));
    expect((await refusalOf(pb.collections.getOne("nothing"))).status).toBe(404);
  },
  "pb.collections.create(definition)": async () => {
    const pb = await superuserClient();
    const definition = { name: "pages", type: "base", fields: [{ name: "path", type: "text" }], listRule: "" };
    expect(await pb.collections.create(definition)).toMatchObject({ name: "pages", listRule: "" });
    // It is there at once, in every database.
    expect((await newClient().collection("pages").getList()).totalItems).toBe(0);
  },
  "pb.collections.update(name, change)": async () => {
    const pb = await superuserClient();
    await pb.collections.create({ name: "leaflets", type: "base", fields: [{ name: "path", type: "text" }] });
    const leaflets = await pb.collections.getOne("leaflets");
    // As their own guides do it: read, add, send all of it back.
    const fields = [...leaflets.fields, { name: "body", type: "text" }];
    const changed = await pb.collections.update("leaflets", { fields, viewRule: "" });
    expect(changed.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(["path", "body"]));
    expect(changed).toMatchObject({ viewRule: "" });
  },
  "pb.collections.delete(name)": async () => {
    const pb = await superuserClient();
    await pb.collections.create({ name: "drafts", type: "base", fields: [{ name: "path", type: "text" }] });
    expect(await pb.collections.delete("drafts")).toBe(true);
    expect((await refusalOf(pb.collections.getOne("drafts"))).status).toBe(409);
  },
  "pb.health.check()": async () => {
    expect(await newClient().health.check()).toMatchObject({ code: 200, message: expect.any(String) });
  },
  "pb.autoCancellation(enable)": async () => {
    const { pb } = await withPosts();
    const [first, last] = await Promise.allSettled([
      pb.collection("posts").getList(),
      pb.collection("posts").getList(),
    ]);
    expect(first).toMatchObject({ status: "rejected", reason: { isAbort: true, status: 0 } });
    expect(last).toMatchObject({ status: "fulfilled", value: { totalItems: 5 } });
    pb.autoCancellation(false);
    const pages = await Promise.all(Array.from({ length: 50 }, () => pb.collection("posts").getList()));
    expect(pages.every(({ totalItems }) => totalItems === 5)).toBe(true);
  },
};

interface Absent {
  readonly call: (pb: PocketBase) => Promise<unknown>;
  /** One of these. */
  readonly statuses: readonly number[];
}

const from = (call: Absent["call"], status: number | readonly number[] = 404): Absent => ({
  call,
  statuses: [status].flat(),
});
const posts = (pb: PocketBase) => pb.collection("posts");
const users = (pb: PocketBase) => pb.collection("users");

/** Every call of the guide's second table, asked by a superuser, so that nothing is refused for want of rights. */
const absent: Readonly<Record<string, readonly Absent[]>> = {
  // Their realtime needs the browser's EventSource; what it sends is this.
  "pb.collection(c).subscribe(topic, listener)": [
    from((pb) => pb.send("/api/realtime", { method: "GET" })),
    from((pb) => pb.send("/api/realtime", { method: "POST", body: { clientId: "x", subscriptions: [] } })),
  ],
  "pb.files.getToken()": [from((pb) => pb.files.getToken())],
  "create and update with files": [
    from((pb) => posts(pb).create({ title: "x", file: new File(["x"], "x.txt") }), 415),
    from((pb) => pb.send("/api/files/posts/x/x.txt", { method: "GET" })),
  ],
  "pb.collection(c).listAuthMethods()": [from((pb) => users(pb).listAuthMethods())],
  "pb.collection(c).authWithOAuth2(…)": [
    from((pb) => users(pb).authWithOAuth2Code("google", "code", "verifier", "https://app.test/back")),
  ],
  "pb.collection(c).requestOTP(…), authWithOTP(…)": [
    from((pb) => users(pb).requestOTP("ada@example.com")),
    from((pb) => users(pb).authWithOTP("id", "password")),
  ],
  "pb.collection(c).requestPasswordReset(…), confirmPasswordReset(…)": [
    from((pb) => users(pb).requestPasswordReset("ada@example.com")),
    from((pb) => users(pb).confirmPasswordReset("token", "new password", "new password")),
  ],
  "pb.collection(c).requestVerification(…), confirmVerification(…)": [
    from((pb) => users(pb).requestVerification("ada@example.com")),
    from((pb) => pb.send("/api/collections/users/confirm-verification", { method: "POST", body: { token: "x" } })),
  ],
  "pb.collection(c).requestEmailChange(…), confirmEmailChange(…)": [
    from((pb) => users(pb).requestEmailChange("ada@example.org")),
    from((pb) => pb.send("/api/collections/users/confirm-email-change", { method: "POST", body: { token: "x" } })),
  ],
  "pb.collection(c).impersonate(…)": [from((pb) => users(pb).impersonate("id", 60))],
  "pb.collections.import(…), truncate(…), getScaffolds()": [
    from((pb) => pb.collections.import([]), 405),
    from((pb) => pb.collections.truncate("posts")),
    from((pb) => pb.collections.getScaffolds()),
  ],
  "pb.settings, pb.logs, pb.crons": [
    from((pb) => pb.settings.getAll()),
    from((pb) => pb.logs.getList()),
    from((pb) => pb.crons.getFullList()),
  ],
  "pb.backups.create(…), upload(…)": [
    // Whether there is something at the path or not: these bodies it does not take.
    from((pb) => pb.backups.create("copy.zip"), [400, 404]),
    from((pb) => pb.backups.upload({ file: new File(["x"], "copy.zip") }), [404, 405]),
  ],
  'modifiers in bodies: { "views+": 1 }': [from((pb) => posts(pb).create({ title: "x", "views+": 1 }), 400)],
  "ids of one's own: create({ id })": [from((pb) => posts(pb).create({ title: "x", id: "abcdefghijklmno" }), 400)],
  "modifiers in fields: `title:excerpt(20)`": [
    from((pb) => posts(pb).getList(1, 1, { fields: "title:excerpt(20)" }), 400),
  ],
  "back-relations: posts_via_author": [
    from((pb) => pb.collection("authors").getList(1, 1, { expand: "posts_via_author" }), 400),
    from((pb) => pb.collection("authors").getList(1, 1, { filter: "posts_via_author.title = 'x'" }), 400),
  ],
  "`@collection.…` and `@random`": [
    from((pb) => posts(pb).getList(1, 1, { filter: "@collection.users.id ?= author" }), 400),
    from((pb) => posts(pb).getList(1, 1, { sort: "@random" }), 400),
  ],
};

describe("what the guide says works", () => {
  for (const [call, check] of Object.entries(works)) test(call, check);
});

describe("what the guide says does not exist is refused", () => {
  for (const [call, cases] of Object.entries(absent)) {
    test(call, async () => {
      const pb = await superuserClient();
      const before = await recordCounts(tenant.engine);
      for (const { call: refused, statuses } of cases) {
        const error = await refusalOf(refused(pb));
        expect(statuses).toContain(error.status);
        expect(error.response).toMatchObject({
          status: error.status,
          code: expect.any(String),
          message: expect.any(String),
        });
      }
      expect(await recordCounts(tenant.engine)).toEqual(before);
    });
  }
});

async function recordCounts(engine: TenantEngine): Promise<readonly number[]> {
  const databases = ["default", "client1"].flatMap((name) => ["posts", "users", "authors"].map((each) => [name, each]));
  return Promise.all(
    databases.map(async ([name, collection]) => valueOf(await engine.db(name).collection(collection!).count())),
  );
}

test("the guide lists these calls, and no others", () => {
  const guide = join(import.meta.dirname, "../../../docs/guide/17-coming-from-pocketbase-or-vski.md");
  const text = readFileSync(guide, "utf8");
  const listed = (head: string) => tableRows(text, head).map(([cell]) => cell);
  const code = (calls: Readonly<Record<string, unknown>>) => Object.keys(calls);
  expect(listed("works").map((cell) => codeWords(cell)[0])).toEqual(code(works));
  expect(listed("is not here")).toEqual(code(absent));
});
