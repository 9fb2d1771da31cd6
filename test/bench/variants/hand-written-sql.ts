// What a tenant map by hand asks SQLite for, whatever its driver: the engine's columns and indexes, statements prepared once.
import { v7 } from "uuid";
import type { Post, StoredPost } from "../posts.js";
import { perPage, type PostFilter, type PostPage } from "../variant.js";

export type SqlValue = string | number | null;

/** The tables and indexes that the engine makes for the collections, those for its rules too, without what only it needs. */
export const schema = `
  create table "posts" (
    "id" text primary key not null, "created" text not null, "updated" text not null,
    "title" text, "body" text, "author" text, "category" text, "views" numeric, "published" integer
  );
  create index "posts_category" on "posts" ("category");
  create index "posts_author" on "posts" ("author", "id");
  create table "tickets" (
    "id" text primary key not null, "created" text not null, "updated" text not null, "code" text, "title" text
  );
  create unique index "tickets_code" on "tickets" ("code");`;

/** So many collections of a few fields and an index. */
export const wideSchema = (collections: number): string =>
  Array.from(
    { length: collections },
    (_, number) => `
  create table "wide${number}" (
    "id" text primary key not null, "created" text not null, "updated" text not null,
    "title" text, "body" text, "owner" text, "count" numeric, "done" integer
  );
  create index "wide${number}_owner" on "wide${number}" ("owner");`,
  ).join("\n");

const columns = `"id", "created", "updated", "title", "body", "author", "category", "views", "published"`;

/** A record by its id. */
export const selectPost = `select ${columns} from "posts" where "id" = ?`;

/** The SQL of reads: all posts, or those of one author, whose address is then the last value of each condition. */
export function readSql({ ofOneAuthor = false }: { readonly ofOneAuthor?: boolean } = {}) {
  const own = ofOneAuthor ? ` and "author" = ?` : "";
  const selected = `from "posts" where "category" = ? and "views" >= ?${own}`;
  return {
    get: `${selectPost}${own}`,
    list: `select ${columns} ${selected} order by "id" desc limit ${perPage} offset 0`,
    count: `select count(*) as "total" ${selected}`,
  } as const;
}

/** Of {@link readSql}. */
export const filterValues = ({ category, leastViews }: PostFilter): SqlValue[] => [category, leastViews];

const searched = `from "posts" where "body" like '%' || ? || '%'`;

export const searchSql = {
  list: `select ${columns} ${searched} order by "title", "id" limit ${perPage} offset 0`,
  count: `select count(*) as "total" ${searched}`,
} as const;

export const insertPost = `insert into "posts" (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const updateViews = `update "posts" set "views" = ?, "updated" = ? where "id" = ?`;

export const insertTicket = `insert into "tickets" ("id", "created", "updated", "code", "title") values (?, ?, ?, ?, ?)`;

/** A row as SQLite gives it: it knows no booleans. */
export type PostRow = Omit<StoredPost, "published"> & { readonly published: number };

/** A row as an app wants it. */
export const toPost = (row: PostRow): StoredPost => ({ ...row, published: row.published === 1 });

export interface CountRow {
  readonly total: number;
}

/** As an app sends it. */
export function toPageText(rows: readonly PostRow[], { total }: CountRow): string {
  const page: PostPage = { totalItems: total, items: rows.map(toPost) };
  return JSON.stringify(page);
}

/** What an app adds to a record before it is stored. Ids are in the order of their making, as the engine's. */
export function stamp<Row extends object>(row: Row): { id: string; created: string; updated: string } & Row {
  const now = new Date().toISOString();
  return { id: v7().replaceAll("-", ""), created: now, updated: now, ...row };
}

/** The values of {@link insertPost}. */
export const postValues = (post: StoredPost): SqlValue[] => [
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

/** A post to store. */
export const stampPost = (post: Post): StoredPost => stamp(post);
