// What superusers control, databases, collections, rules, figures, backups, and that nobody else does.
import type { Scenario } from "./scenario.js";

const closed: readonly string[] = [
  "GET /api/databases",
  "POST /api/databases",
  "GET /api/databases/client1",
  "DELETE /api/databases/client2",
  "GET /api/collections",
  "POST /api/collections",
  "GET /api/collections/posts",
  "PATCH /api/collections/posts",
  "DELETE /api/collections/posts",
  "POST /api/collections/retired/undelete",
  "GET /api/rules",
  "POST /api/rules",
  "GET /api/rules/{rule}",
  "PATCH /api/rules/{rule}",
  "DELETE /api/rules/{rule}",
  "GET /api/backups",
  "POST /api/backups",
  "GET /api/backups/{backup}",
  "POST /api/backups/{backup}/restore",
  "DELETE /api/backups/{backup}",
  "GET /api/stats",
  "GET /api/openapi.json",
];

/** A body that would be taken from a superuser, where one is. */
const bodyFor = (call: string): Partial<Scenario> =>
  call.startsWith("POST") || call.startsWith("PATCH") ? { json: { name: "taken", collection: "*", rule: "1=1" } } : {};

const nobody: readonly Scenario[] = closed.flatMap((call) => [
  { name: `${call} by a guest`, call, ...bodyFor(call), status: 401, code: "unauthenticated" },
  { name: `${call} by a user`, as: "ada", call, ...bodyFor(call), status: 403, code: "forbidden" },
  {
    name: `${call} by a user of default's name`,
    as: "ada",
    db: "default",
    call,
    ...bodyFor(call),
    status: 403,
    code: "forbidden",
  },
  { name: `${call} with a broken token`, as: "broken", call, ...bodyFor(call), status: 401, code: "unauthenticated" },
]);

const root = (name: string, call: string, rest: Partial<Scenario>): Scenario => ({
  name,
  as: "root",
  call,
  status: 200,
  ...rest,
});

const databases: readonly Scenario[] = [
  root("databases: a bare list, the reserved first", "GET /api/databases", {
    shows: {
      "0.name": "default",
      "1.name": "stats",
      "2.name": "workflows",
      "3.name": "client1",
      "0.reserved": true,
      length: 7,
    },
  }),
  root("databases: one", "GET /api/databases/client1", {
    shows: { name: "client1", reserved: false, status: "ready" },
  }),
  root("databases: none such", "GET /api/databases/client9", { status: 404, code: "database_not_found" }),
  root("databases: no name", "GET /api/databases/Client1", { status: 400, code: "database_name_invalid" }),
  root("databases: a path as a name", "GET /api/databases/..%2fclient1", {
    status: 400,
    code: "database_name_invalid",
  }),
  root("databases: made", "POST /api/databases", {
    json: { name: "client3" },
    status: 201,
    shows: { name: "client3" },
  }),
  root("databases: made twice", "POST /api/databases", {
    json: { name: "client3" },
    status: 409,
    code: "database_exists",
  }),
  root("databases: no name to make", "POST /api/databases", {
    json: { name: "../x" },
    status: 400,
    code: "database_name_invalid",
  }),
  root("databases: a reserved name", "POST /api/databases", {
    json: { name: "stats" },
    status: 403,
    code: "database_reserved",
  }),
  root("databases: nothing to make", "POST /api/databases", {
    json: {},
    status: 400,
    code: "request_invalid",
    data: { name: "request_invalid" },
  }),
  root("databases: a number", "POST /api/databases", {
    json: { name: 3 },
    status: 400,
    code: "request_invalid",
    data: { name: "request_invalid" },
  }),
  root("databases: made, and used", "POST /api/collections/pages/records", {
    db: "client3",
    json: { title: "First" },
    status: 201,
  }),
  root("databases: deleted", "DELETE /api/databases/client3", { status: 204 }),
  root("databases: deleted twice", "DELETE /api/databases/client3", { status: 404, code: "database_not_found" }),
  root("databases: the reserved stay", "DELETE /api/databases/default", { status: 403, code: "database_reserved" }),
  root("databases: nothing in a deleted one", "GET /api/collections/pages/records", {
    db: "client3",
    status: 404,
    code: "database_not_found",
  }),
];

