// Batches: all or nothing, one database, one caller.
import { describe, expect, test } from "vitest";
import type { HttpOptions } from "../../../adapters/http/index.js";
import { openTenant } from "../../support/open-engine.js";
import { openFace } from "../../support/http-faces.js";
import { valueOf } from "../../support/unwrap.js";

const notes = {
  name: "notes",
  fields: [
    { name: "title", type: "text", required: true },
    { name: "code", type: "text", unique: true },
  ],
  ...{ listRule: "", viewRule: "title != 'hidden'", createRule: "", updateRule: "title != 'locked'", deleteRule: "" },
} as const;

async function opened(options: HttpOptions = {}) {
  const { engine, db } = await openTenant([notes, { name: "closed", fields: [] }]);
  valueOf(await engine.databases.create({ name: "client2" }));
  const face = await openFace("node:http", engine, options);
  const send = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const { status, body: answered } = await face.ask({
      method: "POST",
      path: "/api/batch",
      headers: { "x-dbname": "client1", ...headers },
      body,
    });
    return { status, body: answered };
  };
  const collection = db.collection("notes");
  return { send, face, collection, count: async () => valueOf(await collection.count()) };
}

const records = "/api/collections/notes/records";
const create = (title: string, more: object = {}) => ({ method: "POST", url: records, body: { title, ...more } });

test("makes, changes, upserts and deletes in their order, and answers each", async () => {
  const { send, collection, count } = await opened();
  const first = valueOf(await collection.create({ title: "first" }));
  const second = valueOf(await collection.create({ title: "second" }));
  const answer = await send({
    requests: [
      create("third"),
      { method: "PATCH", url: `${records}/${first.id}?fields=title`, body: { title: "changed" } },
      { method: "DELETE", url: `${records}/${second.id}` },
      { method: "PUT", url: records, body: { id: first.id, code: "upserted" } },
      { method: "PUT", url: records, body: { title: "fourth" } },
    ],
  });
  expect(answer).toMatchObject({
    status: 200,
    body: [
      { status: 201, body: { title: "third", collectionName: "notes" } },
      { status: 200, body: { title: "changed" } },
      { status: 204, body: null },
      { status: 200, body: { id: first.id, title: "changed", code: "upserted" } },
      { status: 201, body: { title: "fourth" } },
    ],
  });
  expect(Object.keys(answer.body[1].body)).toEqual(["title"]);
  expect(await count()).toBe(3);
});

test("a form with the part @jsonPayload is the same batch", async () => {
  const { face, count } = await opened();
  const form = new FormData();
  form.append("@jsonPayload", JSON.stringify({ requests: [create("a"), create("b")] }));
  const sent = { method: "POST", path: "/api/batch", headers: { "x-dbname": "client1" } };
  const response = await face.send({ ...sent, body: form });
  expect(response.status).toBe(200);
  expect(await count()).toBe(2);
  form.append("requests.0.file", new Blob(["x"]), "x.txt");
  expect((await face.send({ ...sent, body: form })).status).toBe(400);
  expect(await count()).toBe(2);
});

describe("keeps nothing of a batch of which one request is refused, and names it", () => {
  test.each([
    ["a value that is not valid", { ...create(""), body: {} }, 400, "validation_failed"],
    ["a value that another has", create("b", { code: "one" }), 409, "unique_violation"],
    [
      "a record that is not there",
      { method: "PATCH", url: `${records}/nothing`, body: { title: "x" } },
      404,
      "record_not_found",
    ],
    [
      "a collection without rules",
      { method: "POST", url: "/api/collections/closed/records", body: {} },
      403,
      "forbidden",
    ],
    [
      "a collection that is not there",
      { method: "POST", url: "/api/collections/none/records", body: {} },
      404,
      "collection_not_found",
    ],
    [
      "a rule over the result",
      { method: "PUT", url: records, body: { id: "SECOND", title: "locked" } },
      403,
      "forbidden",
    ],
    ["an id of one's own", { method: "PUT", url: records, body: { id: "mine", title: "x" } }, 400, "validation_failed"],
    ["a list", { method: "GET", url: records }, 400, "request_invalid"],
    ["a database", { method: "POST", url: "/api/databases", body: { name: "x" } }, 400, "request_invalid"],
    ["a batch", { method: "POST", url: "/api/batch", body: { requests: [] } }, 400, "request_invalid"],
    ["a login", { method: "POST", url: "/api/auth/login", body: {} }, 400, "request_invalid"],
    ["headers of its own", { ...create("x"), headers: { "x-dbname": "client2" } }, 400, "request_invalid"],
    ["a body that is no object", { ...create("x"), body: [1] }, 400, "request_invalid"],
    ["no object", "x", 400, "request_invalid"],
    ["an unknown parameter", { ...create("x"), url: `${records}?dbname=client2` }, 400, "request_invalid"],
    ["another host", { ...create("x"), url: `http://elsewhere${records}` }, 400, "request_invalid"],
  ])("%s", async (_, request, status, code) => {
    const { send, collection, count } = await opened();
    valueOf(await collection.create({ title: "kept", code: "one" }));
    const second = valueOf(await collection.create({ title: "second" }));
    const bad = JSON.parse(JSON.stringify(request).replace("SECOND", second.id));
    const answer = await send({ requests: [create("lost"), create("lost too"), bad, create("never")] });
    expect(answer).toMatchObject({ status, body: { status, code, data: { requests: { 2: { code } } } } });
    expect(answer.body.message).toMatch(/^requests\[2\]: /);
    expect(await count()).toBe(2);
  });
});

test("refuses what is no batch, and one that is too long", async () => {
  const { send, count } = await opened({ batchRequests: 2 });
  expect(await send({ requests: [create("a"), create("b"), create("c")] })).toMatchObject({ status: 400 });
  for (const body of [{}, [], { requests: {} }, { requests: "x" }, JSON.parse(`{"__proto__":{"requests":[]}}`)]) {
    expect(await send(body)).toMatchObject({ status: 400, body: { code: "request_invalid" } });
  }
  expect(await send({ requests: [] })).toEqual({ status: 200, body: [] });
  expect(await count()).toBe(0);
});

test("shows of a written record only what its writer may view", async () => {
  const { send } = await opened();
  const answer = await send({ requests: [create("hidden")] });
  expect(answer).toMatchObject({ status: 200, body: [{ status: 201 }] });
  expect(answer.body[0].body).not.toHaveProperty("title");
});
