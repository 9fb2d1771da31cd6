// Reads by hand: rows turned into the same objects that the engine gives. An author's own posts are a condition more.
import type { StoredPost } from "../posts.js";
import type { PostFilter, Reader } from "../variant.js";
import { type CountRow, filterValues, type PostRow, readSql, toPageText, toPost } from "./hand-written-sql.js";
import type { RawConnection, RawStatement } from "./raw-connection.js";

export interface ReadStatements {
  readonly get: RawStatement;
  readonly list: RawStatement;
  readonly count: RawStatement;
}

/** All posts, or those of one author. */
export async function prepareReads(
  connection: RawConnection,
  whose: { readonly ofOneAuthor?: boolean } = {},
): Promise<ReadStatements> {
  const { get, list, count } = readSql(whose);
  return {
    get: await connection.prepare(get),
    list: await connection.prepare(list),
    count: await connection.prepare(count),
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

  async list(filter: PostFilter): Promise<string> {
    const values = [...filterValues(filter), ...this.#author];
    const rows = await this.#statements.list.all<PostRow>(values);
    const [counted] = await this.#statements.count.all<CountRow>(values);
    return toPageText(rows, counted!);
  }
}
