// What is compared: ways to keep many tenants in SQLite files. Each variant runs in a process of its own and does the
// same work for the same answers; how is its own affair. Everything rejects on failure: a failed call has no speed.
import type { Post, StoredPost } from "./posts.js";

/** Reads the records of one database, which stays open. */
export interface Reader {
  getOne(id: string): Promise<StoredPost>;
  /** The newest 20 posts that the filter selects, and how many it selects. */
  getList(filter: PostFilter): Promise<PostPage>;
}

/** The records of one database, for code that may do everything. */
export interface Tenant extends Reader {
  /** The same records for a user who may read the posts of which he is the author, and no others. */
  asAuthor(email: string): Promise<Reader>;
  /** Durable when it resolves. */
  create(post: Post): Promise<StoredPost>;
  /** All or none, in order; durable when it resolves. */
  createMany(posts: readonly Post[]): Promise<readonly StoredPost[]>;
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
  /** Gets ready, with no tenant's database open. */
  start(): Promise<void>;
  /** The post of a database, which is opened for it when it is not open and stays so until `stop`. */
  readPost(database: number): Promise<StoredPost>;
  /** Gives the posts of every database a text field. Resolves when an app could go on with its next request. */
  addField(name: string): Promise<void>;
  /** Resolves when every database's file has the added fields. */
  migrateAll(): Promise<void>;
  /** Closes everything. */
  stop(): Promise<void>;
}

/** The password of every account. */
export const accountPassword = "correct horse battery";

/** Accounts with passwords in a database of their own. */
export interface Accounts {
  /** Proves the password of an account, by its number from 0, and gives its address. */
  login(account: number): Promise<string>;
}

export interface Variant {
  /** An empty database with the collection. */
  openTenant(name: string): Promise<Tenant>;
  /** A database with an account for each address. */
  openAccounts(name: string, emails: readonly string[]): Promise<Accounts>;
  /** So many databases with the collection and a post each. Not started. */
  makeFleet(databases: number): Promise<Fleet>;
  close(): Promise<void>;
}

/** Makes a variant that keeps its files below a directory, which is there and empty. */
export type VariantFactory = (directory: string) => Promise<Variant>;
