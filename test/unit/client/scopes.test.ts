// Whose calls these are: databases, tokens, and how they do not get mixed up.
import { afterEach, describe, expect, it, vi } from "vitest";
import { ClientError, type TenantClient } from "../../../adapters/client/index.js";
import { recordedClient } from "./recorded-fetch.js";

const page = { page: 1, perPage: 30, totalItems: 0, totalPages: 0, items: [] };
/** Every sign-in gives the token of its body's e-mail address. */
const signIn = ({ url, body }: { url: string; body: string }) => {
  if (!/auth/.test(url)) return page;
  const { email = "refreshed", identity = email } = JSON.parse(body || "{}") as { email?: string; identity?: string };
  return { token: `token-of-${identity}`, user: { id: "u" }, record: { id: "r" } };
};
const tokenOf = ({ headers }: { headers: Readonly<Record<string, string>> }) => headers["authorization"];

describe("a scoped client", () => {
  it("names its database on every call, and the client none", async () => {
    const { client, sent } = recordedClient(() => page);
    const first = client.db("client1");
    await first.collection("posts").getList();
    await client.db("client2").collection("posts").getList();
    await first.collection("posts").getList();
    await client.collection("posts").getList();
    await first.auth.me();
    await first.createBatch().send();
    const names = sent.map(({ headers }) => headers["x-dbname"]);
    expect(names).toEqual(["client1", "client2", "client1", undefined, "client1", "client1"]);
    expect([first.database, client.database]).toEqual(["client1", undefined]);
  });

  it.each([undefined, null, "", "Client1", "a b", "../x", "a".repeat(64), "-a", 5, "größe"])(
    "is never one for %o, which must not mean the default database",
    (name) => {
      const { client } = recordedClient();
      expect(() => client.db(name as string)).toThrow(ClientError);
      expect(() => client.db(name as string)).toThrow(/cannot name a database/);
    },
  );

  it("speaks with the client's token, also with a later one", async () => {
    const { client, sent } = recordedClient(() => page, { token: "first" });
    const scoped = client.db("client1");
    await scoped.collection("posts").getList();
    client.setToken("second");
    await scoped.collection("posts").getList();
    client.setToken(null);
    await scoped.collection("posts").getList();
    expect(sent.map(tokenOf)).toEqual(["Bearer first", "Bearer second", undefined]);
  });

  it("keeps a login to itself: the superuser's client stays the superuser's", async () => {
    const { client, sent } = recordedClient(signIn, { token: "superuser" });
    const tenant = client.db("client1");
    const other = client.db("client1");
    const result = await tenant.auth.login("ada@example.com", "correct horse");
    expect(result).toMatchObject({ token: "token-of-ada@example.com", user: { id: "u" } });
    expect([tenant.token, client.token, other.token]).toEqual(["token-of-ada@example.com", "superuser", "superuser"]);
    await tenant.collection("posts").getList();
    await client.collection("posts").getList();
    await other.collection("posts").getList();
    await client.settings.databases.list();
    expect(sent.map(tokenOf)).toEqual([
      ...[undefined, "Bearer token-of-ada@example.com", "Bearer superuser", "Bearer superuser", "Bearer superuser"],
    ]);
    client.setToken("another");
    expect([tenant.token, other.token]).toEqual(["token-of-ada@example.com", "another"]);
  });

  it("is a guest after its logout, and never falls back to the client's token", async () => {
    const { client, sent } = recordedClient(signIn, { token: "superuser" });
    const tenant = client.db("client1");
    await tenant.auth.login("ada@example.com", "correct horse");
    tenant.auth.logout();
    await tenant.collection("posts").getList();
    tenant.setToken("");
    await tenant.collection("posts").getList();
    expect(sent.map(tokenOf)).toEqual([undefined, undefined, undefined]);
    expect([tenant.token, client.token]).toEqual([null, "superuser"]);
  });
});

describe("signing in", () => {
  it("keeps the token unless told otherwise, by every way in", async () => {
    const { client, sent } = recordedClient(signIn);
    await client.auth.login("a@example.com", "x", { keepToken: false });
    expect(client.token).toBeNull();
    await client.auth.login("b@example.com", "x");
    expect(client.token).toBe("token-of-b@example.com");
    await client.auth.login("root@example.com", "x", { collection: "_superusers" });
    expect(client.token).toBe("token-of-root@example.com");
    expect(await client.auth.register({ email: "c@example.com", password: "x" }, { keepToken: false })).toMatchObject({
      token: "token-of-c@example.com",
    });
    expect(client.token).toBe("token-of-root@example.com");
    await client.auth.refresh();
    expect(client.token).toBe("token-of-refreshed");
    client.setToken("old");
    await client.auth.changePassword("old one", "new one");
    expect(client.token).toBe("token-of-refreshed");
    expect(sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      "POST /api/auth/login",
      "POST /api/auth/login",
      "POST /api/collections/_superusers/auth-with-password",
      "POST /api/auth/register",
      "POST /api/auth/refresh",
      "POST /api/auth/change-password",
    ]);
    // Who signs in is nobody yet: an old token must not keep him out.
    expect(sent.map(tokenOf)).toEqual([
      ...[undefined, undefined, undefined, undefined, "Bearer token-of-root@example.com", "Bearer old"],
    ]);
    expect(JSON.parse(sent[2]!.body)).toEqual({ identity: "root@example.com", password: "x" });
  });

  it("that fails leaves the token as it is", async () => {
    const refused = { status: 401, code: "unauthenticated", message: "No.", data: {} };
    const { client } = recordedClient(() => Response.json(refused, { status: 401 }), { token: "own" });
    await expect(client.auth.login("a@example.com", "x")).rejects.toMatchObject(refused);
    expect(client.token).toBe("own");
  });
});

describe("setDb", () => {
  const switchDb = (client: TenantClient, name: string): void => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it must go on working while it is there
    client.setDb(name);
  };

  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  it("switches the client's database, and warns once in a process", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.resetModules();
    const fresh = await import("./recorded-fetch.js");
    const { client, sent } = fresh.recordedClient(() => page);
    const posts = client.collection("posts");
    const scoped = client.db("client9");
    switchDb(client, "client1");
    await posts.getList();
    switchDb(client, "client2");
    await posts.getList();
    await scoped.collection("posts").getList();
    await client.settings.databases.list();
    expect(sent.map(({ headers }) => headers["x-dbname"])).toEqual(["client1", "client2", "client9", undefined]);
    switchDb(fresh.recordedClient().client, "client1");
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain("client.db(name)");
    expect(() => switchDb(client, "Not A Name")).toThrow(/cannot name a database/);
    expect(client.database).toBe("client2");
  });

  it("in the middle of a list of many pages changes nothing of it", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { client, sent } = recordedClient(
      ({ url }) => ({ items: [{ id: "a" }], nextCursor: url.includes("cursor=next") ? null : "next" }),
      { token: "first" },
    );
    switchDb(client, "client1");
    const records = client.collection("posts").iterate({ batch: 1 });
    expect((await records.next()).value).toEqual({ id: "a" });
    switchDb(client, "client2");
    client.setToken("second");
    expect((await records.next()).value).toEqual({ id: "a" });
    expect((await records.next()).done).toBe(true);
    expect(sent.map(({ headers }) => headers["x-dbname"])).toEqual(["client1", "client1"]);
    expect(sent.map(tokenOf)).toEqual(["Bearer first", "Bearer first"]);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([
      "?page=1&perPage=1&skipTotal=true&cursor=",
      "?page=1&perPage=1&skipTotal=true&cursor=next",
    ]);
  });
});
