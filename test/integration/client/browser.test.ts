// The client in a real browser: on the page of the Express example, and by itself in what only a browser does.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import express from "express";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { ClientError, TenantClient } from "../../../adapters/client/index.js";
import { createExpressMiddleware } from "../../../adapters/express/index.js";
import { openBrowser, type OpenBrowser } from "../../support/browser.js";
import { openEngine } from "../../support/open-engine.js";
import { startServer } from "../../support/server-process.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { valueOf } from "../../support/unwrap.js";

const root = resolve(import.meta.dirname, "../../..");

let opened: OpenBrowser | undefined;
beforeAll(async () => {
  opened = await openBrowser();
});
afterAll(() => opened?.close());

interface OpenPage {
  readonly page: Page;
  /** What the page threw and nobody caught. */
  readonly problems: readonly string[];
}

/** A page at an address, closed when the running test is over. */
async function openPage(address: string): Promise<OpenPage> {
  // Without a locale the browser takes the machine's, which may be none.
  const page = await opened!.browser.newPage({ locale: "en-US" });
  onTestFinished(() => page.close());
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(address);
  return { page, problems };
}

test("the page of the Express example signs in and shows the tenant's list, and each tenant only its own", async () => {
  const env = { DATA_DIR: await tempDirectory(), PORT: "0" };
  const server = startServer(["server.js"], { cwd: join(root, "examples/express"), env });
  const [, origin = ""] = await server.line(/^listening on (\S+)/);
  await server.line(/^curl .*notes\/records/);
  const logins = server.lines.flatMap((line) => {
    const [, tenant, body] = /x-dbname: (\S+)'.*-d '(.*)'/.exec(line) ?? [];
    return body === undefined
      ? []
      : [{ tenant: tenant!, ...(JSON.parse(body) as { email: string; password: string }) }];
  });
  expect(logins.map(({ tenant }) => tenant)).toEqual(["acme", "globex"]);

  for (const { tenant, email, password } of logins) {
    const { page, problems } = await openPage(origin);
    await page.fill("[name=tenant]", tenant);
    await page.fill("[name=email]", email);
    await page.fill("[name=password]", "not the password");
    await page.click("#login button");
    await page.waitForSelector("#problem:not(:empty)");
    expect(await page.isVisible("#signed-in")).toBe(false);

    await page.fill("[name=password]", password);
    await page.click("#login button");
    await page.waitForSelector("#signed-in:not([hidden])");
    expect(await page.isVisible("#login")).toBe(false);
    expect(await page.textContent("#who")).toBe(`Ann of ${tenant}: 2 notes`);
    const shown = await page.locator("#notes li").allTextContents();
    expect(shown.sort()).toEqual([`Only ${tenant} sees this`, `Welcome to ${tenant}`]);
    expect(await page.textContent("#problem")).toBe("");

    await page.fill("[name=title]", "<img src=x onerror=alert(1)>");
    await page.click("#add button");
    await page.waitForSelector("#who:has-text('3 notes')");
    expect(await page.locator("#notes li").first().textContent()).toBe("<img src=x onerror=alert(1)>");
    const path = join(process.env["SCREENSHOT_DIR"] ?? (await tempDirectory()), `${tenant}.png`);
    expect((await page.screenshot({ path })).byteLength).toBeGreaterThan(5_000);
    expect(problems).toEqual([]);
  }
  expect(await server.stop()).toBe(0);
});

/** What the bundle puts into a page. */
interface PageGlobals {
  readonly tenantEngine: { readonly TenantClient: typeof TenantClient; readonly ClientError: typeof ClientError };
}

/** An empty page with the client's bundle, beside the API of two tenants: client1 has one post, client2 two. */
async function openBundle(): Promise<{ readonly page: Page; readonly origin: string }> {
  const engine = await openEngine();
  const signedIn = "@request.auth.id != ''";
  valueOf(await engine.collections.create({ name: "users", type: "auth" }));
  const fields = [{ name: "title", type: "text" }] as const;
  valueOf(await engine.collections.create({ name: "posts", fields, listRule: signedIn }));
  for (const [index, name] of ["client1", "client2"].entries()) {
    valueOf(await engine.databases.create({ name }));
    const account = { email: "ada@example.com", password: `password of ${name}` };
    valueOf(await engine.db(name).collection("users").create(account));
    const rows = Array.from({ length: index + 1 }, (_, number) => ({ title: `Post ${number}` }));
    valueOf(await engine.db(name).collection("posts").createMany(rows));
  }
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "tenant-engine/client";', resolveDir: root },
    ...{ bundle: true, write: false, platform: "browser", format: "iife", globalName: "tenantEngine" },
    logLevel: "silent",
  });
  const app = express();
  app.get(
    "/",
    (_request, response) => void response.type("html").send("<!doctype html><script src=/client.js></script>"),
  );
  app.get("/client.js", (_request, response) => void response.type("js").send(outputFiles[0]!.text));
  app.all("/moved/*path", (request, response) => response.redirect(301, request.originalUrl.slice("/moved".length)));
  app.use(createExpressMiddleware(engine, { rateLimit: false }));
  const server = createServer(app);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { page: (await openPage(origin)).page, origin };
}

test("parallel calls all answer, each from its own tenant, and none from a cache", async () => {
  const { page } = await openBundle();
  const counts = await page.evaluate(async () => {
    const { TenantClient } = (globalThis as unknown as PageGlobals).tenantEngine;
    const client = new TenantClient("");
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
  expect(counts).toEqual(Array.from({ length: 40 }, (_, index) => (index % 2) + 1));
});

test("aborts, redirects and other origins end as ClientErrors", async () => {
  const { page, origin } = await openBundle();
  const ends = await page.evaluate(async (own) => {
    const { TenantClient, ClientError } = (globalThis as unknown as PageGlobals).tenantEngine;
    const end = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => "a value",
        (error: unknown) => {
          const { status, code, isAbort } = error as ClientError;
          return [error instanceof ClientError, status, code, isAbort];
        },
      );
    const controller = new AbortController();
    const aborted = end(new TenantClient("").collection("posts").getList(1, 1, { signal: controller.signal }));
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
  }, origin);
  expect(ends).toEqual({
    aborted: [true, 0, "aborted", true],
    // A browser does not say where a redirect leads.
    redirectedWrite: [true, 0, "answer_invalid", false],
    redirectedRead: [true, 401, "unauthenticated", false],
    otherOrigin: [true, 0, "network_failed", false],
    page: [true, 404, "answer_invalid", false],
  });
});
