// One database by hand on better-sqlite3. Every call blocks the process until SQLite is done; it checks nothing.
import { open, unlink } from "node:fs/promises";
import Database from "better-sqlite3";
import { type Durability, pragmaScript } from "../../../lib/storage/sqlite/connections/pragmas.js";
import type { Post, StoredPost, Ticket } from "../posts.js";
import type { PostFilter, Reader, Tenant } from "../variant.js";
import {
  type CountRow,
  filterValues,
  insertPost,
  insertTicket,
  type PostRow,
  postValues,
  readSql,
  searchSql,
  type SqlValue,
  stamp,
  stampPost,
  toPageText,
  toPost,
  updateViews,
} from "./hand-written-sql.js";

/** Opens or makes a file, with the pragmas that the engine's writers have. */
export function openBetter(path: string, durability: Durability): Database.Database {
  const database = new Database(path);
  database.exec(pragmaScript("writer", durability));
  return database;
}

type Read<Row> = Database.Statement<SqlValue[], Row>;

class BetterReader implements Reader {
  readonly #get: Read<PostRow>;
  readonly #list: Read<PostRow>;
  readonly #count: Read<CountRow>;
  readonly #author: readonly string[];

  /** All posts, or those of an author. */
  constructor(database: Database.Database, author?: string) {
    const sql = readSql({ ofOneAuthor: author !== undefined });
    this.#get = database.prepare(sql.get);
    this.#list = database.prepare(sql.list);
    this.#count = database.prepare(sql.count);
    this.#author = author === undefined ? [] : [author];
  }

  async getOne(id: string): Promise<StoredPost> {
    const row = this.#get.get(id, ...this.#author);
    if (!row) throw new Error(`no post ${id}`);
    return toPost(row);
  }

  async list(filter: PostFilter): Promise<string> {
    const values = [...filterValues(filter), ...this.#author];
    return toPageText(this.#list.all(...values), this.#count.get(...values)!);
  }
}

/** One connection for everything, each statement prepared once. */
export class BetterTenant extends BetterReader implements Tenant {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement<SqlValue[]>;
  readonly #issue: Database.Statement<SqlValue[]>;
  readonly #update: Database.Statement<SqlValue[]>;
  readonly #search: Read<PostRow>;
  readonly #searchCount: Read<CountRow>;
  readonly #insertAll: (posts: readonly StoredPost[]) => void;

  /** On an open file that has the schema. */
  constructor(database: Database.Database) {
    super(database);
    this.#database = database;
    this.#insert = database.prepare(insertPost);
    this.#issue = database.prepare(insertTicket);
    this.#update = database.prepare(updateViews);
    this.#search = database.prepare(searchSql.list);
    this.#searchCount = database.prepare(searchSql.count);
    this.#insertAll = database.transaction((posts: readonly StoredPost[]) => {
      for (const post of posts) this.#insert.run(...postValues(post));
    }).immediate;
  }

  async asAuthor(email: string): Promise<Reader> {
    return new BetterReader(this.#database, email);
  }

  async search(word: string): Promise<string> {
    return toPageText(this.#search.all(word), this.#searchCount.get(word)!);
  }

  async create(post: Post): Promise<StoredPost> {
    const stored = stampPost(post);
    this.#insert.run(...postValues(stored));
    return stored;
  }

  async setViews(id: string, views: number): Promise<void> {
    this.#update.run(views, new Date().toISOString(), id);
  }

  async issue(ticket: Ticket): Promise<boolean> {
    const { id, created, updated, code, title } = stamp(ticket);
    try {
      this.#issue.run(id, created, updated, code, title);
      return true;
    } catch (thrown) {
      if (thrown instanceof Database.SqliteError && thrown.code === "SQLITE_CONSTRAINT_UNIQUE") return false;
      throw thrown;
    }
  }

  async createMany(posts: readonly Post[]): Promise<readonly StoredPost[]> {
    const stored = posts.map(stampPost);
    this.#insertAll(stored);
    return stored;
  }

  async backUp(): Promise<void> {
    const copy = `${this.#database.name}.backup`;
    this.#database.exec(`vacuum into '${copy}'`);
    const file = await open(copy, "r");
    await file.sync();
    await file.close();
    await unlink(copy);
  }
}
