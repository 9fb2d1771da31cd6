// Who asks, and in which database: registering, signing in, tokens, the header x-dbname, and those who have no business.
import { password } from "./scenario-world.js";
import type { Scenario } from "./scenario.js";

const login = (name: string, json: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name: `login: ${name}`,
  db: "client1",
  call: "POST /api/auth/login",
  json,
  status: 200,
  ...rest,
});

const refusedLogin = (name: string, json: unknown, rest: Partial<Scenario> = {}): Scenario =>
  login(name, json, { status: 401, code: "unauthenticated", answerHeaders: { "www-authenticate": "Bearer" }, ...rest });

const ada = { email: "ada@example.com", password };

const register = (name: string, json: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name: `register: ${name}`,
  db: "client1",
  call: "POST /api/auth/register",
  json,
  status: 201,
  ...rest,
});

const me = (name: string, rest: Partial<Scenario>): Scenario => ({
  name: `me: ${name}`,
  call: "GET /api/auth/me",
  status: 401,
  ...(rest.status === undefined ? { code: "unauthenticated" } : {}),
  ...rest,
});

const posts = "GET /api/collections/posts/records";

/** The database that is asked for, by header. */
const asked = (name: string, rest: Partial<Scenario>): Scenario => ({
  name: `x-dbname: ${name}`,
  as: "ada",
  call: posts,
  status: 200,
  ...rest,
});

const refusedName = (db: string): Scenario[] =>
  (["ada", "guest", "root"] as const).map((as) =>
    asked(`${JSON.stringify(db)} is no name, for ${as}`, { as, db, status: 400, code: "database_name_invalid" }),
  );

