// Many requests in one: all or nothing, in one database, each by the caller's own rights.
import type { Scenario } from "./scenario.js";

const posts = "/api/collections/posts/records";

const batch = (name: string, requests: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name: `batch: ${name}`,
  as: "ada",
  call: "POST /api/batch",
  json: { requests },
  status: 200,
  ...rest,
});

const create = (body: object) => ({ method: "POST", url: posts, body });
const titled = (title: string): string => `GET ${posts}?filter=title='${title}'`;
const none = (title: string): Scenario => ({
  name: `batch: no ${title} is left`,
  as: "ada",
  call: titled(title),
  status: 200,
  shows: { totalItems: 0 },
});

const boundary = "----scenario";
const form = (parts: readonly (readonly [string, string])[]): Partial<Scenario> => ({
  json: undefined,
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  text: `${parts.map(([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("")}--${boundary}--\r\n`,
});

export const batchScenarios: readonly Scenario[] = [
  batch(
    "two creates",
    [create({ title: "Batch one", author: "{ada}" }), create({ title: "Batch two", author: "{ada}" })],
    {
      shows: { length: 2, "0.status": 201, "0.body.title": "Batch one", "1.body.title": "Batch two" },
    },
  ),
  batch(
    "create, update and delete",
    [
      create({ title: "Batch three", author: "{ada}" }),
      { method: "PATCH", url: `${posts}/{spare5}`, body: { title: "Batch changed" } },
      { method: "DELETE", url: `${posts}/{spare6}` },
    ],
    { shows: { "0.status": 201, "1.status": 200, "1.body.title": "Batch changed", "2.status": 204 } },
  ),
  batch("nothing", [], { shows: { length: 0 } }),
  batch(
    "the second unfit, none is made",
    [create({ title: "Half one", author: "{ada}" }), create({ title: "Half two", author: "{ada}", views: "x" })],
    { status: 400, code: "validation_failed" },
  ),
  none("Half one"),
  batch(
    "the second in another's name, none is made",
    [create({ title: "Half three", author: "{ada}" }), create({ title: "Half four", author: "{bob}" })],
    { status: 403, code: "forbidden" },
  ),
  none("Half three"),
  batch("another's record", [{ method: "PATCH", url: `${posts}/{post1}`, body: { title: "x" } }], {
    status: 404,
    code: "record_not_found",
  }),
  batch("another tenant's record", [{ method: "DELETE", url: `${posts}/{evePost}` }], {
    status: 404,
    code: "record_not_found",
  }),
  batch(
    "a database of its own for a request",
    [{ ...create({ title: "Astray", author: "{ada}" }), headers: { "x-dbname": "client2" } }],
    { status: 400, code: "request_invalid" },
  ),
  none("Astray"),
  batch("in the other tenant", [create({ title: "x", author: "{ada}" })], {
    db: "client2",
    status: 403,
    code: "forbidden",
  }),
  batch("by a guest", [create({ title: "x" })], {
    as: "guest",
    db: "client1",
    status: 403,
    code: "forbidden",
  }),
  batch("with a broken token", [create({ title: "x" })], { as: "broken", status: 401, code: "unauthenticated" }),
  batch("a closed collection", [{ method: "POST", url: "/api/collections/vault/records", body: {} }], {
    status: 403,
    code: "forbidden",
  }),
  batch("a route that is no record's", [{ method: "POST", url: "/api/databases", body: { name: "batched" } }], {
    as: "root",
    status: 400,
    code: "request_invalid",
  }),
  batch("a batch within", [{ method: "POST", url: "/api/batch", body: { requests: [] } }], {
    status: 400,
    code: "request_invalid",
  }),
  batch("another server's address", [{ method: "POST", url: `http://client2.example.com${posts}`, body: {} }], {
    status: 400,
    code: "request_invalid",
  }),
  batch("no list", { method: "POST" }, { status: 400, code: "request_invalid" }),
  batch("a request that is none", [null], { status: 400, code: "request_invalid" }),
  batch("no url", [{ method: "POST", body: {} }], { status: 400, code: "request_invalid" }),
  batch("a method that is none", [{ method: "TRACE", url: posts }], { status: 400, code: "request_invalid" }),
  batch("too many", Array(1_000).fill({ method: "DELETE", url: `${posts}/{spare7}` }), {
    status: 400,
    code: "request_invalid",
  }),
  batch("a body that is a list", [], { json: [], status: 400, code: "request_invalid" }),
  batch("as a form", [], {
    ...form([["@jsonPayload", JSON.stringify({ requests: [create({ title: "By form", author: "{ada}" })] })]]),
    shows: { "0.status": 201, "0.body.title": "By form" },
  }),
  batch("a form without the part", [], { ...form([["other", "x"]]), status: 400, code: "request_invalid" }),
  batch("a form whose part is no JSON", [], { ...form([["@jsonPayload", "x"]]), status: 400, code: "request_invalid" }),
  batch("a form with the part twice", [], {
    ...form([
      ["@jsonPayload", '{"requests":[]}'],
      ["@jsonPayload", '{"requests":[]}'],
    ]),
    status: 400,
    code: "request_invalid",
  }),
];
