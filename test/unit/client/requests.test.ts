// What the client sends: addresses, headers, bodies. What cannot be sent is refused before anything is.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ClientError, TenantClient, VskiClient } from "../../../adapters/client/index.js";
import { recordedClient, recordedFetch } from "./recorded-fetch.js";

const page = { page: 1, perPage: 30, totalItems: 0, totalPages: 0, items: [] };

const refusalOf = async (call: () => unknown): Promise<ClientError> => {
  try {
    await call();
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
  throw new Error("expected a ClientError");
};

describe("the address", () => {
  it("has the parts encoded, so that no name or id becomes another path", async () => {
    const { client, sent } = recordedClient();
    for (const [name, id, path] of [
      ["posts", "abc", "posts/records/abc"],
      ["a/b", "../x", "a%2Fb/records/..%2Fx"],
      ["p?q=1#f", "%2e%2e", "p%3Fq%3D1%23f/records/%252e%252e"],
      ["größe", "\u{1F600}", "gr%C3%B6%C3%9Fe/records/%F0%9F%98%80"],
      ["...", " ", ".../records/%20"],
    ] as const) {
      await client.collection(name).getOne(id);
      expect(sent.at(-1)?.url).toBe(`http://api.test/api/collections/${path}`);
    }
  });

  it.each(["", ".", "..", "\ud800", undefined, null, 5, {}])("refuses %o as an id or a name", async (word) => {
    const { client, sent } = recordedClient(() => page);
    const posts = client.collection("posts");
    const wrong = word as string;
    for (const call of [
      () => posts.getOne(wrong),
      () => posts.update(wrong, {}),
      () => posts.delete(wrong),
      () => client.collection(wrong).getList(),
      () => client.settings.databases.delete(wrong),
      () => client.settings.collections.delete(wrong),
      () => client.settings.collections.deleteField("posts", wrong),
      () => client.settings.rules.delete(wrong),
      () => client.createBatch().collection("posts").delete(wrong),
    ]) {
      expect(await refusalOf(call)).toMatchObject({ code: "request_invalid", status: 400, url: "" });
    }
    expect(sent).toEqual([]);
  });

  it.each([
    ["http://api.test", {}, "http://api.test/api/databases"],
    ["http://api.test/", {}, "http://api.test/api/databases"],
    ["http://api.test/backend//", {}, "http://api.test/backend/api/databases"],
    ["http://api.test", { basePath: "/v1/" }, "http://api.test/v1/databases"],
    ["http://api.test", { basePath: "" }, "http://api.test/databases"],
  ])("of %s with %o begins where it should", async (baseUrl, options, url) => {
    const { sent, fetch } = recordedFetch();
    await new TenantClient(baseUrl, { fetch, ...options }).settings.databases.list();
    expect(sent[0]?.url).toBe(url);
  });

  it("is asked for when the client is made, and told of when nothing can be sent to it", async () => {
    for (const wrong of [undefined, 5, "localhost:3000", "ftp://api.test", "javascript:alert(1)"]) {
      expect(() => new TenantClient(wrong as string)).toThrow(/made with its server's address/);
    }
    expect(() => new TenantClient("http://api.test", { basePath: 5 as unknown as string })).toThrow(ClientError);
    const { fetch } = recordedFetch();
    const error = await refusalOf(() => new TenantClient("/page", { fetch }).collection("posts").getList());
    expect(error).toMatchObject({ code: "request_invalid", status: 400 });
    expect(error.message).toContain('"/page/api/collections/posts/records');
    expect(error.message).toContain('such as "https://api.example.com"');
  });

  it("holds what a list asks for", async () => {
    const { client, sent } = recordedClient(() => page);
    const filter = ["title = {:t} && views > 1", { t: "a&b=c" }] as const;
    const options = { filter, sort: ["-created", "title"], fields: ["id", "title"], expand: "author", skipTotal: true };
    await client.collection("posts").getList(2, 50, { ...options, cursor: "" });
    const { pathname, searchParams } = new URL(sent[0]!.url);
    expect(pathname).toBe("/api/collections/posts/records");
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ page: "2", perPage: "50", filter: "title =  'a&b=c'  && views > 1", sort: "-created,title" },
      ...{ fields: "id,title", expand: "author", skipTotal: "true", cursor: "" },
    });
  });
});