export const authScenarios: readonly Scenario[] = [
  login("right", ada, {
    shows: { "user.id": "{ada}", "user.email": "ada@example.com", "user.password": undefined, "user.plan": undefined },
    has: ['"token":"eyJ'],
    hasNot: ['"plan"'],
  }),
  login("with an old token beside it", ada, { as: "broken", shows: { "user.id": "{ada}" } }),
  login("with the address in capitals", { email: "ADA@example.com", password }, { shows: { "user.id": "{ada}" } }),
  refusedLogin("a wrong password", { ...ada, password: "wrong horse" }),
  refusedLogin("nobody", { email: "nobody@example.com", password }),
  refusedLogin("in the other tenant", ada, { db: "client2" }),
  refusedLogin("without a database", ada, { db: undefined as never }),
  login("in a database that is not there", ada, { db: "client9", status: 403, code: "forbidden" }),
  refusedLogin("a superuser as a user", { email: "root@example.com", password }),
  refusedLogin("a member as a user", { email: "mia@example.com", password }),
  login(
    "no password",
    { email: ada.email },
    { status: 400, code: "request_invalid", data: { password: "request_invalid" } },
  ),
  login(
    "a list as the address",
    { email: [ada.email], password },
    { status: 400, code: "request_invalid", data: { email: "request_invalid" } },
  ),
  login(
    "an object as the password",
    { email: ada.email, password: { $ne: "" } },
    { status: 400, code: "request_invalid", data: { password: "request_invalid" } },
  ),
  login(
    "something more",
    { ...ada, dbname: "client2" },
    { status: 400, code: "request_invalid", data: { dbname: "request_invalid" } },
  ),
  login("a prototype", undefined, {
    text: `{"email":"ada@example.com","__proto__":{"password":"${password}"}}`,
    status: 400,
    code: "request_invalid",
  }),
  login("nothing", undefined, { status: 400, code: "request_invalid", data: { body: "request_invalid" } }),

  {
    name: "auth-with-password",
    db: "client1",
    call: "POST /api/collections/users/auth-with-password",
    json: { identity: ada.email, password },
    status: 200,
    shows: { "record.id": "{ada}", "record.collectionName": "users", user: undefined },
    has: ['"token":"eyJ'],
  },
  {
    name: "auth-with-password of members",
    db: "client1",
    call: "POST /api/collections/members/auth-with-password",
    json: { identity: "mia@example.com", password },
    status: 200,
    shows: { "record.name": "Mia", "record.collectionName": "members" },
  },
  {
    name: "auth-with-password, wrong",
    db: "client1",
    call: "POST /api/collections/users/auth-with-password",
    json: { identity: ada.email, password: "wrong" },
    status: 401,
    code: "unauthenticated",
  },
  {
    name: "auth-with-password of another collection",
    db: "client1",
    call: "POST /api/collections/members/auth-with-password",
    json: { identity: ada.email, password },
    status: 401,
    code: "unauthenticated",
  },
  {
    name: "auth-with-password of no auth collection",
    db: "client1",
    call: "POST /api/collections/posts/auth-with-password",
    json: { identity: ada.email, password },
    status: 400,
    code: "request_invalid",
  },
  {
    name: "auth-with-password of nothing",
    db: "client1",
    call: "POST /api/collections/nothing/auth-with-password",
    json: { identity: ada.email, password },
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "auth-with-password of a superuser",
    call: "POST /api/collections/_superusers/auth-with-password",
    json: { identity: "root@example.com", password },
    status: 200,
    shows: { "record.email": "root@example.com" },
  },
  {
    name: "auth-with-password of a superuser elsewhere",
    db: "client1",
    call: "POST /api/collections/_superusers/auth-with-password",
    json: { identity: "root@example.com", password },
    status: 404,
    code: "collection_not_found",
  },
  {
    name: "auth-refresh",
    as: "ada",
    call: "POST /api/collections/users/auth-refresh",
    status: 200,
    shows: { "record.id": "{ada}" },
  },
  {
    name: "auth-refresh of another collection's token",
    as: "member",
    call: "POST /api/collections/users/auth-refresh",
    status: 401,
    code: "unauthenticated",
  },
  {
    name: "auth-refresh by a guest",
    db: "client1",
    call: "POST /api/collections/users/auth-refresh",
    status: 401,
    code: "unauthenticated",
  },

  register(
    "right",
    { email: "new@example.com", password, name: "New" },
    { shows: { "user.name": "New", "user.verified": false } },
  ),
  register(
    "with a confirmation",
    { email: "new2@example.com", password, passwordConfirm: password },
    { shows: { "user.email": "new2@example.com" } },
  ),
  register(
    "another confirmation",
    { email: "new3@example.com", password, passwordConfirm: "other horse" },
    { status: 400, code: "validation_failed" },
  ),
  register("an address that is taken", ada, {
    status: 409,
    code: "unique_violation",
    data: { email: "unique_violation" },
  }),
  register("no address", { password }, { status: 400, code: "validation_failed", data: { email: "required" } }),
  register(
    "a short password",
    { email: "new4@example.com", password: "short" },
    { status: 400, code: "validation_failed", data: { password: "min" } },
  ),
  register(
    "verified",
    { email: "new5@example.com", password, verified: true },
    { status: 400, code: "validation_failed" },
  ),
  register(
    "a hidden field",
    { email: "new6@example.com", password, plan: "paid" },
    { status: 400, code: "validation_failed", data: { plan: "unknown_field" } },
  ),
  register(
    "an address of the other tenant's",
    { email: "eve@example.com", password, name: "Eve here" },
    { shows: { "user.name": "Eve here" } },
  ),
  register(
    "as superuser does not help",
    { email: "new7@example.com", password, plan: "paid" },
    { as: "root", status: 400, code: "validation_failed" },
  ),

  me("a user", { as: "ada", status: 200, shows: { id: "{ada}", name: "Ada", plan: undefined, password: undefined } }),
  me("a guest", {}),
  me("a guest with a database", { db: "client1" }),
  me("a broken token", { as: "broken", answerHeaders: { "www-authenticate": "Bearer" } }),
  me("a token that is over", { as: "expired" }),
  me("a token of a database that was made again", { as: "former" }),
  me("the same, naming the database", { as: "former", db: "former" }),
  me("in the other tenant", { as: "ada", db: "client2" }),
  me("in no tenant", { as: "ada", db: "client9" }),
  me("a token without its scheme", { status: 200, headers: { authorization: "{adaToken}" }, shows: { id: "{ada}" } }),
  me("the scheme in small letters", {
    status: 200,
    headers: { authorization: "bearer {adaToken}" },
    shows: { id: "{ada}" },
  }),
  me("another scheme", { headers: { authorization: "Basic {adaToken}" } }),
  me("the scheme alone", { headers: { authorization: "Bearer" } }),
  me("two tokens in one header", {
    headers: { authorization: "Bearer {adaToken}, Bearer {eveToken}" },
    status: 400,
    code: "request_invalid",
  }),
  me("a cookie is no token", { headers: { cookie: "authorization=Bearer%20{adaToken}; token={adaToken}" } }),
  {
    name: "refresh",
    as: "ada",
    call: "POST /api/auth/refresh",
    status: 200,
    shows: { "user.id": "{ada}" },
    has: ['"token":"eyJ'],
  },
  { name: "refresh by a guest", call: "POST /api/auth/refresh", status: 401, code: "unauthenticated" },
  {
    name: "refresh in the other tenant",
    as: "ada",
    db: "client2",
    call: "POST /api/auth/refresh",
    status: 401,
    code: "unauthenticated",
  },
  {
    name: "refresh of a former tenant's token",
    as: "former",
    call: "POST /api/auth/refresh",
    status: 401,
    code: "unauthenticated",
  },

  asked("absent: the token's own", { shows: { totalItems: 21 } }),
  asked("the token's own, said", { db: "client1", shows: { totalItems: 21 } }),
  asked("the other tenant", { db: "client2", status: 403, code: "forbidden" }),
  asked("default", { db: "default", status: 403, code: "forbidden" }),
  asked("nothing", { db: "client9", status: 403, code: "forbidden" }),
  asked("a former database", { db: "former", status: 403, code: "forbidden" }),
  asked("stats", { db: "stats", status: 404, code: "collection_not_found" }),
  asked("workflows", { db: "workflows", status: 404, code: "collection_not_found" }),
  asked("a former token is nobody", { as: "former", status: 401, code: "unauthenticated" }),
  asked("a former token is nobody in it either", { as: "former", db: "former", status: 401, code: "unauthenticated" }),
  asked("a broken token is no guest", { as: "broken", db: "client1", status: 401, code: "unauthenticated" }),
  asked("a token that is over is no guest", { as: "expired", db: "client1", status: 401, code: "unauthenticated" }),
  asked("the other tenant's user elsewhere", { as: "eve", db: "client1", status: 403, code: "forbidden" }),
  asked("a guest in a database that is not there", { as: "guest", db: "client9", status: 403, code: "forbidden" }),
  asked("a superuser in a database that is not there", {
    as: "root",
    db: "client9",
    status: 404,
    code: "database_not_found",
  }),
  asked("a superuser in every database", {
    as: "root",
    db: "client2",
    shows: { totalItems: 1, "items.0.title": "{canary} title" },
  }),
  asked("a superuser reads what the engine keeps", {
    as: "root",
    db: "stats",
    call: "GET /api/collections/_stats/records",
    shows: { page: 1 },
  }),
  asked("a user does not", {
    db: "stats",
    call: "GET /api/collections/_stats/records",
    status: 403,
    code: "forbidden",
  }),
  ...["Client1", "client1.db", "../client1", "client1/", "-client1", "a".repeat(64), "client1%00", "client 1"].flatMap(
    refusedName,
  ),
  asked("two in one", { db: "client1, client2", status: 400, code: "request_invalid" }),
  asked("empty", { db: "", status: 400, code: "request_invalid" }),
  asked("from the query", { call: `${posts}?x-dbname=client2`, status: 400, code: "request_invalid" }),
  asked("from a cookie, not", { headers: { cookie: "x-dbname=client2; dbname=client2" }, shows: { totalItems: 21 } }),
  asked("with an underscore, not", { headers: { x_dbname: "client2" }, shows: { totalItems: 21 } }),
  asked("by other names, not", {
    headers: { dbname: "client2", "x-db-name": "client2", "x-database": "client2", "x-tenant": "client2" },
    shows: { totalItems: 21 },
  }),
  asked("from a proxy's headers, not", {
    headers: {
      "x-forwarded-host": "client2.example.com",
      "x-original-url": "/api/databases",
      "x-rewrite-url": "/api/databases",
    },
    shows: { totalItems: 21 },
  }),
  asked("from the body, not", {
    call: "POST /api/collections/posts/records",
    json: { title: "x", author: "{ada}", dbname: "client2" },
    status: 400,
    code: "validation_failed",
  }),
];
