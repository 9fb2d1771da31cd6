// How a call ends before its answer: by its own signal or its own time, and by nothing else.
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { recordedClient } from "./recorded-fetch.js";

const page = { page: 1, perPage: 30, totalItems: 0, totalPages: 0, items: [] };
const never = () => new Promise<never>(() => undefined);

describe("an abort", () => {
  it("before the call sends nothing", async () => {
    const { client, sent } = recordedClient();
    const reason = new Error("the user left");
    const call = client.collection("posts").getList(1, 20, { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toMatchObject({ status: 0, code: "aborted", isAbort: true, cause: reason });
    expect(sent).toEqual([]);
  });

  it("ends the call at once, also where fetch does not look at its signal", async () => {
    const { client, sent } = recordedClient(never);
    const controller = new AbortController();
    const call = client.collection("posts").create({ title: "x" }, { signal: controller.signal });
    const others = client.collection("posts").getList(1, 20);
    let isOver = false;
    void others.finally(() => (isOver = true)).catch(() => undefined);
    await expect.poll(() => sent.length).toBe(2);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted", isAbort: true });
    expect(sent.find(({ method }) => method === "POST")?.request.signal.aborted).toBe(true);
    expect(isOver).toBe(false);
  });

  it("while the answer is being read ends the call as well", async () => {
    const controller = new AbortController();
    const { client } = recordedClient(() => new Response(new ReadableStream({ pull: never })));
    const call = client.collection("posts").getOne("a", { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(call).rejects.toMatchObject({ code: "aborted" });
  });

  it("leaves no listener on a signal that many calls share", async () => {
    const { client } = recordedClient(() => page);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => client.collection("posts").getList(1, 20, { signal })));
    // A Request follows its signal by itself; Node drops those listeners with the requests.
    const own = getEventListeners(signal, "abort").filter((listener) => listener.name === "end");
    expect(own).toEqual([]);
  });
});

describe("a time-out", () => {
  it("of the call or of the client ends it, and is no abort", async () => {
    const { client } = recordedClient(never, { timeoutMs: 20 });
    const own = client.collection("posts").getList(1, 20, { timeoutMs: 10, signal: new AbortController().signal });
    await expect(own).rejects.toMatchObject({ status: 0, code: "timed_out", isAbort: false });
    const ofClient = client.settings.databases.list();
    await expect(ofClient).rejects.toMatchObject({ code: "timed_out", message: expect.stringContaining("20 ms") });
  });

  it("loses to the caller's abort", async () => {
    const { client } = recordedClient(never);
    const controller = new AbortController();
    const call = client.collection("posts").getList(1, 20, { timeoutMs: 60_000, signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted" });
  });
});

it("fifty equal calls at once are fifty requests, each with its answer", async () => {
  let count = 0;
  const { client, sent } = recordedClient(async () => {
    const number = (count += 1);
    await new Promise((settle) => setImmediate(settle));
    return { ...page, totalItems: number };
  });
  const pages = await Promise.all(Array.from({ length: 50 }, () => client.collection("posts").getList(1, 20)));
  expect(new Set(pages.map(({ totalItems }) => totalItems)).size).toBe(50);
  expect(sent).toHaveLength(50);
});

it("a call that fails is not repeated", async () => {
  const { client, sent } = recordedClient(() => Response.json({ message: "busy" }, { status: 503 }));
  await expect(client.collection("posts").create({ title: "x" })).rejects.toMatchObject({ status: 503 });
  await expect(client.collection("posts").getList()).rejects.toMatchObject({ status: 503 });
  expect(sent).toHaveLength(2);
});
