// One database by hand: the engine's columns and index. It checks nothing that it is given.
import { randomUUID } from "node:crypto";
import { open, unlink } from "node:fs/promises";
import type { Post, StoredPost } from "../posts.js";
import type { Reader, Tenant } from "../variant.js";
import { openRaw, type RawConnection, type RawStatement, type RawValue } from "./raw-connection.js";
import { columns, prepareReads, RawReader, type ReadStatements } from "./raw-reader.js";

/** The table and index that the engine makes for the collection, without what only the engine needs. */
export const postsSchema = `
  create table "posts" (
    "id" text primary key not null, "created" text not null, "updated" text not null,
    "title" text, "body" text, "author" text, "category" text, "views" numeric, "published" integer
  );
  create index "posts_category" on "posts" ("category");`;

/** What an app adds to a post before it is stored. */
export function stamp(post: Post): StoredPost {
  const now = new Date().toISOString();
  return { id: randomUUID().replaceAll("-", ""), created: now, updated: now, ...post };
}

/** The values of {@link insertPost}. */
export const valuesOf = (post: StoredPost): RawValue[] => [
  post.id,
  post.created,
  post.updated,
  post.title,
  post.body,
  post.author,
  post.category,
  post.views,
  post.published ? 1 : 0,
];

export const insertPost = `insert into "posts" (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** One connection for everything, each statement prepared once. */
export class RawTenant extends RawReader implements Tenant {
  readonly #connection: RawConnection;
  readonly #insert: RawStatement;
  readonly #path: string;

  private constructor(connection: RawConnection, path: string, reads: ReadStatements, insert: RawStatement) {
    super(reads);
    this.#connection = connection;
    this.#path = path;
    this.#insert = insert;
  }

  /** On an open file that has the schema. */
  static async open(connection: RawConnection, path: string): Promise<RawTenant> {
    return new RawTenant(connection, path, await prepareReads(connection), await connection.prepare(insertPost));
  }

  async asAuthor(email: string): Promise<Reader> {
    return new RawReader(await prepareReads(this.#connection, { ofOneAuthor: true }), email);
  }

  async create(post: Post): Promise<StoredPost> {
    const stored = stamp(post);
    await this.#insert.run(valuesOf(stored));
    return stored;
  }

  /** On a connection of its own, so that the writer goes on. It is neither checked nor hashed. */
  async backUp(): Promise<void> {
    const copy = `${this.#path}.backup`;
    const connection = await openRaw(this.#path);
    await connection.exec(`vacuum into '${copy}'`);
    await connection.close();
    const file = await open(copy, "r");
    await file.sync();
    await file.close();
    await unlink(copy);
  }

  async createMany(posts: readonly Post[]): Promise<readonly StoredPost[]> {
    const stored = posts.map(stamp);
    await this.#connection.exec("begin immediate");
    try {
      for (const post of stored) await this.#insert.run(valuesOf(post));
      await this.#connection.exec("commit");
    } catch (thrown) {
      await this.#connection.exec("rollback");
      throw thrown;
    }
    return stored;
  }
}
