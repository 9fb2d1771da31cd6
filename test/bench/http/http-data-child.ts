// Makes what a server of the API will serve, and ends: a server opens files that are there, and has not made a hundred
// thousand objects before its first request.
import { TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import { accountPassword } from "../variant.js";

/** What a child is started with. */
export interface HttpDataInput {
  /** There and empty. */
  readonly directory: string;
  /** Records of the collection. */
  readonly rows: number;
}

/** What is asked for. */
export interface HttpData {
  /** Of the account that owns all records. */
  readonly token: string;
  readonly email: string;
  readonly userId: string;
  /** Some of the records. */
  readonly ids: readonly string[];
}

const { directory, rows } = JSON.parse(process.argv[2] ?? "null") as HttpDataInput;
const engine = valueOf(await TenantEngine.open({ dataDir: directory }));
const data = await fill(engine);
valueOf(await engine.close());
process.send!(data, () => process.disconnect());

/** One tenant, one account, and records of which it is the owner. */
async function fill(opened: TenantEngine): Promise<HttpData> {
  valueOf(await opened.collections.create({ name: "users", type: "auth", fields: [] }));
  const owner = "author = @request.auth.id";
  valueOf(
    await opened.collections.create({
      name: "posts",
      fields: [
        { name: "title", type: "text", required: true },
        { name: "body", type: "text" },
        { name: "author", type: "relation", collection: "users", required: true },
      ],
      listRule: owner,
      viewRule: owner,
      createRule: owner,
      // As explain advises for what is listed newest first.
      indexes: [{ fields: ["author", "created"] }],
    }),
  );
  valueOf(await opened.databases.create({ name: "client1" }));
  const db = opened.db("client1");
  const email = "author@example.com";
  const { token, user } = valueOf(await db.auth.register({ email, password: accountPassword }));
  const posts = db.collection("posts");
  const ids: string[] = [];
  // As many as one call takes.
  const most = 50_000;
  for (let start = 0; start < rows; start += most) {
    const count = Math.min(most, rows - start);
    const titles = Array.from({ length: count }, (_, at) => ({
      title: `Post ${start + at}`,
      body: "Some words that a reader of this post would like to read.",
      author: user.id,
    }));
    const made = valueOf(await posts.createMany(titles));
    // Spread over the collection; a hundred are asked for in turn.
    const step = Math.max(1, Math.floor(count / 100));
    ids.push(...made.filter((_, at) => at % step === 0).map(({ id }) => id));
  }
  return { token, email, userId: user.id, ids: ids.slice(0, 100) };
}
