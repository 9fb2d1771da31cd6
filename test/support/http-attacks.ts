// Every request that asks for a tenant's records, as an attacker would send it: the routes, and all that could be taken
// for the name of a database.
import type { Knowledge } from "./access-calls.js";
import type { HttpCall } from "./http-calls.js";

/** One request, by its name; sent with many callers' tokens and many databases' names. */
export type HttpAttack = (knowledge: Knowledge) => HttpCall;

const notes = "/api/collections/notes/records";
const users = "/api/collections/users/records";
const json = { "content-type": "application/json" } as const;

const get =
  (path: (knowledge: Knowledge) => string, headers?: Readonly<Record<string, string>>): HttpAttack =>
  (knowledge) => ({ method: "GET", path: path(knowledge), headers });

const withBody =
  (method: string, path: (knowledge: Knowledge) => string, body: (knowledge: Knowledge) => unknown): HttpAttack =>
  (knowledge) => ({ method, path: path(knowledge), headers: json, body: JSON.stringify(body(knowledge)) });

const listed = (query: string): HttpAttack => get(() => `${notes}?${query}`);
const one = ({ sharedId }: Knowledge): string => `${notes}/${sharedId}`;
const batched = (requests: (knowledge: Knowledge) => unknown): HttpAttack =>
  withBody(
    "POST",
    () => "/api/batch",
    (knowledge) => ({ requests: requests(knowledge) }),
  );

/** What only reads. */
export const readingAttacks: Readonly<Record<string, HttpAttack>> = {
  list: listed(""),
  "list, filter": listed("filter=mark!%3D''"),
  "list, filter over a relation": listed("filter=peer.owner.name!%3D''"),
  "list, filter by id": get(({ ownId }) => `${notes}?filter=id%3D'${ownId}'`),
  "list, sort": listed("sort=-mark"),
  "list, fields": listed("fields=mark"),
  "list, expand": listed("expand=peer,owner,peer.owner"),
  "list, many": listed("perPage=1000"),
  "list, no totals": listed("skipTotal=1&perPage=1"),
  "list, its cursor": get(({ cursor }) => `${notes}?perPage=2&cursor=${cursor}`),
  "list, a foreign cursor": get(({ foreignCursor }) => `${notes}?perPage=2&cursor=${foreignCursor}`),
  "list, head": () => ({ method: "HEAD", path: notes }),
  "list, database in the query": listed("dbname=b"),
  "list, header in the query": listed("x-dbname=b"),
  "list, database in a cookie": get(() => notes, { cookie: "x-dbname=b; dbname=b; db=b" }),
  "list, database with an underscore": get(() => notes, { x_dbname: "b" }),
  "list, other headers of tenants": get(() => notes, { "x-db": "b", "x-tenant": "b", "x-tenant-id": "b", dbname: "b" }),
  "list, forwarded": get(() => notes, { "x-forwarded-host": "b", "x-forwarded-prefix": "/b", forwarded: "host=b" }),
  "list, rewritten": get(() => "/api/health", { "x-original-url": notes, "x-rewrite-url": notes }),
  "list, a path through the database": get(() => "/api/databases/b/collections/notes/records"),
  "list, a path up and down": get(() => "/api/databases/../collections/notes/records"),
  "get, shared id": get(one),
  "get, its own": get(({ ownId }) => `${notes}/${ownId}`),
  "get, expand": get((knowledge) => `${one(knowledge)}?expand=peer,owner`),
  "get, head": (knowledge) => ({ method: "HEAD", path: one(knowledge) }),
  "get, database in the path": get(({ sharedId }) => `${notes}/b%2f${sharedId}`),
  "users, list": get(() => users),
  "users, get": get(({ userId }) => `${users}/${userId}`),
  "ledger, list": get(() => "/api/collections/ledger/records"),
  "superusers, list": get(() => "/api/collections/_superusers/records"),
  "rules, as records": get(() => "/api/collections/_rules/records"),
  me: get(() => "/api/auth/me"),
  databases: get(() => "/api/databases"),
  "one database": get(() => "/api/databases/b"),
  collections: get(() => "/api/collections"),
  "one collection": get(() => "/api/collections/notes"),
  rules: get(() => "/api/rules"),
  backups: get(() => "/api/backups"),
  "one backup": get(() => "/api/backups/b"),
  stats: get(() => "/api/stats"),
  openapi: get(() => "/api/openapi.json"),
  options: () => ({ method: "OPTIONS", path: notes }),
};

