// What the API does, as an app writes it by hand for one tenant: node:http and npm sqlite3, statements prepared once. It
// asks no rules and validates nothing; a token is a key of a Map.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openRaw } from "../variants/raw-connection.js";
import type { HttpData } from "./http-data-child.js";

const token = "token-of-the-author";
const userId = "author";

interface ByHand {
  readonly listener: RequestListener;
  readonly data: HttpData;
}

/** A file with as many posts, all of one author, and what answers for it. */
export async function openByHand(directory: string, rows: number): Promise<ByHand> {
  const connection = await openRaw(join(directory, "by-hand.db"));
  await connection.exec(`
    create table posts (id text primary key, created text, updated text, title text, body text, author text);
    create index posts_author on posts (author, created);
    with recursive n(at) as (select 0 union all select at + 1 from n where at + 1 < ${rows})
    insert into posts select printf('%032d', at), '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z',
      'Post ' || at, 'Some words that a reader of this post would like to read.', '${userId}' from n;`);
  const users = new Map([[`Bearer ${token}`, userId]]);
  const one = await connection.prepare("select * from posts where id = ? and author = ?");
  const page = await connection.prepare("select * from posts where author = ? order by created desc limit 20");
  const count = await connection.prepare("select count(*) as total from posts where author = ?");
  const insert = await connection.prepare("insert into posts values (?, ?, ?, ?, ?, ?)");

  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const create = async (request: IncomingMessage, author: string): Promise<unknown> => {
    const { title, body } = JSON.parse(await text(request)) as { readonly title: string; readonly body: string };
    const now = new Date().toISOString();
    const record = { id: randomUUID(), created: now, updated: now, title, body, author };
    await insert.run([record.id, now, now, title, body, author]);
    return record;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const author = users.get(request.headers.authorization ?? "");
    if (author === undefined) {
      answer(response, 401, {});
      return;
    }
    if (request.method === "POST") {
      answer(response, 201, await create(request, author));
      return;
    }
    const [path = "", query] = (request.url ?? "").split("?");
    if (query === undefined) {
      const [row] = await one.all([path.slice(path.lastIndexOf("/") + 1), author]);
      answer(response, row === undefined ? 404 : 200, row ?? {});
      return;
    }
    const [items, totals] = await Promise.all([page.all([author]), count.all<{ total: number }>([author])]);
    answer(response, 200, { items, totalItems: totals[0]?.total });
  };
  const step = Math.max(1, Math.floor(rows / 100));
  const ids = Array.from({ length: Math.min(100, rows) }, (_, at) => String(at * step).padStart(32, "0"));
  return { listener: (request, response) => void serve(request, response), data: { token, email: "", userId, ids } };
}
