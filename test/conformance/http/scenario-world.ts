// What stands before each run of the HTTP scenarios: made once, then copied, so that every mounting begins with the same
// records under the same ids and with the same tokens.
import { cp } from "node:fs/promises";
import { TenantEngine, type CollectionDefinition, type Database } from "../../../lib/index.js";
import { setClock } from "../../support/set-clock.js";
import { valueOf } from "../../support/unwrap.js";

/** Every password. */
export const password = "correct horse";

const jwtSecret = "a secret of the scenarios alone, 43 letters";

// Everything of the other tenant holds this word, and nothing that client1's people may see.
const canary = "canary-of-client2";

const signedIn = "@request.auth.id != ''";
const own = "author = @request.auth.id";
const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;

const collections: readonly CollectionDefinition[] = [
  {
    name: "users",
    type: "auth",
    fields: [
      { name: "name", type: "text", max: 50 },
      { name: "plan", type: "select", options: ["free", "paid"], default: "free", hidden: true },
    ],
    listRule: signedIn,
    viewRule: signedIn,
    createRule: "",
    updateRule: "id = @request.auth.id",
    deleteRule: "id = @request.auth.id",
  },
  { name: "members", type: "auth", fields: [{ name: "name", type: "text" }], viewRule: signedIn },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text", required: true, max: 100 },
      { name: "slug", type: "text", unique: true },
      { name: "views", type: "number", min: 0, integer: true },
      { name: "rating", type: "number" },
      { name: "tags", type: "select", options: ["news", "tech", "fun"], multiple: true },
      { name: "published", type: "bool" },
      { name: "at", type: "datetime" },
      { name: "site", type: "url" },
      { name: "meta", type: "json" },
      { name: "author", type: "relation", collection: "users" },
      { name: "related", type: "relation", collection: "posts", multiple: true },
      { name: "secret", type: "text", hidden: true },
    ],
    softDelete: true,
    listRule: `published = true || ${own}`,
    viewRule: `published = true || ${own}`,
    createRule: own,
    updateRule: own,
    deleteRule: own,
  },
  {
    name: "pages",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "slug", type: "text", unique: true },
      { name: "rank", type: "number" },
    ],
    ...open,
  },
  {
    name: "comments",
    fields: [
      { name: "post", type: "relation", collection: "posts", required: true, cascadeDelete: true },
      { name: "text", type: "text" },
    ],
    listRule: signedIn,
    viewRule: signedIn,
    createRule: signedIn,
  },
  { name: "vault", fields: [{ name: "code", type: "text" }] },
  { name: "retired", fields: [{ name: "title", type: "text" }], ...open },
];

/** The people: whose token a scenario's request carries. */
export type Who = "guest" | "ada" | "bob" | "member" | "eve" | "root" | "broken" | "expired" | "former";

/** Ids and tokens of what stands there, by name: `{name}` in a scenario becomes the text. */
export type Known = Readonly<Record<string, string>>;

interface World {
  readonly known: Known;
  readonly tokens: Readonly<Record<Who, string | undefined>>;
}

const openWorld = async (dataDir: string): Promise<TenantEngine> =>
  valueOf(await TenantEngine.open({ dataDir, jwtSecret, durability: "normal" }));

/** Fills a directory. The engine is closed again. */
export async function makeWorld(dataDir: string): Promise<World> {
  const expired = await makeSchema(dataDir);
  const engine = await openWorld(dataDir);
  const [client1, client2] = [engine.db("client1"), engine.db("client2")];
  const [ada, bob, eve] = [
    await account(client1, "ada@example.com", "Ada"),
    await account(client1, "bob@example.com", "Bob"),
    await account(client2, "eve@example.com", canary),
  ];
  await account(client1, "mia@example.com", "Mia", "members");
  const known = { ada, bob, eve, canary, ...(await fillPosts(client1, ada, bob)), ...(await fillOther(client2, eve)) };
  const root = await engine.superusers.create({ email: "root@example.com", password });
  const tokens = {
    guest: undefined,
    ada: await login(client1, "ada@example.com"),
    bob: await login(client1, "bob@example.com"),
    member: await login(client1, "mia@example.com", "members"),
    eve: await login(client2, "eve@example.com"),
    root: await login(engine.db(), "root@example.com", "_superusers"),
    expired,
    former: await formerToken(engine),
  };
  const tenantRule = { name: "Vault is closed", collection: "vault", rule: signedIn };
  const rule = valueOf(await engine.rules.create(tenantRule)).id;
  const backup = valueOf(await engine.backups.create("empty")).id;
  valueOf(await engine.close());
  return {
    known: { ...known, root: valueOf(root).id, rule, backup, adaToken: tokens.ada, eveToken: tokens.eve },
    // A good token with one letter changed in its signature.
    tokens: { ...tokens, broken: tokens.ada.replace(/.(?=.{9}$)/, (letter) => (letter === "A" ? "B" : "A")) },
  };
}

