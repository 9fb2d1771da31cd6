// The API beside an app's own routes, under any prefix, with the app's own headers and sessions.
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Request as ExpressRequest } from "express";
import express4 from "express-4";
import Koa from "koa";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createExpressMiddleware } from "../../../adapters/express/index.js";
import { createHttpHandler, createNodeListener, type HttpOptions } from "../../../adapters/http/index.js";
import { createKoaMiddleware } from "../../../adapters/koa/index.js";
import { createNextRouteHandlers } from "../../../adapters/next/index.js";
import type { Principal } from "../../../lib/index.js";
import { sharedTenant } from "../../support/open-engine.js";
import { valueOf } from "../../support/unwrap.js";

const own = "owner = @request.auth.id";
const shared = sharedTenant([
  {
    name: "users",
    type: "auth",
    viewRule: "id = @request.auth.id",
    fields: [{ name: "plan", type: "text", hidden: true }],
  },
  {
    name: "notes",
    fields: [
      { name: "title", type: "text" },
      { name: "owner", type: "relation", collection: "users" },
    ],
    ...{ listRule: own, viewRule: own, createRule: own },
  },
]);
let ada: Principal;
let token: string;

beforeAll(async () => {
  const signedIn = valueOf(
    await shared.db.auth.register({ email: "ada@example.com", password: "correct horse", plan: "gold" }),
  );
  token = signedIn.token;
  ada = valueOf(await shared.db.auth.principalOf(signedIn.user.id));
});

const quiet: HttpOptions = { rateLimit: false };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const statusOf = async (url: string): Promise<string> => {
  const response = await fetch(url);
  return `${response.status} ${(await response.text()).slice(0, 40)}`;
};
const healthy = '200 {"code":200,"status":"ok","message":"The';

const apps: Readonly<Record<string, () => ReturnType<typeof express>>> = {
  "Express 5": () => express(),
  "Express 4": () => express4(),
};

describe.each(Object.entries(apps))("%s", (_, make) => {
  test.each<[mount: string, options: HttpOptions, path: string]>([
    ["/", {}, "/api/health"],
    ["/tenants", {}, "/tenants/api/health"],
    ["/api", {}, "/api/health"],
    ["/tenants/api", {}, "/tenants/api/health"],
    ["/v1", { basePath: "/" }, "/v1/health"],
    ["/", { basePath: "/v1/data" }, "/v1/data/health"],
    ["/", { basePath: "/" }, "/health"],
  ])("mounted at %s with %j", async (mount, options, path) => {
    const app = make();
    app.get("/before", (_request, response) => void response.send("before"));
    app.use(mount, createExpressMiddleware(shared.engine, { ...quiet, ...options }));
    app.get("/after", (_request, response) => void response.send("after"));
    const origin = await serve(app);
    expect(await statusOf(origin + path)).toBe(healthy);
    expect(await statusOf(`${origin}${path}?x=1`)).toContain("400");
    expect(await statusOf(`${origin}/before`)).toBe("200 before");
    if (options.basePath !== "/" || mount !== "/") {
      expect(await statusOf(`${origin}/after`)).toBe("200 after");
      expect(await statusOf(`${origin}/nowhere`)).toMatch(/^404 <!DOCTYPE/);
    }
    // Below the base path, the API alone answers.
    expect(await statusOf(origin + path.replace("health", "nothing"))).toMatch(/^404 {"status":404/);
  });

  test("in a router, and beside what only looks like the base path", async () => {
    const app = make();
    const router = express.Router();
    router.use("/api", createExpressMiddleware(shared.engine, quiet));
    app.use("/deep", router);
    app.use(createExpressMiddleware(shared.engine, quiet));
    app.get("/apis/health", (_request, response) => void response.send("mine"));
    const origin = await serve(app);
    expect(await statusOf(`${origin}/deep/api/health`)).toBe(healthy);
    expect(await statusOf(`${origin}/apis/health`)).toBe("200 mine");
    expect(await statusOf(`${origin}/api/api/health`)).toMatch(/^404 {/);
  });

  test("keeps the cookies and headers that the app has set", async () => {
    const app = make();
    app.use((_request, response, next) => {
      response.append("set-cookie", "a=1; Path=/");
      response.append("set-cookie", "b=2; Path=/");
      response.setHeader("vary", "Accept-Encoding");
      response.setHeader("x-frame-options", "DENY");
      next();
    });
    app.use(createExpressMiddleware(shared.engine, { ...quiet, cors: { origins: ["https://a.example"] } }));
    const response = await fetch(`${await serve(app)}/api/health`, { headers: { origin: "https://a.example" } });
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Path=/"]);
    expect(response.headers.get("vary")).toBe("Accept-Encoding, Origin");
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ status: "ok" });
  });
});