const collections: readonly Scenario[] = [
  root("collections: in pages", "GET /api/collections?perPage=2", {
    shows: { page: 1, perPage: 2, "items.length": 2 },
    has: ['"totalItems":'],
  }),
  root("collections: page 0", "GET /api/collections?page=0", {
    status: 400,
    code: "request_invalid",
    data: { page: "request_invalid" },
  }),
  root("collections: one", "GET /api/collections/posts", { shows: { name: "posts", type: "base", softDelete: true } }),
  root("collections: none such", "GET /api/collections/nothing", { status: 404, code: "collection_not_found" }),
  root("collections: a deleted one", "GET /api/collections/retired", { status: 409, code: "collection_deleted" }),
  root("collections: brought back", "POST /api/collections/retired/undelete", { shows: { name: "retired" } }),
  root("collections: made", "POST /api/collections", {
    json: { name: "tasks", schema: [{ name: "title", type: "text" }], listRule: "", viewRule: "", createRule: "" },
    status: 201,
    shows: { name: "tasks" },
  }),
  root("collections: the same again", "POST /api/collections", {
    json: { name: "tasks", fields: [{ name: "title", type: "text" }], listRule: "", viewRule: "", createRule: "" },
    status: 201,
  }),
  root("collections: another of the name", "POST /api/collections", {
    json: { name: "tasks", fields: [{ name: "title", type: "number" }] },
    status: 409,
    code: "collection_exists",
  }),
  root("collections: of a type that is not there", "POST /api/collections", {
    json: { name: "odd", fields: [{ name: "x", type: "blob" }] },
    status: 400,
    code: "validation_failed",
    data: { "fields.0.type": "options" },
  }),
  root("collections: with a rule that cannot be read", "POST /api/collections", {
    json: { name: "odd", listRule: "title =" },
    status: 400,
    code: "rule_invalid",
  }),
  root("collections: with an engine's name", "POST /api/collections", {
    json: { name: "_mine" },
    status: 400,
    code: "validation_failed",
  }),
  root("collections: a field more", "PATCH /api/collections/tasks", {
    json: { fields: [{ name: "done", type: "bool" }] },
    has: ['"done"'],
  }),
  root("collections: a field of another type", "PATCH /api/collections/tasks", {
    json: { fields: [{ name: "title", type: "number" }] },
    status: 400,
    code: "schema_append_only",
  }),
  root("collections: the engine's stay", "DELETE /api/collections/_superusers", {
    status: 403,
    code: "database_reserved",
  }),
  {
    name: "collections: a new one is everywhere at once",
    db: "client2",
    call: "POST /api/collections/tasks/records",
    json: { title: "x", done: true },
    status: 201,
    shows: { done: true },
  },
  root("collections: deleted", "DELETE /api/collections/tasks", { status: 204 }),
  {
    name: "collections: a deleted one is nowhere",
    db: "client2",
    call: "GET /api/collections/tasks/records",
    status: 404,
    code: "collection_not_found",
  },
];

