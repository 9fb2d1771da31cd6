// Bodies: too large, too slow, given up, read by somebody else, hostile. Each is answered, and the server goes on.
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import express from "express";
import express4 from "express-4";
import Koa from "koa";
import { describe, expect, onTestFinished, test } from "vitest";
import { createExpressMiddleware } from "../../../adapters/express/index.js";
import { createNodeListener, type HttpOptions } from "../../../adapters/http/index.js";
import { createKoaMiddleware, type KoaContext } from "../../../adapters/koa/index.js";
import { faceNames, openFace } from "../../support/http-faces.js";
import { sharedTenant } from "../../support/open-engine.js";

const shared = sharedTenant([
  {
    name: "notes",
    fields: [
      { name: "title", type: "text" },
      { name: "extra", type: "json" },
    ],
    ...{ listRule: "", viewRule: "", createRule: "" },
  },
]);

const json = { "content-type": "application/json", "x-dbname": "client1" };
const path = "/api/collections/notes/records";
const mebibyte = 1_048_576;

describe.each(faceNames)("%s", (name) => {
  test("a body of a byte more than is allowed is refused, whether its length is told or not; the next one is taken", async () => {
    const face = await openFace(name, shared.engine);
    const body = `{"title":"x"}`.padEnd(mebibyte + 1);
    const refused = await face.ask({ method: "POST", path, headers: json, body });
    expect(refused).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
    expect((await face.ask({ method: "POST", path, headers: json, body: body.slice(0, -1) })).status).toBe(201);
  });
});