test("Koa: other middleware goes on, before and behind, and sees the status", async () => {
  const app = new Koa();
  const seen: string[] = [];
  app.use(async (context, next) => {
    context.cookies.set("a", "1");
    context.cookies.set("b", "2");
    await next();
    seen.push(`${context.path} ${context.status}`);
  });
  app.use(createKoaMiddleware(shared.engine, quiet));
  app.use((context) => {
    context.body = "mine";
  });
  const callback = app.callback();
  const origin = await serve((request, response) => void callback(request, response));
  const response = await fetch(`${origin}/api/health`);
  expect(response.headers.getSetCookie()).toHaveLength(2);
  expect(await response.json()).toMatchObject({ status: "ok" });
  expect(await statusOf(`${origin}/elsewhere`)).toBe("200 mine");
  expect(await statusOf(`${origin}/api/nothing`)).toMatch(/^404 {/);
  expect(seen).toEqual(["/api/health 200", "/elsewhere 200", "/api/nothing 404"]);
});

test("node:http: what is not below the base path is 404, or goes to next", async () => {
  const listener = createNodeListener(shared.engine, quiet);
  const origin = await serve((request, response) => {
    const next = request.headers["x-next"] === undefined ? undefined : () => void response.end("next");
    void listener(request, response, next);
  });
  expect(await statusOf(`${origin}/elsewhere`)).toMatch(/^404 {/);
  expect(await (await fetch(`${origin}/elsewhere`, { headers: { "x-next": "1" } })).text()).toBe("next");
  expect(await statusOf(`${origin}/api/health`)).toBe(healthy);
});

test.each([
  ["/api/health", ["health"], "app/api/[...path]"],
  ["/api/health", ["api", "health"], "app/[...path]"],
  ["/x/y/health", ["health"], "app/x/y/[...path]"],
  ["/x/api/health", ["api", "health"], "app/x/[...path]"],
  ["/docs/api/health", ["health"], "app/api/[...path], with Next's own base path"],
])("Next: %s with %j in %s", async (path, caught) => {
  const { GET } = createNextRouteHandlers(shared.engine, quiet);
  const response = await GET(new Request(`http://localhost${path}`), {
    params: Promise.resolve({ tenant: "x", path: caught }),
  });
  expect(response.status).toBe(200);
});

describe("an app with sessions of its own", () => {
  const cookieOf = (request: IncomingMessage | ExpressRequest): string => request.headers.cookie ?? "";
  const serveWith = (principal: (request: ExpressRequest) => unknown, more: HttpOptions<ExpressRequest> = {}) =>
    serve(
      express().use(
        createExpressMiddleware<ExpressRequest>(shared.engine, {
          rateLimit: false,
          ...more,
          // What an app without types may give.
          principal: principal as NonNullable<HttpOptions<ExpressRequest>["principal"]>,
        }),
      ),
    );
  const listed = (origin: string, headers: Readonly<Record<string, string>>) =>
    fetch(`${origin}/api/collections/notes/records`, { headers });

  test("says who asks; the token is read where it says nothing", async () => {
    const origin = await serveWith((request) => (cookieOf(request) === "session=ada" ? ada : undefined));
    const me = await fetch(`${origin}/api/auth/me`, { headers: { cookie: "session=ada" } });
    expect(await me.json()).toMatchObject({ email: "ada@example.com", collectionName: "users" });
    const text = JSON.stringify(
      await (await fetch(`${origin}/api/auth/me`, { headers: { cookie: "session=ada" } })).json(),
    );
    expect(text).not.toContain("gold");
    // Its own database, as with a token.
    expect((await listed(origin, { cookie: "session=ada" })).status).toBe(200);
    expect((await listed(origin, { cookie: "session=ada", "x-dbname": "default" })).status).toBe(403);
    expect((await listed(origin, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await listed(origin, { authorization: "Bearer x" })).status).toBe(401);
    // Without a token there is none to refresh.
    const refreshed = await fetch(`${origin}/api/auth/refresh`, { method: "POST", headers: { cookie: "session=ada" } });
    expect(refreshed.status).toBe(401);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("the session store is down: secret");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret"))],
    ["gives false", () => false],
    ["gives a text", () => "admin"],
    ["gives a record", () => ({ id: "x", email: "root@example.com" })],
    ["gives a superuser without a record", () => ({ kind: "superuser" })],
    [
      "gives a principal that throws",
      () => ({
        get kind() {
          throw new Error("secret");
        },
      }),
    ],
    ["gives a Result", () => shared.db.auth.principalOf("nobody")],
  ])("that %s is never trusted, and never a guest", async (_, principal) => {
    const origin = await serveWith(principal);
    for (const path of ["/api/collections/notes/records", "/api/databases", "/api/rules", "/api/openapi.json"]) {
      const answer = await fetch(origin + path, { headers: { "x-dbname": "client1" } });
      const text = await answer.text();
      expect([answer.status, text.includes("secret")]).toEqual([500, false]);
    }
  });

  test("null is a guest, whatever token is sent", async () => {
    const origin = await serveWith(() => null);
    expect((await fetch(`${origin}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  });

  test("a page of another origin cannot write with its visitor's session", async () => {
    const post = (origin: string, headers: Readonly<Record<string, string>>) =>
      fetch(`${origin}/api/collections/notes/records`, {
        method: "POST",
        headers: { "content-type": "application/json", cookie: "session=ada", ...headers },
        body: JSON.stringify({ title: "x", owner: ada.kind === "user" ? ada.record.id : "" }),
      });
    const origin = await serveWith(() => ada, { cors: { origins: ["https://app.example"], credentials: true } });
    const site = (value: string, from?: string) => ({
      "sec-fetch-site": value,
      ...(from === undefined ? {} : { origin: from }),
    });
    expect((await post(origin, {})).status).toBe(201);
    expect((await post(origin, site("same-origin"))).status).toBe(201);
    expect((await post(origin, site("cross-site", "https://app.example"))).status).toBe(201);
    for (const headers of [site("cross-site"), site("cross-site", "https://evil.example"), site("same-site", "null")]) {
      expect((await post(origin, headers)).status).toBe(403);
    }
    // Where any origin may call, none may act with sessions.
    const open = await serveWith(() => ada, { cors: { origins: "*" } });
    expect((await post(open, site("cross-site", "https://app.example"))).status).toBe(403);
    // A token is not sent by a browser on its own.
    const tokens = await serveWith(() => undefined);
    expect(
      (await post(tokens, { ...site("cross-site", "https://evil.example"), authorization: `Bearer ${token}` })).status,
    ).toBe(201);
  });
});

test("the web face takes only what is below the base path", async () => {
  const handler = createHttpHandler(shared.engine, { rateLimit: false });
  for (const path of ["/health", "/apix/health", "/API/health", "/x/api/health"]) {
    expect((await handler(new Request(`http://localhost${path}`))).status).toBe(404);
  }
  expect((await handler(new Request("http://localhost/api/./x/../health"))).status).toBe(200);
});
