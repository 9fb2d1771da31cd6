// tenant-engine as an app uses it: public names and default options only.
import { join } from "node:path";
import pLimit from "p-limit";
import { type CollectionDefinition, TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import { makePosts, type Post, type StoredPost } from "../posts.js";
import type { Fleet, Variant } from "../variant.js";
import { EngineTenant, openEngineAccounts } from "./engine-tenant.js";

const posts: CollectionDefinition = {
  name: "posts",
  type: "base",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "body", type: "text" },
    { name: "author", type: "text" },
    { name: "category", type: "text" },
    { name: "views", type: "number" },
    { name: "published", type: "bool" },
  ],
  indexes: [{ fields: ["category"] }],
  // For users alone: trusted handles know no rules.
  viewRule: "author = @request.auth.email",
  listRule: "author = @request.auth.email",
};

const openWithPosts = async (dataDir: string): Promise<TenantEngine> => {
  const engine = valueOf(await TenantEngine.open({ dataDir }));
  valueOf(await engine.collections.create(posts));
  return engine;
};

/** The engine. */
export async function openEngineVariant(directory: string): Promise<Variant> {
  const engine = await openWithPosts(join(directory, "tenants"));
  valueOf(await engine.collections.create({ name: "users", type: "auth", fields: [] }));
  return {
    async openTenant(name) {
      valueOf(await engine.databases.create({ name }));
      return new EngineTenant(engine, name);
    },
    async openAccounts(name, emails) {
      valueOf(await engine.databases.create({ name }));
      return openEngineAccounts(engine.db(name), emails);
    },
    makeFleet: (databases) => makeEngineFleet(join(directory, "fleet"), databases),
    async close() {
      valueOf(await engine.close());
    },
  };
}

const nameOf = (database: number): string => `tenant${database}`;

async function makeEngineFleet(dataDir: string, databases: number): Promise<Fleet> {
  const engine = await openWithPosts(dataDir);
  const [post] = makePosts(1, 1);
  // As many as libuv has threads; more would only wait.
  const limit = pLimit(4);
  const ids = await limit.map(Array.from({ length: databases }).keys(), async (database) => {
    valueOf(await engine.databases.create({ name: nameOf(database) }));
    return valueOf(await engine.db(nameOf(database)).collection<Post>("posts").create(post!)).id;
  });
  valueOf(await engine.close());
  return new EngineFleet(dataDir, ids);
}

class EngineFleet implements Fleet {
  readonly #dataDir: string;
  readonly #ids: readonly string[];
  #engine: TenantEngine | undefined;

  constructor(dataDir: string, ids: readonly string[]) {
    this.#dataDir = dataDir;
    this.#ids = ids;
  }

  async start(): Promise<void> {
    this.#engine = valueOf(await TenantEngine.open({ dataDir: this.#dataDir }));
  }

  async readPost(database: number): Promise<StoredPost> {
    const collection = this.#engine!.db(nameOf(database)).collection<Post>("posts");
    return valueOf(await collection.getOne(this.#ids[database]!));
  }

  async addField(name: string): Promise<void> {
    valueOf(await this.#engine!.collections.update("posts", { fields: [{ name, type: "text" }] }));
  }

  async migrateAll(): Promise<void> {
    const { failed } = valueOf(await this.#engine!.databases.migrateAll());
    if (failed[0]) throw failed[0].error;
  }

  async stop(): Promise<void> {
    valueOf(await this.#engine!.close());
  }
}
