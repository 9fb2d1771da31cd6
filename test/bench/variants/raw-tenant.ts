// One database by hand on node-sqlite3. It checks nothing that it is given.
import { open, unlink } from "node:fs/promises";
import type { Post, StoredPost, Ticket } from "../posts.js";
import type { Reader, Tenant } from "../variant.js";
import {
  type CountRow,
  insertPost,
  insertTicket,
  type PostRow,
  postValues,
  searchSql,
  stamp,
  stampPost,
  toPageText,
  updateViews,
} from "./hand-written-sql.js";
import { openRaw, type RawConnection, type RawStatement } from "./raw-connection.js";
import { prepareReads, RawReader, type ReadStatements } from "./raw-reader.js";

interface TenantStatements {
  readonly insert: RawStatement;
  readonly issue: RawStatement;
  readonly update: RawStatement;
  readonly search: RawStatement;
  readonly searchCount: RawStatement;
}

/** One connection for everything, each statement prepared once. */
export class RawTenant extends RawReader implements Tenant {
  readonly #connection: RawConnection;
  readonly #statements: TenantStatements;
  readonly #path: string;

  private constructor(connection: RawConnection, path: string, reads: ReadStatements, statements: TenantStatements) {
    super(reads);
    this.#connection = connection;
    this.#path = path;
    this.#statements = statements;
  }

  /** On an open file that has the schema. */
  static async open(connection: RawConnection, path: string): Promise<RawTenant> {
    return new RawTenant(connection, path, await prepareReads(connection), {
      insert: await connection.prepare(insertPost),
      issue: await connection.prepare(insertTicket),
      update: await connection.prepare(updateViews),
      search: await connection.prepare(searchSql.list),
      searchCount: await connection.prepare(searchSql.count),
    });
  }

  async asAuthor(email: string): Promise<Reader> {
    return new RawReader(await prepareReads(this.#connection, { ofOneAuthor: true }), email);
  }

  async search(word: string): Promise<string> {
    const rows = await this.#statements.search.all<PostRow>([word]);
    const [counted] = await this.#statements.searchCount.all<CountRow>([word]);
    return toPageText(rows, counted!);
  }

  async create(post: Post): Promise<StoredPost> {
    const stored = stampPost(post);
    await this.#statements.insert.run(postValues(stored));
    return stored;
  }

  async setViews(id: string, views: number): Promise<void> {
    await this.#statements.update.run([views, new Date().toISOString(), id]);
  }

  async issue(ticket: Ticket): Promise<boolean> {
    const { id, created, updated, code, title } = stamp(ticket);
    try {
      await this.#statements.issue.run([id, created, updated, code, title]);
      return true;
    } catch (thrown) {
      if (thrown instanceof Error && "code" in thrown && thrown.code === "SQLITE_CONSTRAINT") return false;
      throw thrown;
    }
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
    const stored = posts.map(stampPost);
    await this.#connection.exec("begin immediate");
    try {
      for (const post of stored) await this.#statements.insert.run(postValues(post));
      await this.#connection.exec("commit");
    } catch (thrown) {
      await this.#connection.exec("rollback");
      throw thrown;
    }
    return stored;
  }
}
