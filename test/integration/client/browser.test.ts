// The client in a real browser: a page that an Express app serves signs in and shows a tenant's list.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import express from "express";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ClientError, TenantClient } from "../../../adapters/client/index.js";
import { createExpressMiddleware } from "../../../adapters/express/index.js";
import { openBrowser, type OpenBrowser } from "../../support/browser.js";
import { sharedTenant } from "../../support/open-engine.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { valueOf } from "../../support/unwrap.js";

const root = resolve(import.meta.dirname, "../../..");
const signedIn = "@request.auth.id != ''";
const tenant = sharedTenant([
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }] },
  {
    name: "posts",
    fields: [
      { name: "title", type: "text" },
      { name: "published", type: "bool" },
    ],
    ...{ listRule: signedIn, createRule: signedIn },
  },
]);

const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Posts</title>
<h1>Posts</h1>
<form id="sign-in"><input id="tenant"><input id="email"><input id="password" type="password"><button>Sign in</button></form>
<p id="message" role="alert"></p><h2 id="who"></h2><ul id="posts"></ul>
<script type="module" src="/page.js"></script></html>`;

/** What an app would write into its page: signs a tenant's user in and shows the tenant's posts. */
const script = `
import { ClientError, TenantClient } from "tenant-engine/client";

const client = new TenantClient("");
// For the test, which tries more than a page would.
Object.assign(window, { client, TenantClient, ClientError });

const element = (id) => document.getElementById(id);

async function showPosts() {
  element("message").textContent = "";
  element("posts").replaceChildren();
  const name = element("tenant").value;
  try {
    const tenant = client.db(name);
    const { user } = await tenant.auth.login(element("email").value, element("password").value);
    const filter = ["published = {:yes}", { yes: true }];
    const page = await tenant.collection("posts").getList(1, 20, { filter, sort: "title" });
    element("who").textContent = user.name + " of " + name + ": " + page.totalItems + " posts";
    for (const { title } of page.items) {
      element("posts").append(Object.assign(document.createElement("li"), { textContent: title }));
    }
  } catch (error) {
    element("who").textContent = "";
    element("message").textContent = error instanceof ClientError ? error.code + ": " + error.message : String(error);
  }
}

