// What is compared: ways to keep many tenants in SQLite files. Each variant runs in a process of its own and does the
// same work for the same answers; how is its own affair. Everything rejects on failure: a failed call has no speed.
import type { Post, StoredPost, Ticket } from "./posts.js";

/** Reads the records of one database, which stays open. */
export interface Reader {
  getOne(id: string): Promise<StoredPost>;
  /** The newest 20 posts that the filter selects, and how many it selects: the JSON text of a {@link PostPage}. */
  list(filter: PostFilter): Promise<string>;
}

/** The records of one database, for code that may do everything. */
export interface Tenant extends Reader {
  /** The same records for a user who may read the posts of which he is the author, and no others. */
  asAuthor(email: string): Promise<Reader>;
  /** Twenty posts whose body holds a word, by title: no index helps. */
  search(word: string): Promise<string>;
  /** Durable when it resolves. */
  create(post: Post): Promise<StoredPost>;
  /** All or none, in order; durable when it resolves. */
  createMany(posts: readonly Post[]): Promise<readonly StoredPost[]>;
  /** Durable when it resolves. */
  setViews(id: string, views: number): Promise<void>;
  /** Durable when it resolves; false when there is a ticket of that code. */
  issue(ticket: Ticket): Promise<boolean>;
  /** Makes a backup of the database, on the disk when it resolves, and removes it again. */
  backUp(): Promise<void>;
}

/** Posts of one category with at least so many views. */
export interface PostFilter {
  readonly category: string;
  readonly leastViews: number;
}

export interface PostPage {
  readonly totalItems: number;
  readonly items: readonly StoredPost[];
}

/** Posts on a page of a list. */
export const perPage = 20;

/** Many databases, each with one post. */
export interface Fleet {
  /** Databases that it holds open at once, at most. */
  readonly mostOpen: number;
  /** Gets ready, with no tenant's database open. */
  start(): Promise<void>;
  /** The post of a database, which is opened for it when it is not open. */
  readPost(database: number): Promise<StoredPost>;
  /** Gives the posts of every database a text field. Resolves when an app could go on with its next request. */
  addField(name: string): Promise<void>;
  /** Brings every database's file to the newest schema; gives how many were behind. */
  migrateAll(): Promise<number>;
  /** Closes everything. */
  stop(): Promise<void>;
  /** Of a fresh process that reads from every database once, and so many times over. Heap in MB; default: Node's own. */
  readonly memoryOfPasses?: (passes: number, heap?: number) => Promise<MemoryOfPasses>;
}

/** Resident megabytes (RSS): after each pass, and the most at any time. */
export interface MemoryOfPasses {
  readonly after: readonly number[];
  readonly most: number;
}

/** The password of every account. */
export const accountPassword = "correct horse battery";

/** Accounts with passwords in a database of their own. */
export interface Accounts {
  /** Proves the password of an account, by its number from 0, and gives its address. */
  login(account: number): Promise<string>;
}

/** Makes databases of many collections. */
export interface WideMaker {
  /** One more database, empty; durable when it resolves. */
  make(name: string): Promise<void>;
}

/** What a variant does not have takes no part in the workloads that need it. */
export interface Variant {
  /** An empty database with the collections. */
  readonly openTenant: (name: string) => Promise<Tenant>;
  /** For databases of so many collections, none of them made yet. */
  readonly openWideMaker?: (collections: number) => Promise<WideMaker>;
  /** A database with an account for each address. */
  readonly openAccounts?: (name: string, emails: readonly string[]) => Promise<Accounts>;
  /** So many databases with the collections and a post each. Not started. */
  readonly makeFleet?: (databases: number) => Promise<Fleet>;
  close(): Promise<void>;
}

/** Makes a variant that keeps its files below a directory, which is there and empty. */
export type VariantFactory = (directory: string) => Promise<Variant>;
