// A client that others wrote for the same shapes of requests and answers, pointed at this API without a change.
import PocketBase, { ClientResponseError } from "pocketbase";
import { beforeAll, expect, test } from "vitest";
import { sharedTenant } from "../../support/open-engine.js";
import { openFace } from "../../support/http-faces.js";
import { valueOf } from "../../support/unwrap.js";

const signedIn = "@request.auth.id != ''";
const shared = sharedTenant([
  {
    name: "users",
    type: "auth",
    fields: [{ name: "name", type: "text" }],
    createRule: "",
    viewRule: signedIn,
    updateRule: "id = @request.auth.id",
  },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "rank", type: "number" },
      { name: "author", type: "relation", collection: "users" },
    ],
    ...{ listRule: "", viewRule: "", createRule: signedIn, updateRule: signedIn, deleteRule: signedIn },
  },
]);

beforeAll(async () => {
  valueOf(await shared.engine.superusers.create({ email: "root@example.com", password: "a long passphrase" }));
});

async function client(): Promise<PocketBase> {
  const { origin } = await openFace("node:http", shared.engine);
  const pocketbase = new PocketBase(origin);
  pocketbase.autoCancellation(false);
  // What a tenant's app says once: everything else follows from the token.
  pocketbase.beforeSend = (url, options) => {
    options.headers = { ...options.headers, "x-dbname": "client1" };
    return { url, options };
  };
  return pocketbase;
}

test("registers, signs in, refreshes, and is told why not", async () => {
  const pocketbase = await client();
  const users = pocketbase.collection("users");
  const ada = await users.create({
    email: "ada@example.com",
    password: "correct horse",
    passwordConfirm: "correct horse",
    name: "Ada",
  });
  // Who has not signed in may not view accounts, so he is told no more than the id.
  expect(ada).toEqual({ id: ada.id });
  await expect(users.authWithPassword("ada@example.com", "wrong words")).rejects.toMatchObject({ status: 401 });
  const auth = await users.authWithPassword("ada@example.com", "correct horse");
  expect(auth.record).toMatchObject({
    id: ada.id,
    name: "Ada",
    collectionId: expect.any(String),
    collectionName: "users",
  });
  expect(pocketbase.authStore.isValid).toBe(true);
  expect((await users.authRefresh()).record.id).toBe(ada.id);
  expect((await users.update(ada.id, { name: "Ada L." }))["name"]).toBe("Ada L.");
  expect(pocketbase.authStore.record?.["name"]).toBe("Ada L.");

  const refused = await pocketbase
    .collection("posts")
    .create({ rank: "x" })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ClientResponseError);
  expect((refused as ClientResponseError).response).toMatchObject({
    code: "validation_failed",
    data: { title: { code: "required" }, rank: { code: "type" } },
  });
  // A token that is over does not keep anybody from signing in again.
  pocketbase.authStore.save("not.a.token", null);
  expect((await users.authWithPassword("ada@example.com", "correct horse")).record.id).toBe(ada.id);
});

test("lists, filters, sorts, pages, expands, makes, changes, deletes and batches", async () => {
  const pocketbase = await client();
  await pocketbase.collection("users").create({ email: "bob@example.com", password: "correct horse" });
  const { record: bob } = await pocketbase.collection("users").authWithPassword("bob@example.com", "correct horse");
  const posts = pocketbase.collection("posts");
  for (let rank = 1; rank <= 25; rank += 1) await posts.create({ title: `post ${rank}`, rank, author: bob.id });

  const page = await posts.getList(2, 10, {
    filter: pocketbase.filter("rank > {:least}", { least: 3 }),
    sort: "-rank",
  });
  expect(page).toMatchObject({ page: 2, perPage: 10, totalItems: 22, totalPages: 3 });
  expect(page.items[0]).toMatchObject({ rank: 15, collectionName: "posts" });
  expect(await posts.getFullList({ batch: 10, sort: "rank" })).toHaveLength(25);
  const first = await posts.getFirstListItem(pocketbase.filter("title = {:title}", { title: "post 7" }), {
    expand: "author",
  });
  expect(first).toMatchObject({ rank: 7, expand: { author: { id: bob.id, collectionName: "users" } } });
  await expect(posts.getFirstListItem("rank = 0")).rejects.toMatchObject({ status: 404 });
  expect(await posts.getOne(first.id, { fields: "id,title" })).toEqual({ id: first.id, title: "post 7" });
  expect(await posts.update(first.id, { rank: 70 })).toMatchObject({ rank: 70, title: "post 7" });

  const batch = pocketbase.createBatch();
  batch.collection("posts").create({ title: "in a batch" });
  batch.collection("posts").update(first.id, { rank: 71 });
  batch.collection("posts").upsert({ id: first.id, title: "upserted" });
  batch.collection("posts").delete(page.items[0]!.id);
  expect((await batch.send()).map(({ status }) => status)).toEqual([201, 200, 200, 204]);
  expect(await posts.getOne(first.id)).toMatchObject({ rank: 71, title: "upserted" });
  expect(await posts.delete(first.id)).toBe(true);
  await expect(posts.getOne(first.id)).rejects.toMatchObject({ status: 404 });
});

test("lets a superuser sign in and look after collections", async () => {
  const { origin } = await openFace("node:http", shared.engine);
  const pocketbase = new PocketBase(origin);
  expect(await pocketbase.health.check()).toMatchObject({ code: 200 });
  await pocketbase.collection("_superusers").authWithPassword("root@example.com", "a long passphrase");
  const made = await pocketbase.collections.create({
    name: "topics",
    type: "base",
    fields: [{ name: "label", type: "text" }],
  });
  expect(made.name).toBe("topics");
  expect((await pocketbase.collections.getFullList()).map(({ name }) => name)).toContain("topics");
  const changed = await pocketbase.collections.update("topics", { listRule: "" });
  expect(changed.listRule).toBe("");
  expect((await pocketbase.collections.getOne("topics")).listRule).toBe("");
  expect(await pocketbase.collections.delete("topics")).toBe(true);
});