const rules: readonly Scenario[] = [
  root("rules: a list", "GET /api/rules", { shows: { "0.id": "{rule}", "0.name": "Vault is closed" } }),
  root("rules: one", "GET /api/rules/{rule}", { shows: { collection: "vault", databases: null } }),
  root("rules: none such", "GET /api/rules/nothing", { status: 404, code: "record_not_found" }),
  root("rules: no rule", "POST /api/rules", {
    json: { name: "x", collection: "*", rule: "((" },
    status: 400,
    code: "rule_invalid",
    data: { rule: "rule_invalid" },
  }),
  root("rules: something missing", "POST /api/rules", { json: { name: "x" }, status: 400, code: "validation_failed" }),
  root("rules: changed, client1 is closed to guests", "PATCH /api/rules/{rule}", {
    json: { collection: "*", databases: ["client1"], rule: "@request.auth.id != ''" },
    shows: { databases: ["client1"] },
  }),
  {
    name: "rules: a changed rule holds at once",
    db: "client1",
    call: "GET /api/collections/posts/records",
    status: 200,
    shows: { totalItems: 0 },
  },
  { name: "rules: and not elsewhere", db: "empty", call: "GET /api/collections/pages/records", status: 200 },
  root("rules: deleted", "DELETE /api/rules/{rule}", { status: 204 }),
  {
    name: "rules: a deleted rule is over at once",
    db: "client1",
    call: "GET /api/collections/posts/records",
    status: 200,
    shows: { totalItems: 12 },
  },
];

const backups: readonly Scenario[] = [
  root("backups: listed", "GET /api/backups", { shows: { length: 1, "0.id": "{backup}", "0.database": "empty" } }),
  root("backups: of one database", "GET /api/backups?database=client1", { shows: { length: 0 } }),
  root("backups: of what is no name", "GET /api/backups?database=Empty", {
    status: 400,
    code: "database_name_invalid",
  }),
  root("backups: downloaded", "GET /api/backups/{backup}", {
    has: ["SQLite format 3"],
    answerHeaders: {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="{backup}.backup"',
    },
  }),
  root("backups: only asked about", "HEAD /api/backups/{backup}", {
    answerHeaders: { "content-type": "application/octet-stream" },
  }),
  root("backups: made", "POST /api/backups", {
    json: { database: "client1" },
    status: 201,
    shows: { database: "client1" },
    isOfTheMoment: true,
  }),
  root("backups: made of no database", "POST /api/backups", {
    json: { database: "client9" },
    status: 404,
    code: "database_not_found",
  }),
  root("backups: made of nothing", "POST /api/backups", { json: {}, status: 400, code: "request_invalid" }),
  // A body that was lost on the way must not be taken for the wish to overwrite.
  root("backups: restored without a word", "POST /api/backups/{backup}/restore", {
    status: 400,
    code: "request_invalid",
  }),
  root("backups: restored", "POST /api/backups/{backup}/restore", {
    json: {},
    shows: { database: "empty" },
    isOfTheMoment: true,
  }),
  root("backups: restored as another", "POST /api/backups/{backup}/restore", {
    json: { as: "empty-copy" },
    shows: { database: "empty-copy", replaced: null },
    isOfTheMoment: true,
  }),
  root("backups: restored as one that there is", "POST /api/backups/{backup}/restore", {
    json: { as: "client1" },
    status: 409,
    code: "database_exists",
  }),
  root("backups: the restored one answers", "GET /api/collections/pages/records", {
    db: "empty-copy",
    shows: { totalItems: 0 },
  }),
  root("backups: removed", "DELETE /api/backups/{backup}", { status: 204 }),
  root("backups: removed twice", "DELETE /api/backups/{backup}", { status: 404, code: "backup_not_found" }),
  root("backups: none of this id", "GET /api/backups/nothing", { status: 404, code: "backup_not_found" }),
];

const figures: readonly Scenario[] = [
  root("stats of the engine", "GET /api/stats", { has: ['"databases":'], isOfTheMoment: true }),
  root("stats of a database", "GET /api/stats", { db: "client1", shows: { name: "client1" }, isOfTheMoment: true }),
  root("stats of no database", "GET /api/stats", { db: "client9", status: 404, code: "database_not_found" }),
  root("stats of what is no name", "GET /api/stats", { db: "Client1", status: 400, code: "database_name_invalid" }),
  root("the description of the API", "GET /api/openapi.json", { has: ['"openapi":"3.', "posts"] }),
];

export const controlScenarios: readonly Scenario[] = [
  ...nobody,
  ...databases,
  ...collections,
  ...rules,
  ...backups,
  ...figures,
];