describe("the headers", () => {
  it("are a token and a database only where there is one", async () => {
    const { client, sent } = recordedClient();
    await client.collection("posts").getOne("a");
    expect(sent[0]?.headers).toEqual({ accept: "application/json" });
    client.setToken("abc.def");
    await client.db("client1").collection("posts").create({ title: "x" });
    expect(sent[1]?.headers).toEqual({
      ...{ accept: "application/json", "content-type": "application/json" },
      ...{ authorization: "Bearer abc.def", "x-dbname": "client1" },
    });
    expect(sent[1]?.request).toMatchObject({ redirect: "manual" });
  });

  it("of a call win over the client's, in whatever letter case", async () => {
    const { client, sent } = recordedClient(() => page, { token: "own", headers: { "X-App": "1", Accept: "text/x" } });
    const posts = client.db("client1").collection("posts");
    for (const headers of [
      { "x-dbname": "shared", AUTHORIZATION: "Bearer other", "x-app": "2" },
      new Headers({ "X-DBNAME": "shared", authorization: "Bearer other", "X-App": "2" }),
    ]) {
      await posts.getList(1, 20, { headers });
      const found = { accept: "text/x", "x-dbname": "shared", authorization: "Bearer other", "x-app": "2" };
      expect(sent.at(-1)?.headers).toEqual(found);
    }
    await posts.getList();
    expect(sent.at(-1)?.headers).toMatchObject({ "x-dbname": "client1", authorization: "Bearer own", "x-app": "1" });
  });

  it.each([undefined, null, 5, "a\nb", "\u{1F600}"])("refuse the value %o", async (value) => {
    const { client, sent } = recordedClient();
    const headers = { "x-dbname": value as string };
    const error = await refusalOf(() => client.collection("posts").getList(1, 20, { headers }));
    expect(error).toMatchObject({ code: "request_invalid", message: expect.stringContaining('"x-dbname"') });
    expect(sent).toEqual([]);
  });

  it.each([undefined, 5, {}, "a\nb", "\u{1F600}"])("refuse the token %o without showing it", async (token) => {
    const { client, sent } = recordedClient();
    const error = await refusalOf(() => {
      client.setToken(token as string);
      return client.collection("posts").getList();
    });
    expect(error).toMatchObject({ code: "request_invalid", message: expect.stringMatching(/token/i) });
    if (typeof token === "string") expect(inspect(error)).not.toContain(token);
    expect(sent).toEqual([]);
  });
});

describe("a body", () => {
  it("is the JSON of the fields; undefined ones are left out, dates are moments", async () => {
    const { client, sent } = recordedClient();
    await client.collection("posts").create({ title: "é", at: new Date(0), none: undefined, not: null, list: [1] });
    expect(JSON.parse(sent[0]!.body)).toEqual({ title: "é", at: "1970-01-01T00:00:00.000Z", not: null, list: [1] });
  });

  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  it.each([
    ["NaN, of which JSON makes null", { n: NaN }],
    ["an infinity inside", { deep: [{ n: -Infinity }] }],
    ["a circle", circle],
    ["a big integer", { n: 1n }],
    ["a form, which JSON makes empty", new FormData()],
    ["a map", new Map([["title", "x"]])],
    ["a list", [{ title: "x" }]],
    ["a text", "title"],
    ["nothing", undefined],
    ["null", null],
  ])("is refused as %s", async (_, data) => {
    const { client, sent } = recordedClient();
    const given = data as Record<string, unknown>;
    for (const call of [
      () => client.collection("posts").create(given),
      () => client.collection("posts").update("a", given),
      () => client.auth.register(given),
    ]) {
      expect(await refusalOf(call)).toMatchObject({ code: "request_invalid", status: 400 });
    }
    expect(sent).toEqual([]);
  });
});

