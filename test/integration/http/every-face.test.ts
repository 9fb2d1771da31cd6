// What every face and framework does alike: the routes, who may call them, and what they answer.
import { beforeAll, describe, expect, test } from "vitest";
import { sharedTenant } from "../../support/open-engine.js";
import { faceNames, openFace, type FaceRequest } from "../../support/http-faces.js";
import { valueOf } from "../../support/unwrap.js";

const shared = sharedTenant([
  {
    name: "users",
    type: "auth",
    fields: [{ name: "name", type: "text" }],
    createRule: "",
    viewRule: "id = @request.auth.id",
  },
  {
    name: "notes",
    fields: [
      { name: "title", type: "text", required: true },
      { name: "rank", type: "number" },
    ],
    listRule: "",
    viewRule: "",
    createRule: "@request.auth.id != ''",
    updateRule: "@request.auth.id != ''",
    deleteRule: "@request.auth.id != ''",
  },
]);
const passwords = { root: "a long passphrase", ada: "correct horse" };

beforeAll(async () => {
  valueOf(await shared.engine.superusers.create({ email: "root@example.com", password: passwords.root }));
  valueOf(await shared.db.auth.register({ email: "ada@example.com", password: passwords.ada, name: "Ada" }));
});

describe.each(faceNames)("%s", (name) => {
  test("a superuser's and a user's day", async () => {
    const face = await openFace(name, shared.engine);
    const call = async (request: FaceRequest, token?: string, db?: string) => {
      const headers = {
        ...request.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(db === undefined ? {} : { "x-dbname": db }),
      };
      const { status, body } = await face.ask({ ...request, headers });
      return { status, body };
    };

    const health = await call({ path: "/api/health" });
    expect(health).toMatchObject({ status: 200, body: { code: 200, status: "ok", data: { version: "0.1.0" } } });

    const signedIn = await call({
      method: "POST",
      path: "/api/collections/_superusers/auth-with-password",
      body: { identity: "root@example.com", password: passwords.root },
    });
    expect(signedIn.status).toBe(200);
    const root = signedIn.body.token as string;

    expect(await call({ path: "/api/databases" })).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    const tenant = name.replaceAll(/[^a-z0-9]+/g, "-");
    const made = await call({ method: "POST", path: "/api/databases", body: { name: tenant } }, root);
    expect(made).toMatchObject({ status: 201, body: { name: tenant } });
    const listed = await call({ path: "/api/databases" }, root);
    expect(listed.body.map((each: { name: string }) => each.name)).toContain(tenant);

    const joined = await call(
      { method: "POST", path: "/api/auth/register", body: { email: "bob@example.com", password: "secret words" } },
      undefined,
      tenant,
    );
    expect(joined.status).toBe(201);
    const bob = joined.body.token as string;
    // Without the header it is the token's own database.
    const created = await call(
      { method: "POST", path: "/api/collections/notes/records", body: { title: "one", rank: 1 } },
      bob,
    );
    expect(created).toMatchObject({ status: 201, body: { title: "one", collectionName: "notes" } });
    const { id } = created.body;
    const page = await call({ path: "/api/collections/notes/records?filter=rank%3D1&sort=-created" }, bob);
    expect(page.body).toMatchObject({ page: 1, perPage: 30, totalItems: 1, totalPages: 1, items: [{ id }] });
    expect(await call({ path: `/api/collections/notes/records/${id}` }, undefined, "client1")).toMatchObject({
      status: 404,
    });
    const patched = await call(
      { method: "PATCH", path: `/api/collections/notes/records/${id}`, body: { rank: 2 } },
      bob,
    );
    expect(patched).toMatchObject({ status: 200, body: { rank: 2, title: "one" } });
    expect(await call({ method: "DELETE", path: `/api/collections/notes/records/${id}` }, bob)).toEqual({
      status: 204,
      body: null,
    });

    const me = await call({ path: "/api/auth/me" }, bob);
    expect(me).toMatchObject({ status: 200, body: { email: "bob@example.com" } });
    expect((await call({ method: "POST", path: "/api/auth/refresh" }, bob)).body.token).toEqual(expect.any(String));
    expect(await call({ path: "/api/collections/notes/records" }, bob, "client1")).toMatchObject({ status: 403 });
    expect(await call({ path: "/api/databases" }, bob)).toMatchObject({ status: 403, body: { code: "forbidden" } });

    expect(await call({ method: "DELETE", path: `/api/databases/${tenant}` }, root)).toEqual({
      status: 204,
      body: null,
    });
    expect(await call({ path: "/api/nothing" })).toMatchObject({ status: 404, body: { code: "route_not_found" } });
    expect(await call({ method: "PUT", path: "/api/databases" })).toMatchObject({
      status: 405,
      body: { code: "method_not_allowed" },
    });
  });
});
