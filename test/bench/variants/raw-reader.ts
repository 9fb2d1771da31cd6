// Reads by hand: rows turned into the same objects that the engine gives. An author's own posts are a condition more.
import type { StoredPost } from "../posts.js";
import { perPage, type PostFilter, type PostPage, type Reader } from "../variant.js";
import type { RawConnection, RawStatement } from "./raw-connection.js";

/** In the order of a row's values. */
export const columns = `"id", "created", "updated", "title", "body", "author", "category", "views", "published"`;

/** A record by its id. */
export const selectPost = `select ${columns} from "posts" where "id" = ?`;

/** A row as SQLite gives it: it knows no booleans. */
export type PostRow = Omit<StoredPost, "published"> & { readonly published: number };

/** A row as an app wants it. */
export const toPost = (row: PostRow): StoredPost => ({ ...row, published: row.published === 1 });

export interface ReadStatements {
  readonly get: RawStatement;
  readonly list: RawStatement;
  readonly count: RawStatement;
}

/** All posts, or those of one author, whose address is then the last value of each condition. */
export async function prepareReads(
  connection: RawConnection,
  { ofOneAuthor = false }: { readonly ofOneAuthor?: boolean } = {},
): Promise<ReadStatements> {
  const own = ofOneAuthor ? ` and "author" = ?` : "";
  const selected = `from "posts" where "category" = ? and "views" >= ?${own}`;
  return {
    get: await connection.prepare(`${selectPost}${own}`),
    list: await connection.prepare(
      `select ${columns} ${selected} order by "created" desc, "id" limit ${perPage} offset 0`,
    ),
    count: await connection.prepare(`select count(*) as "total" ${selected}`),
  };
}

export class RawReader implements Reader {
  readonly #statements: ReadStatements;
  readonly #author: readonly string[];

  /** Statements of one author need his address. */
  constructor(statements: ReadStatements, author?: string) {
    this.#statements = statements;
    this.#author = author === undefined ? [] : [author];
  }

  async getOne(id: string): Promise<StoredPost> {
    const [row] = await this.#statements.get.all<PostRow>([id, ...this.#author]);
    if (!row) throw new Error(`no post ${id}`);
    return toPost(row);
  }

  async getList({ category, leastViews }: PostFilter): Promise<PostPage> {
    const values = [category, leastViews, ...this.#author];
    const rows = await this.#statements.list.all<PostRow>(values);
    const [counted] = await this.#statements.count.all<{ readonly total: number }>(values);
    return { totalItems: counted!.total, items: rows.map(toPost) };
  }
}
