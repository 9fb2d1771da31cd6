// Writing over HTTP: what is taken, what is refused for which field, what rules let nobody do, and what a refused write
// leaves as it was.
import { behindParsers, type Scenario } from "./scenario.js";

const posts = "/api/collections/posts/records";
const pages = "/api/collections/pages/records";

const create = (name: string, json: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name: `create: ${name}`,
  as: "ada",
  call: `POST ${posts}`,
  json,
  status: 201,
  ...rest,
});

/** Refused for one field. */
const unfit = (name: string, field: string, code: string, value: unknown): Scenario =>
  create(
    `${name}, refused`,
    { title: "Unfit", author: "{ada}", [field]: value },
    { status: 400, code: "validation_failed", data: { [field]: code } },
  );

const update = (name: string, id: string, json: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name: `update: ${name}`,
  as: "ada",
  call: `PATCH ${posts}/{${id}}`,
  json,
  status: 200,
  ...rest,
});

const remove = (name: string, target: string, rest: Partial<Scenario> = {}): Scenario => ({
  name: `delete: ${name}`,
  as: "ada",
  call: `DELETE ${target}`,
  status: 204,
  ...rest,
});

export const writeScenarios: readonly Scenario[] = [
  create(
    "a post of one's own",
    { title: "New", slug: "new", views: 3, tags: ["fun"], meta: { a: [1, null] }, author: "{ada}" },
    {
      shows: { title: "New", views: 3, tags: ["fun"], meta: { a: [1, null] }, author: "{ada}", published: null },
      hasNot: ['"secret"'],
    },
  ),
  create(
    "with an expand and fields",
    { title: "Seen", author: "{ada}" },
    {
      call: `POST ${posts}?expand=author&fields=title,expand.author.name`,
      shows: { "": { title: "Seen", expand: { author: { name: "Ada" } } } },
    },
  ),
  create("in another's name", { title: "Not mine", author: "{bob}" }, { status: 403, code: "forbidden" }),
  create("by a guest", { title: "x" }, { as: "guest", db: "client1", status: 403, code: "forbidden" }),
  create(
    "by a guest, naming a user whom he may not see",
    { title: "x", author: "{ada}" },
    {
      as: "guest",
      db: "client1",
      status: 400,
      code: "validation_failed",
      data: { author: "relation_not_found" },
    },
  ),
  create(
    "by a guest of a public collection",
    { title: "By a guest" },
    {
      as: "guest",
      db: "client1",
      call: `POST ${pages}`,
      shows: { title: "By a guest", slug: null, rank: null },
    },
  ),
  create("by a superuser, hidden fields too", { title: "By root", secret: "set" }, { as: "root", db: "client1" }),
  create(
    "in a closed collection",
    { code: "1" },
    { call: "POST /api/collections/vault/records", status: 403, code: "forbidden" },
  ),
  create(
    "in no collection",
    { title: "x" },
    { call: "POST /api/collections/nothing/records", status: 404, code: "collection_not_found" },
  ),
  create(
    "in a deleted collection",
    { title: "x" },
    { call: "POST /api/collections/retired/records", status: 404, code: "collection_not_found" },
  ),
  create(
    "of a superuser, by a user",
    { email: "x@example.com", password: "correct horse" },
    {
      call: "POST /api/collections/_superusers/records",
      status: 404,
      code: "collection_not_found",
    },
  ),
  create(
    "of a superuser, by a superuser",
    { email: "x@example.com", password: "correct horse" },
    {
      as: "root",
      call: "POST /api/collections/_superusers/records",
      status: 403,
      code: "database_reserved",
    },
  ),
  create(
    "in a reserved database",
    { database: "client1" },
    {
      as: "root",
      db: "stats",
      call: "POST /api/collections/_stats/records",
      status: 403,
      code: "database_reserved",
    },
  ),
  create("nothing", {}, { status: 400, code: "validation_failed", data: { title: "required" } }),
  create(
    "no title",
    { author: "{ada}", title: "" },
    { status: 400, code: "validation_failed", data: { title: "required" } },
  ),
  unfit("a field that is not there", "nothing", "unknown_field", 1),
  unfit("a hidden field", "secret", "unknown_field", "x"),
  unfit("a prototype", "constructor", "unknown_field", {}),
  unfit("prototype", "prototype", "unknown_field", {}),
  unfit("a text as a number", "views", "type", "3"),
  unfit("a number too small", "views", "min", -1),
  unfit("half a number", "views", "type", 1.5),
  unfit("a number as a flag", "published", "type", 1),
  unfit("an option that is not there", "tags", "options", ["sports"]),
  unfit("no date", "at", "format", "yesterday"),
  unfit("no address", "site", "format", "javascript:alert(1)"),
  unfit("a relation to nobody", "author", "relation_not_found", "nobody"),
  unfit("a relation to the other tenant's user", "author", "relation_not_found", "{eve}"),
  unfit("a relation to the other tenant's post", "related", "relation_not_found", ["{evePost}"]),
  unfit("a relation to what is hidden", "related", "relation_not_found", ["{bobDraft}"]),
  create(
    "a long title",
    { title: "x".repeat(101), author: "{ada}" },
    { status: 400, code: "validation_failed", data: { title: "max" } },
  ),
  create(
    "an id of one's own",
    { title: "x", author: "{ada}", id: "0".repeat(32) },
    { status: 400, code: "validation_failed" },
  ),
  create(
    "a time of one's own",
    { title: "x", author: "{ada}", created: "2020-01-01T00:00:00.000Z" },
    { status: 400, code: "validation_failed" },
  ),
  create(
    "deleted from the start",
    { title: "x", author: "{ada}", deleted: "2020-01-01T00:00:00.000Z" },
    { status: 400, code: "validation_failed" },
  ),
  create("own __proto__", undefined, {
    text: '{"title":"x","author":"{ada}","__proto__":{"title":"y"}}',
    status: 400,
    code: "validation_failed",
    data: { ["__proto__"]: "unknown_field" },
  }),
  create(
    "a slug that is taken",
    { title: "x", author: "{ada}", slug: "post-1" },
    {
      status: 409,
      code: "unique_violation",
      data: { slug: "unique_violation" },
    },
  ),
  create(
    "a slug of the other tenant's",
    { title: "Free here", slug: "home-2" },
    { call: `POST ${pages}`, as: "guest", db: "client1" },
  ),
  create(
    "a slug of a deleted post",
    { title: "Again", author: "{ada}", slug: "gone-post" },
    { shows: { slug: "gone-post" } },
  ),
  create("a list", [{ title: "x" }], { status: 400, code: "request_invalid", data: { body: "request_invalid" } }),
  create("a text", "title", {
    status: 400,
    code: "request_invalid",
    except: behindParsers,
  }),
  create("null", undefined, {
    text: "null",
    status: 400,
    code: "request_invalid",
    except: behindParsers,
  }),
  create("no body", undefined, { status: 400, code: "request_invalid", data: { body: "request_invalid" } }),
  create(
    "an unknown parameter",
    { title: "x" },
    { call: `POST ${posts}?upsert=true`, status: 400, code: "request_invalid", data: { upsert: "request_invalid" } },
  ),
  create("in the other tenant", { title: "x", author: "{ada}" }, { db: "client2", status: 403, code: "forbidden" }),
  create(
    "in a tenant that is not there",
    { title: "x", author: "{ada}" },
    { db: "client9", status: 403, code: "forbidden" },
  ),

  update(
    "one's own",
    "spare0",
    { title: "Changed", views: 7 },
    { shows: { id: "{spare0}", title: "Changed", views: 7 } },
  ),
  update("nothing", "spare0", {}, { shows: { title: "Changed" } }),
  update("a field to null", "spare0", { views: null }, { shows: { views: null } }),
  update("another's", "post1", { title: "Mine now" }, { status: 404, code: "record_not_found" }),
  update("another's draft", "bobDraft", { title: "Mine now" }, { status: 404, code: "record_not_found" }),
  update("by a guest", "post1", { title: "x" }, { as: "guest", db: "client1", status: 404, code: "record_not_found" }),
  update("the other tenant's", "evePost", { title: "x" }, { status: 404, code: "record_not_found" }),
  update("the other tenant's, in it", "evePost", { title: "x" }, { db: "client2", status: 403, code: "forbidden" }),
  update("giving it away", "spare1", { author: "{bob}" }, { status: 403, code: "forbidden" }),
  update(
    "to what is unfit",
    "spare1",
    { views: "many" },
    { status: 400, code: "validation_failed", data: { views: "type" } },
  ),
  update(
    "a hidden field",
    "spare1",
    { secret: "x" },
    { status: 400, code: "validation_failed", data: { secret: "unknown_field" } },
  ),
  update("an id", "spare1", { id: "{spare2}" }, { status: 400, code: "validation_failed" }),
  update("to a slug that is taken", "spare1", { slug: "post-2" }, { status: 409, code: "unique_violation" }),
  update(
    "a required field to null",
    "spare1",
    { title: null },
    { status: 400, code: "validation_failed", data: { title: "required" } },
  ),
  update("a deleted one", "gone", { title: "x" }, { status: 404, code: "record_not_found" }),
  update("by a superuser", "post3", { views: 31 }, { as: "root", db: "client1", shows: { views: 31 } }),
  {
    name: "update: nothing changed by what was refused",
    as: "ada",
    call: `GET ${posts}/{spare1}`,
    status: 200,
    shows: { title: "Spare 1", views: null, slug: null, author: "{ada}" },
  },
  {
    name: "PUT is no update",
    as: "ada",
    call: `PUT ${posts}/{spare1}`,
    json: { title: "x" },
    status: 405,
    code: "method_not_allowed",
  },

  remove("another's", `${posts}/{post1}`, { status: 404, code: "record_not_found" }),
  remove("by a guest", `${posts}/{post1}`, { as: "guest", db: "client1", status: 404, code: "record_not_found" }),
  remove("the other tenant's", `${posts}/{evePost}`, { status: 404, code: "record_not_found" }),
  remove("one's own", `${posts}/{spare2}`),
  remove("the same again", `${posts}/{spare2}`, { status: 404, code: "record_not_found" }),
  {
    name: "what is deleted is not there",
    as: "ada",
    call: `GET ${posts}/{spare2}`,
    status: 404,
    code: "record_not_found",
  },
  {
    name: "what is deleted is not listed",
    as: "ada",
    call: `GET ${posts}?filter=title='Spare 2'`,
    status: 200,
    shows: { totalItems: 0 },
  },
  {
    name: "a superuser lists without the deleted, too",
    as: "root",
    db: "client1",
    call: `GET ${posts}?filter=title='Spare 2'`,
    status: 200,
    shows: { totalItems: 0 },
  },
  remove("with a body", `${posts}/{spare3}`, { json: { why: "no reason" } }),
  remove("with a parameter", `${posts}/{spare4}?force=1`, {
    status: 400,
    code: "request_invalid",
    data: { force: "request_invalid" },
  }),
  remove("a comment nobody may delete", "/api/collections/comments/records/{comment}", {
    status: 403,
    code: "forbidden",
  }),
  remove("by a superuser", "/api/collections/vault/records/{vault}", { as: "root", db: "client1" }),
  remove("a superuser, by a superuser", "/api/collections/_superusers/records/{root}", {
    as: "root",
    status: 403,
    code: "database_reserved",
  }),
];