/** What writes, if it is let. */
export const writingAttacks: Readonly<Record<string, HttpAttack>> = {
  create: withBody(
    "POST",
    () => notes,
    () => ({ mark: "attack" }),
  ),
  "create, relation": withBody(
    "POST",
    () => `${notes}?expand=peer`,
    ({ sharedId }) => ({ mark: "attack", peer: sharedId }),
  ),
  "create, relation to its own": withBody(
    "POST",
    () => `${notes}?expand=peer`,
    ({ ownId }) => ({ mark: "attack", peer: ownId }),
  ),
  "create, database in the body": withBody(
    "POST",
    () => notes,
    () => ({ mark: "attack", dbname: "b", "x-dbname": "b" }),
  ),
  update: withBody("PATCH", one, () => ({ mark: "attack" })),
  "update, relation": withBody(
    "PATCH",
    (knowledge) => `${one(knowledge)}?expand=peer,owner`,
    ({ ownId }) => ({ peer: ownId }),
  ),
  "update, its own": withBody(
    "PATCH",
    ({ ownId }) => `${notes}/${ownId}`,
    () => ({ mark: "attack" }),
  ),
  delete: (knowledge) => ({ method: "DELETE", path: one(knowledge) }),
  "delete, its own": ({ ownId }) => ({ method: "DELETE", path: `${notes}/${ownId}` }),
  "users, update": withBody(
    "PATCH",
    ({ userId }) => `${users}/${userId}`,
    () => ({ name: "attack" }),
  ),
  "ledger, create": withBody(
    "POST",
    () => "/api/collections/ledger/records",
    () => ({ mark: "attack" }),
  ),
  "batch, create": batched(() => [{ method: "POST", url: notes, body: { mark: "attack" } }]),
  "batch, update and delete": batched(({ sharedId, ownId }) => [
    { method: "PATCH", url: `${notes}/${sharedId}?expand=peer,owner`, body: { mark: "attack" } },
    { method: "DELETE", url: `${notes}/${ownId}` },
  ]),
  "batch, a database for each": batched(() => [
    { method: "POST", url: notes, body: { mark: "attack" }, headers: { "x-dbname": "b" } },
  ]),
  "batch, a database in the url": batched(() => [
    { method: "POST", url: `${notes}?x-dbname=b`, body: { mark: "attack" } },
  ]),
  refresh: () => ({ method: "POST", path: "/api/auth/refresh" }),
  "refresh of a collection": () => ({ method: "POST", path: "/api/collections/users/auth-refresh" }),
};

/** What only superusers may do, sent by all others. */
export const controllingAttacks: Readonly<Record<string, HttpAttack>> = {
  "databases, create": withBody(
    "POST",
    () => "/api/databases",
    () => ({ name: "attack" }),
  ),
  "databases, delete": () => ({ method: "DELETE", path: "/api/databases/b" }),
  "collections, create": withBody(
    "POST",
    () => "/api/collections",
    () => ({ name: "attack", listRule: "" }),
  ),
  "collections, change": withBody(
    "PATCH",
    () => "/api/collections/notes",
    () => ({ listRule: "" }),
  ),
  "collections, delete": () => ({ method: "DELETE", path: "/api/collections/notes" }),
  "collections, delete a field": () => ({ method: "DELETE", path: "/api/collections/notes/fields/mark" }),
  "rules, create": withBody(
    "POST",
    () => "/api/rules",
    () => ({ name: "attack", collection: "*", rule: "@request.dbname != ''" }),
  ),
  "backups, create": withBody(
    "POST",
    () => "/api/backups",
    () => ({ name: "b" }),
  ),
  "backups, restore": () => ({ method: "POST", path: "/api/backups/b/restore" }),
};
