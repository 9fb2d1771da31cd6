// What comes back: values, the server's errors, and whatever else stands at an address.
import { describe, expect, it } from "vitest";
import { ClientError } from "../../../adapters/client/index.js";
import { recordedClient, type Answerer } from "./recorded-fetch.js";

async function failureOf(answer: Answerer): Promise<ClientError> {
  const { client } = recordedClient(answer);
  const error: unknown = await client
    .collection("posts")
    .create({ title: "x" })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}

describe("an error of the server", () => {
  it("comes with its status, code, message and data", async () => {
    const data = { title: { code: "required", message: "title is required." } };
    const body = { status: 400, code: "validation_failed", message: "title: it is required.", data };
    const error = await failureOf(() => Response.json(body, { status: 400 }));
    expect(error).toMatchObject({ ...body, name: "ClientError", isAbort: false, retryAfterMs: undefined });
    expect(error.url).toBe("http://api.test/api/collections/posts/records");
    expect(JSON.parse(JSON.stringify(error))).toEqual({ ...body, url: error.url });
  });

  it("says when to try again", async () => {
    const body = { status: 429, code: "rate_limited", message: "Too many requests.", data: {} };
    const error = await failureOf(() => Response.json(body, { status: 429, headers: { "retry-after": "3" } }));
    expect(error).toMatchObject({ status: 429, code: "rate_limited", retryAfterMs: 3000 });
  });

  it("of another server, without a code, keeps its message", async () => {
    const error = await failureOf(() => Response.json({ message: "No.", data: null }, { status: 418 }));
    expect(error).toMatchObject({ status: 418, code: "answer_invalid", message: "No.", data: {} });
  });
});

describe("an answer that is none of the API", () => {
  const html = `<!doctype html><title>Bad gateway</title>${"x".repeat(500)}`;
  it.each([
    ["an error page of a proxy", () => new Response(html, { status: 502 }), 502, "<!doctype html><title>Bad gateway"],
    ["a page where the API was meant", () => new Response(html), 200, "lead to the API?"],
    ["an error without a body", () => new Response(null, { status: 503 }), 503, "an empty answer"],
    ["nothing where a record was meant", () => new Response(""), 200, "an empty answer"],
    ["half a JSON", () => new Response('{"id":'), 200, "no JSON"],
    ["an error that is a list", () => Response.json([1], { status: 500 }), 500, "[1]"],
    ["an error that is null", () => Response.json(null, { status: 500 }), 500, "null"],
  ])("is told as one: %s", async (_, answer, status, shown) => {
    const error = await failureOf(answer);
    expect(error).toMatchObject({ status, code: "answer_invalid", data: {} });
    expect(error.message).toContain(`POST http://api.test/api/collections/posts/records gave status ${status}`);
    expect(error.message).toContain(shown);
    expect(error.message.length).toBeLessThan(400);
  });

  it("is a redirect of a write, because a redirected POST becomes a GET", async () => {
    const headers = { location: "https://api.test/api/collections/posts/records" };
    const error = await failureOf(() => new Response(null, { status: 301, headers }));
    expect(error).toMatchObject({ status: 301, code: "answer_invalid" });
    expect(error.message).toContain("https://api.test/api/collections/posts/records");
  });
});

describe("no answer", () => {
  it("is told with what went wrong below", async () => {
    const cause = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:9") });
    const error = await failureOf(() => Promise.reject(cause));
    expect(error).toMatchObject({ status: 0, code: "network_failed", isAbort: false, cause });
    expect(error.message).toContain("connect ECONNREFUSED 127.0.0.1:9. Is the server running");
  });

  it("is told also when something odd is thrown", async () => {
    expect(await failureOf(() => Promise.reject("odd"))).toMatchObject({ code: "network_failed", cause: "odd" });
  });
});

describe("values", () => {
  it("are true after a delete, whatever its body is", async () => {
    const { client } = recordedClient(() => new Response(null, { status: 204 }));
    expect(await client.collection("posts").delete("a")).toBe(true);
    expect(await client.settings.databases.delete("client1")).toBe(true);
    expect(await client.settings.collections.delete("posts")).toBe(true);
    expect(await client.settings.rules.delete("a")).toBe(true);
  });

  it("are falsy ones too", async () => {
    for (const value of [0, false, "", null, []]) {
      const { client } = recordedClient(() => Response.json(value));
      expect(await client.settings.databases.list()).toEqual(value);
    }
  });

  it("of getFirst are the first record, or record_not_found", async () => {
    const item = { id: "a" };
    const { client, sent } = recordedClient(({ url }) => ({ items: url.includes("none") ? [] : [item] }));
    expect(await client.collection("posts").getFirst("title = 'x'", { sort: "-title" })).toEqual(item);
    expect(new URL(sent[0]!.url).search).toBe("?page=1&perPage=1&sort=-title&filter=title+%3D+%27x%27&skipTotal=true");
    const missing = client.collection("posts").getFirst(["title = {:t}", { t: "none" }]);
    await expect(missing).rejects.toMatchObject({ status: 404, code: "record_not_found" });
  });
});