/** The collections and databases, and a token that was over before anything else was made. */
async function makeSchema(dataDir: string): Promise<string> {
  const clock = setClock();
  const engine = valueOf(await TenantEngine.open({ dataDir, jwtSecret, clock, durability: "normal" }));
  for (const definition of collections) valueOf(await engine.collections.create(definition));
  valueOf(await engine.collections.delete("retired"));
  for (const name of ["client1", "client2", "empty"]) valueOf(await engine.databases.create({ name }));
  await account(engine.db("client1"), "old@example.com", "Old");
  const token = await login(engine.db("client1"), "old@example.com");
  valueOf(await engine.close());
  return token;
}

async function formerToken(engine: TenantEngine): Promise<string> {
  valueOf(await engine.databases.create({ name: "former" }));
  await account(engine.db("former"), "ada@example.com", "Ada");
  const token = await login(engine.db("former"), "ada@example.com");
  valueOf(await engine.databases.delete("former"));
  valueOf(await engine.databases.create({ name: "former" }));
  return token;
}

const account = async (db: Database, email: string, name: string, collection = "users"): Promise<string> =>
  valueOf(await db.collection(collection).create({ email, password, name })).id;

const login = async (db: Database, email: string, collection = "users"): Promise<string> =>
  valueOf(await db.auth.login(email, password, { collection })).token;

/** Twelve published posts of Bob's, drafts of both, some for scenarios to destroy, and what hangs on them. */
async function fillPosts(db: Database, ada: string, bob: string): Promise<Known> {
  const posts = db.collection("posts");
  const make = async (row: object): Promise<string> => valueOf(await posts.create(row)).id;
  const ids: Record<string, string> = {};
  for (let n = 0; n < 12; n += 1) {
    ids[`post${n}`] = await make({
      title: `Post ${n}`,
      slug: `post-${n}`,
      views: n * 10,
      rating: n % 3 === 0 ? null : n / 2,
      tags: [["news"], ["tech", "fun"], []][n % 3],
      published: true,
      at: `2026-01-${String(n + 1).padStart(2, "0")}T08:00:00Z`,
      meta: { depth: { n }, list: [n] },
      author: bob,
      related: n > 0 ? [ids["post0"]] : [],
      secret: `secret-of-${n}`,
    });
  }
  ids["draft"] = await make({ title: "Ada's draft", slug: "adas-draft", author: ada, secret: "secret-of-ada" });
  ids["bobDraft"] = await make({ title: "Bob's draft", slug: "bobs-draft", author: bob });
  ids["gone"] = await make({ title: "Gone post", slug: "gone-post", author: ada, published: true });
  for (let n = 0; n < 8; n += 1) ids[`spare${n}`] = await make({ title: `Spare ${n}`, author: ada });
  const comment = await db.collection("comments").create({ post: ids["post0"], text: "First" });
  const vault = await db.collection("vault").create({ code: "0000" });
  const page = await db.collection("pages").create({ title: "Home", slug: "home", rank: 1 });
  valueOf(await posts.delete(ids["gone"]));
  return { ...ids, comment: valueOf(comment).id, vault: valueOf(vault).id, page: valueOf(page).id };
}

async function fillOther(db: Database, eve: string): Promise<Known> {
  const post = { title: `${canary} title`, slug: "post-0", published: true, author: eve, secret: canary };
  const evePost = valueOf(await db.collection("posts").create(post)).id;
  valueOf(await db.collection("pages").create({ title: canary, slug: "home" }));
  valueOf(await db.collection("vault").create({ code: canary }));
  const page = valueOf(await db.collection("posts").getList(1, 1, { cursor: "", filter: "published = true" }));
  return { evePost, eveCursor: page.nextCursor ?? "none" };
}

/** Opens the engine of a copy. */
export async function copyWorld(from: string, to: string): Promise<TenantEngine> {
  await cp(from, to, { recursive: true });
  return openWorld(to);
}
