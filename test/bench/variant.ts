// What is compared: ways to keep many tenants in SQLite files. Each variant runs in a process of its own and does the
// same work for the same answers; how is its own affair. Everything rejects on failure: a failed call has no speed.
import type { Post, StoredPost } from "./posts.js";

/** The records of one database, which stays open. */
export interface Tenant {
  getOne(id: string): Promise<StoredPost>;
  /** The newest 20 posts that the filter selects, and how many it selects. */
  getList(filter: PostFilter): Promise<PostPage>;
  /** Durable when it resolves. */
  create(post: Post): Promise<StoredPost>;
  /** All or none, in order; durable when it resolves. */
  createMany(posts: readonly Post[]): Promise<readonly StoredPost[]>;
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

export interface Variant {
  /** An empty database with the collection. */
  openTenant(name: string): Promise<Tenant>;
  /** So many databases with the collection and a post each. Not started. */
  makeFleet(databases: number): Promise<Fleet>;
  close(): Promise<void>;
}

/** Makes a variant that keeps its files below a directory, which is there and empty. */
export type VariantFactory = (directory: string) => Promise<Variant>;