element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  void showPosts();
});
`;

let browser: OpenBrowser | undefined;
let page: Page;
let origin = "";
const problems: string[] = [];
let server: Server | undefined;

beforeAll(async () => {
  const { engine } = tenant;
  valueOf(await engine.databases.create({ name: "client2" }));
  const titles = { client1: ["Apples", "<img src=x onerror=alert(1)>"], client2: ["Zebras", "Yaks", "Newts"] };
  for (const [name, of] of Object.entries(titles)) {
    const account = { email: "ada@example.com", password: `password of ${name}`, name: "Ada" };
    valueOf(await engine.db(name).collection("users").create(account));
    const rows = of.map((title) => ({ title, published: true }));
    valueOf(
      await engine
        .db(name)
        .collection("posts")
        .createMany([...rows, { title: "Draft", published: false }]),
    );
  }
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: root },
    ...{ bundle: true, write: false, platform: "browser", format: "esm", logLevel: "silent" },
  });
  const app = express();
  app.get("/", (_request, response) => void response.type("html").send(html));
  app.get("/page.js", (_request, response) => void response.type("js").send(outputFiles[0]!.text));
  app.all("/moved/*path", (request, response) => response.redirect(301, request.originalUrl.slice("/moved".length)));
  app.use(createExpressMiddleware(engine, { rateLimit: false }));
  const listening = createServer(app);
  server = listening;
  await new Promise<void>((ready) => listening.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;

  browser = await openBrowser();
  // Without a locale the browser takes the machine's, which may be none.
  page = await browser.browser.newPage({ locale: "en-US" });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(origin);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
});

async function signIn(name: string, password = `password of ${name}`): Promise<void> {
  await page.fill("#tenant", name);
  await page.fill("#email", "ada@example.com");
  await page.fill("#password", password);
  await page.click("button");
}

const shown = () => page.locator("#posts li").allTextContents();

test("the page signs in and shows the tenant's list, and each tenant only its own", async () => {
  await signIn("client1");
  await page.waitForSelector("#posts li");
  expect(await page.textContent("#who")).toBe("Ada of client1: 2 posts");
  expect(await shown()).toEqual(["<img src=x onerror=alert(1)>", "Apples"]);
  const screenshot = join(process.env["SCREENSHOT_DIR"] ?? (await tempDirectory()), "posts.png");
  expect((await page.screenshot({ path: screenshot })).byteLength).toBeGreaterThan(5_000);

  await signIn("client2");
  await page.waitForSelector("#who:has-text('client2')");
  expect(await shown()).toEqual(["Newts", "Yaks", "Zebras"]);
});

test("what goes wrong is shown with its code", async () => {
  await signIn("client2", "password of client1");
  await page.waitForSelector("#message:not(:empty)");
  expect(await page.textContent("#message")).toMatch(/^unauthenticated: /);
  expect(await shown()).toEqual([]);
  await signIn("Client 2");
  await page.waitForSelector("#message:has-text('database_name_invalid')");
});

/** What the page's script has put there. */
interface PageGlobals {
  readonly client: TenantClient;
  readonly TenantClient: typeof TenantClient;
  readonly ClientError: typeof ClientError;
}

/** Runs in the page, as the app there would. */
function inPage<T>(work: (own: string) => Promise<T>): Promise<T> {
  return page.evaluate(work, origin);
}

test("parallel calls in a browser all answer, each from its own tenant", async () => {
  const counts = await inPage(async () => {
    const { client } = globalThis as unknown as PageGlobals;
    const tenants = await Promise.all(
      ["client1", "client2"].map(async (name) => {
        const scoped = client.db(name);
        await scoped.auth.login("ada@example.com", `password of ${name}`);
        return scoped.collection("posts");
      }),
    );
    const calls = Array.from({ length: 40 }, (_, index) => tenants[index % 2]!.getList(1, 20));
    return (await Promise.all(calls)).map(({ totalItems }) => totalItems);
  });
  expect(counts).toEqual(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 3 : 4)));
});

test("aborts, redirects and other origins end as ClientErrors", async () => {
  const ends = await inPage(async (own) => {
    const window = globalThis as unknown as PageGlobals;
    const { client, TenantClient } = window;
    const end = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => "a value",
        (error: unknown) => {
          const { status, code, isAbort } = error as ClientError;
          return [error instanceof window.ClientError, status, code, isAbort];
        },
      );
    const controller = new AbortController();
    const aborted = end(client.collection("posts").getList(1, 1, { signal: controller.signal }));
    controller.abort();
    const moved = new TenantClient(`${own}/moved`);
    // The same server under another name is another origin, and it allows none.
    const elsewhere = new TenantClient(own.replace("127.0.0.1", "localhost"));
    return {
      aborted: await aborted,
      redirectedWrite: await end(moved.auth.login("ada@example.com", "x")),
      redirectedRead: await end(moved.auth.me()),
      otherOrigin: await end(elsewhere.auth.login("ada@example.com", "x")),
      page: await end(new TenantClient(own, { basePath: "/" }).settings.databases.list()),
    };
  });
  expect(ends).toEqual({
    aborted: [true, 0, "aborted", true],
    // A browser does not say where a redirect leads.
    redirectedWrite: [true, 0, "answer_invalid", false],
    redirectedRead: [true, 401, "unauthenticated", false],
    otherOrigin: [true, 0, "network_failed", false],
    page: [true, 404, "answer_invalid", false],
  });
});

test("nothing went wrong unseen", () => {
  expect(problems).toEqual([]);
});
