// The raw driver: npm sqlite3, hand-written in the ordinary way, as durable as the engine. It checks nothing and knows
// no schema: what stands between it and the engine is what the engine costs and gains.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { makePosts, type StoredPost } from "../posts.js";
import type { Fleet, Variant } from "../variant.js";
import {
  insertPost,
  type PostRow,
  postValues,
  schema,
  selectPost,
  stampPost,
  toPost,
  wideSchema,
} from "./hand-written-sql.js";
import { openRawAccounts } from "./raw-accounts.js";
import { openRaw, type RawConnection, type RawStatement } from "./raw-connection.js";
import { RawTenant } from "./raw-tenant.js";

/** The raw driver. */
export async function openRawVariant(directory: string): Promise<Variant> {
  const open: RawConnection[] = [];
  return {
    async openTenant(name) {
      const path = join(directory, `${name}.db`);
      const connection = await openRaw(path);
      open.push(connection);
      await connection.exec(schema);
      return RawTenant.open(connection, path);
    },
    async openAccounts(name, emails) {
      const connection = await openRaw(join(directory, `${name}.db`));
      open.push(connection);
      return openRawAccounts(connection, emails);
    },
    async openWideMaker(collections) {
      const sql = `begin immediate; ${wideSchema(collections)} commit;`;
      return {
        async make(name) {
          const connection = await openRaw(join(directory, `${name}.db`));
          await connection.exec(sql);
          await connection.close();
        },
      };
    },
    makeFleet: (databases) => makeRawFleet(join(directory, `fleet${databases}`), databases),
    async close() {
      for (const connection of open) await connection.close();
    },
  };
}

// As the engine's migrateAll does by default: a loop of one at a time would be the weaker opponent.
const concurrency = 4;

async function makeRawFleet(directory: string, databases: number): Promise<Fleet> {
  await mkdir(directory);
  const [post] = makePosts(1, 1);
  const stored = await pLimit(concurrency).map(Array.from({ length: databases }).keys(), async (database) => {
    const connection = await openRaw(pathOf(directory, database));
    await connection.exec(schema);
    const stamped = stampPost(post!);
    await (await connection.prepare(insertPost)).run(postValues(stamped));
    await connection.close();
    return stamped.id;
  });
  return new RawFleet(directory, stored);
}

const pathOf = (directory: string, database: number): string => join(directory, `tenant${database}.db`);

interface OpenFile {
  readonly connection: RawConnection;
  readonly select: RawStatement;
}

class RawFleet implements Fleet {
  readonly mostOpen = Number.POSITIVE_INFINITY;
  readonly #directory: string;
  readonly #ids: readonly string[];
  readonly #open = new Map<number, OpenFile>();

  constructor(directory: string, ids: readonly string[]) {
    this.#directory = directory;
    this.#ids = ids;
  }

  async start(): Promise<void> {}

  async readPost(database: number): Promise<StoredPost> {
    let file = this.#open.get(database);
    if (!file) {
      const connection = await openRaw(pathOf(this.#directory, database));
      file = { connection, select: await connection.prepare(selectPost) };
      this.#open.set(database, file);
    }
    const [row] = await file.select.all<PostRow>([this.#ids[database]!]);
    return toPost(row!);
  }

  /** Without a schema log every file must be changed before the next request can count on the field. */
  async addField(name: string): Promise<void> {
    await pLimit(concurrency).map(this.#ids.keys(), async (database) => {
      const connection = await openRaw(pathOf(this.#directory, database));
      await connection.exec(`begin immediate; alter table "posts" add column "${name}" text; commit;`);
      await connection.close();
    });
  }

  /** None is behind. */
  async migrateAll(): Promise<number> {
    return 0;
  }

  async stop(): Promise<void> {
    for (const { connection } of this.#open.values()) await connection.close();
    this.#open.clear();
  }
}