// Behind a parser of the app, it is the parser that these meet.
describe.each(faceNames.filter((name) => !name.includes("behind")))("%s", (name) => {
  test("objects of 100,000 keys, deep ones and ones with repeated keys do not hold up the loop", async () => {
    const face = await openFace(name, shared.engine);
    const keys = Array.from({ length: 100_000 }, (_, index) => `"${index.toString(36)}":0`).join();
    const bodies = [
      `{${keys}}`,
      `{"extra":{${keys}}}`,
      `{"extra":${"[".repeat(500_000)}`,
      `{"extra":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
      `[${"0,".repeat(500_000)}0]`,
      `{"title":"${"\\u0041".repeat(170_000)}"}`,
      `${" ".repeat(1_000_000)}{`,
    ];
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const answers = [];
    for (const body of bodies) answers.push(await face.ask({ method: "POST", path, headers: json, body }));
    delay.disable();
    for (const { status } of answers) expect([201, 400]).toContain(status);
    // Not a bound on time, which a busy machine would break, but on a loop that stands still for seconds.
    expect(delay.max / 1e6).toBeLessThan(5_000);
  });
});

/** A server whose handler is given what stands behind a parser. */
async function serve(
  listener: Parameters<typeof createServer>[1],
): Promise<{ readonly origin: string; readonly port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}` };
}

const quiet: HttpOptions = { rateLimit: false };
const nodeServer = (options: HttpOptions = {}) => {
  const listener = createNodeListener(shared.engine, { ...quiet, ...options });
  return serve((request, response) => void listener(request, response));
};

const create = (origin: string, body: string | Buffer, headers: Readonly<Record<string, string>> = json) =>
  fetch(origin + path, { method: "POST", headers, body });

describe("behind a parser that has read the body", () => {
  const parsers = {
    "express.json()": () => express().use(express.json({ limit: "2mb" })),
    "express.text()": () => express().use(express.text({ type: "*/*", limit: "2mb" })),
    "express.raw()": () => express().use(express.raw({ type: "*/*", limit: "2mb" })),
    "express.json() and express.urlencoded()": () =>
      express().use(express.json(), express.urlencoded({ extended: true })),
    "Express 4, express.json()": () => express4().use(express4.json()),
    "Express 4, express.json() and express.urlencoded()": () =>
      express4().use(express4.json(), express4.urlencoded({ extended: true })),
  };
  test.each(Object.entries(parsers))("%s", async (_, make) => {
    const { origin } = await serve(make().use(createExpressMiddleware(shared.engine, quiet)));
    const made = await create(origin, `{"title":"parsed","extra":{"a":[1]}}`);
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({ title: "parsed", extra: { a: [1] } });
    expect(
      (await create(origin, "title=x", { ...json, "content-type": "application/x-www-form-urlencoded" })).status,
    ).toBe(415);
    const polluting = await create(
      origin,
      `{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}`,
    );
    expect(polluting.status).toBe(400);
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    const form = new FormData();
    form.append("@jsonPayload", JSON.stringify({ requests: [{ method: "POST", url: path, body: { title: "form" } }] }));
    const parsesForms = _ === "express.text()" || _ === "express.raw()";
    const batch = await fetch(`${origin}/api/batch`, {
      method: "POST",
      headers: { "x-dbname": "client1" },
      body: form,
    });
    // A parser for everything has taken the form apart from its boundary; what it left is no JSON.
    expect(batch.status).toBe(parsesForms ? 400 : 200);
  });

  test("Koa, where a parser leaves it in the context", async () => {
    const app = new Koa();
    app.use(async (context: KoaContext, next) => {
      const chunks: Buffer[] = [];
      for await (const chunk of context.req) chunks.push(chunk as Buffer);
      Object.assign(context.request, { body: JSON.parse(Buffer.concat(chunks).toString() || "null") as unknown });
      await next();
    });
    app.use(createKoaMiddleware(shared.engine, quiet));
    const callback = app.callback();
    const { origin } = await serve((request, response) => void callback(request, response));
    expect((await create(origin, `{"title":"koa"}`)).status).toBe(201);
  });

  test("one that leaves nothing", async () => {
    const listener = createNodeListener(shared.engine, quiet);
    const { origin } = await serve((request, response) => {
      request.resume().once("end", () => void listener(request, response));
    });
    const answer = await create(origin, `{"title":"lost"}`);
    expect(answer.status).toBe(400);
  });
});

/** Opens a socket and sends text, without an end. */
async function dial(port: number, text: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.write(text);
  return socket;
}

/** All that comes until the other side closes. */
async function heard(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (part: string) => (text += part));
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return text;
}

const head = (length: number, more = ""): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nx-dbname: client1\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

describe("on the wire", () => {
  test("a body that does not come is answered with 408, and the connection closed", async () => {
    const { port } = await nodeServer({ bodyTimeoutMs: 50 });
    const answer = await heard(await dial(port, `${head(100)}{"title":`));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer.toLowerCase()).toContain("connection: close");
    expect(answer).toContain('"body_timeout"');
  });

  test("a client that tells its length hears 413 at once, and one that sends on hears it too", async () => {
    const { port } = await nodeServer();
    const told = await heard(await dial(port, head(10 * mebibyte)));
    expect(told).toMatch(/^HTTP\/1\.1 413 /);
    const socket = await dial(port, head(0).replace("content-length: 0", "transfer-encoding: chunked"));
    const answer = heard(socket);
    const chunk = "x".repeat(65_536);
    for (let sent = 0; sent < 40 && !socket.destroyed; sent += 1) socket.write(`10000\r\n${chunk}\r\n`);
    socket.write("0\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("a client that goes away in the middle of its body disturbs nobody", async () => {
    const { port, origin } = await nodeServer();
    const sockets = await Promise.all(Array.from({ length: 50 }, () => dial(port, `${head(1_000)}{"title":"half`)));
    for (const socket of sockets) socket.destroy();
    const before = await shared.db.collection("notes").count("title = 'after'");
    expect((await create(origin, `{"title":"after"}`)).status).toBe(201);
    const after = await shared.db.collection("notes").count("title = 'after' || title ~ 'half'");
    expect([before.unwrapOr(-1), after.unwrapOr(-1)]).toEqual([0, 1]);
  });

  test("the rest of a short body that nobody read is not taken for a request; the connection stays", async () => {
    const { port } = await nodeServer();
    const body = `{"title":"x"}`;
    const first = `POST /api/databases HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const second = "GET /api/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const answer = await heard(await dial(port, first + second));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401", "HTTP/1.1 200"]);
  });

  test("a length that is none is refused by Node, and neither length nor chunks can be mixed", async () => {
    const { port } = await nodeServer();
    for (const text of [
      head(0).replace("content-length: 0", "content-length: -1"),
      head(5, "transfer-encoding: chunked\r\n"),
    ]) {
      expect(await heard(await dial(port, text))).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});