describe("options", () => {
  it("with an unknown name are refused: a misspelt filter would list everything", async () => {
    const { client, sent } = recordedClient();
    const posts = client.collection("posts");
    const wrong = { fliter: "a = 1" } as object;
    for (const call of [
      () => posts.getList(1, 20, wrong),
      () => posts.getOne("a", wrong),
      () => posts.getFirst("a = 1", wrong),
      () => posts.create({}, wrong),
      () => posts.update("a", {}, wrong),
      () => posts.delete("a", wrong),
      () => posts.count("", wrong),
      () => posts.getFullList(wrong),
      () => client.auth.login("a@example.com", "x", wrong),
      () => client.settings.databases.list(wrong),
      () => client.batch([], wrong),
      () => posts.getList(1, 20, "a = 1" as unknown as object),
    ]) {
      const error = await refusalOf(call);
      expect(error.code).toBe("request_invalid");
      expect(error.message).toMatch(/no option "fliter".*headers|Options are an object/);
    }
    expect(sent).toEqual([]);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 31, "5"])("refuse the time-out %o", async (timeoutMs) => {
    const { client } = recordedClient();
    const call = () => client.collection("posts").getList(1, 20, { timeoutMs: timeoutMs as number });
    expect(await refusalOf(call)).toMatchObject({ code: "request_invalid" });
  });
});

describe("filters", () => {
  const { client } = recordedClient();

  it("have their values written in as the server reads them", () => {
    const values = { t: "it's \\ 5", n: -0.5, b: true, z: null, d: new Date(0), l: ["a", 1], one: 2, none: [] };
    expect(client.filter("t = {:t} && n>{:n}||b={:b} && z = {:z} && d < {:d}", values)).toBe(
      "t =  'it\\'s \\\\ 5'  && n> -0.5 ||b= true  && z =  null  && d <  '1970-01-01T00:00:00.000Z' ",
    );
    expect(client.filter("l IN {:l} && o in {:one} && n NOT IN {:none}", values)).toBe(
      "l IN  ('a', 1)  && o in  (2)  && n NOT IN  () ",
    );
    expect(client.filter("a = '{:t}' // {:x}", values)).toBe("a = '{:t}' // {:x}");
    expect(client.filter("n = {:big}", { big: 2 ** 60 })).toBe("n =  1152921504606846976 ");
    expect(client.filter("a = 1")).toBe("a = 1");
  });

  it.each([
    ["a placeholder without a value", ["a = {:x}", {}], "{:x} has no value"],
    ["an inherited value", ["a = {:toString}", {}], "{:toString} has no value"],
    ["an infinity", ["a = {:x}", { x: Infinity }], "no finite number"],
    ["an invalid Date", ["a = {:x}", { x: new Date(NaN) }], "invalid Date"],
    ["a list beside IN", ["a = {:x}", { x: [1] }], "right after IN"],
    ["a list in a list", ["a IN {:x}", { x: [[1]] }], "right after IN"],
    ["an object", ["a = {:x}", { x: {} }], "of type object"],
    ["a big integer", ["a = {:x}", { x: 1n }], "of type bigint"],
    ["values that are none", ["a = 1", null], "A filter is"],
    ["a list of values", ["a = 1", []], "A filter is"],
    ["three things", ["a = 1", {}, {}], "A filter is"],
    ["no text", [1, {}], "A filter is"],
    ["a number", 5, "A filter is"],
  ])("are refused with %s", async (_, filter, message) => {
    const error = await refusalOf(() =>
      client.collection("posts").getList(1, 20, { filter: filter as unknown as string }),
    );
    expect(error).toMatchObject({ code: "filter_invalid", status: 400 });
    expect(error.message).toContain(message);
  });
});

it("is one class under two names", () => {
  expect(VskiClient).toBe(TenantClient);
});
