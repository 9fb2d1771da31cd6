// One database by hand: the engine's columns and index, rows turned into the same objects that the engine gives.
import { randomUUID } from "node:crypto";
import type { Post, StoredPost } from "../posts.js";
import { perPage, type PostFilter, type PostPage, type Tenant } from "../variant.js";
import type { RawConnection, RawStatement, RawValue } from "./raw-connection.js";

/** The table and index that the engine makes for the collection, without what only the engine needs. */
export const postsSchema = `
  create table "posts" (
    "id" text primary key not null, "created" text not null, "updated" text not null,
    "title" text, "body" text, "author" text, "category" text, "views" numeric, "published" integer
  );
  create index "posts_category" on "posts" ("category");`;

const columns = `"id", "created", "updated", "title", "body", "author", "category", "views", "published"`;
const selected = `from "posts" where "category" = ? and "views" >= ?`;

/** A record by its id. */
export const selectPost = `select ${columns} from "posts" where "id" = ?`;

/** A row as SQLite gives it: it knows no booleans. */
export type PostRow = Omit<StoredPost, "published"> & { readonly published: number };

/** A row as an app wants it. */
export const toPost = (row: PostRow): StoredPost => ({ ...row, published: row.published === 1 });

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
export class RawTenant implements Tenant {
  readonly #connection: RawConnection;
  readonly #get: RawStatement;
  readonly #list: RawStatement;
  readonly #count: RawStatement;
  readonly #insert: RawStatement;

  private constructor(connection: RawConnection, statements: readonly RawStatement[]) {
    this.#connection = connection;
    [this.#get, this.#list, this.#count, this.#insert] = statements as [
      RawStatement,
      RawStatement,
      RawStatement,
      RawStatement,
    ];
  }

  /** On an open file that has the schema. */
  static async open(connection: RawConnection): Promise<RawTenant> {
    const statements: RawStatement[] = [];
    const list = `select ${columns} ${selected} order by "created" desc, "id" limit ? offset ?`;
    for (const sql of [selectPost, list, `select count(*) as "total" ${selected}`, insertPost]) {
      statements.push(await connection.prepare(sql));
    }
    return new RawTenant(connection, statements);
  }

  async getOne(id: string): Promise<StoredPost> {
    const [row] = await this.#get.all<PostRow>([id]);
    if (!row) throw new Error(`no post ${id}`);
    return toPost(row);
  }

  async getList({ category, leastViews }: PostFilter): Promise<PostPage> {
    const rows = await this.#list.all<PostRow>([category, leastViews, perPage, 0]);
    const [counted] = await this.#count.all<{ readonly total: number }>([category, leastViews]);
    return { totalItems: counted!.total, items: rows.map(toPost) };
  }

  async create(post: Post): Promise<StoredPost> {
    const stored = stamp(post);
    await this.#insert.run(valuesOf(stored));
    return stored;
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
