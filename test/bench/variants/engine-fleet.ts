// Many databases of an engine, which opens and closes as the workloads ask.
import { fork } from "node:child_process";
import { join } from "node:path";
import pLimit from "p-limit";
import { TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import { nextMessage } from "../child-message.js";
import { makePosts, type Post, type StoredPost } from "../posts.js";
import type { Fleet, MemoryOfPasses } from "../variant.js";
import { posts, tickets } from "./engine-collections.js";
import type { MemoryInput } from "./engine-memory-child.js";

const nameOf = (database: number): string => `tenant${database}`;

/** Makes them from the engine's template, and writes a post into each. */
export async function makeEngineFleet(dataDir: string, databases: number): Promise<Fleet> {
  // Nothing of this is measured, so nothing of it need survive a power failure.
  const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
  for (const collection of [posts, tickets]) valueOf(await engine.collections.create(collection));
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
  // The engine's default.
  readonly mostOpen = 256;
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

  async migrateAll(): Promise<number> {
    const { failed, migrated } = valueOf(await this.#engine!.databases.migrateAll());
    if (failed[0]) throw failed[0].error;
    return migrated;
  }

  /** In a process of its own: this one has held much else. */
  async memoryOfPasses(passes: number, heap?: number): Promise<MemoryOfPasses> {
    const input: MemoryInput = {
      dataDir: this.#dataDir,
      databases: this.#ids.map((_, database) => nameOf(database)),
      passes,
    };
    const child = fork(join(import.meta.dirname, "engine-memory-child.js"), [], {
      execArgv: heap === undefined ? [] : [`--max-old-space-size=${heap}`],
    });
    child.send(input);
    return nextMessage(child, "the process whose memory is watched");
  }

  async stop(): Promise<void> {
    valueOf(await this.#engine!.close());
  }
}
