// The examples as a stranger starts them: real processes, whose printed curl lines are run as they stand.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { startServer } from "../../support/server-process.js";
import { tempDirectory } from "../../support/temp-directory.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const example = (name: string): string => join(root, "examples", name);
const run = promisify(execFile);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of many shapes, each asserted where it is used
type JsonAnswer = any;

/** Runs a line as a shell does; gives the parsed answer. */
async function curl(line: string, env: Record<string, string> = {}): Promise<JsonAnswer> {
  const { stdout } = await run("bash", ["-c", line], { env: { PATH: process.env["PATH"], ...env } });
  return JSON.parse(stdout);
}

const start = async (name: string) =>
  startServer(["server.js"], { cwd: example(name), env: { DATA_DIR: await tempDirectory(), PORT: "0" } });

describe("examples/express", () => {
  test("signs a tenant's user in, shows his notes alone, and serves its page", async () => {
    const server = await start("express");
    const origin = (await server.line(/^listening on (\S+)/))[1]!;
    await server.line(/^curl .*notes\/records/);
    const logins = server.lines.filter((line) => line.includes("/api/auth/login"));
    expect(logins).toHaveLength(2);
    const list = server.lines.find((line) => line.includes("/notes/records"))!;

    for (const [at, tenant] of ["acme", "globex"].entries()) {
      const { token, user } = await curl(logins[at]!);
      expect(user).toMatchObject({ email: `ann@${tenant}.example`, name: "Ann" });
      const page = await curl(list, { TOKEN: token });
      expect(page).toMatchObject({ page: 1, totalItems: 2 });
      for (const { owner, title } of page.items) {
        expect(owner).toBe(user.id);
        expect(title).toContain(tenant);
      }
      const elsewhere = await curl(`${list} -H 'x-dbname: ${tenant === "acme" ? "globex" : "acme"}'`, { TOKEN: token });
      expect(elsewhere).toMatchObject({ status: 403, code: "forbidden" });
    }

    const page = await fetch(origin);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const script = await fetch(`${origin}/page.js`);
    expect(script.status).toBe(200);
    expect(await script.text()).toContain("x-dbname");
    expect(await server.stop()).toBe(0);
    expect((await server.ended).stderr).toBe("");
  });

  test("starts again on its own data, and says so when the port is taken", async () => {
    const env = { DATA_DIR: await tempDirectory(), PORT: "0" };
    const first = startServer(["server.js"], { cwd: example("express"), env });
    const origin = (await first.line(/^listening on (\S+)/))[1]!;
    const other = { DATA_DIR: await tempDirectory(), PORT: new URL(origin).port };
    const second = startServer(["server.js"], { cwd: example("express"), env: other });
    expect(await second.ended).toMatchObject({ code: 1, stderr: expect.stringContaining("Set PORT") });
    expect(await first.stop("SIGINT")).toBe(0);

    const again = startServer(["server.js"], { cwd: example("express"), env });
    await again.line(/^curl .*notes\/records/);
    // The passwords of the first start cannot be told again.
    expect(again.lines.filter((line) => line.includes("/api/auth/login"))).toEqual([]);
    expect(await again.stop()).toBe(0);
  });
});

describe("examples/koa", () => {
  test("reads each tenant's own announcement and leaves the app's middleware alone", async () => {
    const server = await start("koa");
    const origin = (await server.line(/^listening on (\S+)/))[1]!;
    await server.line(/x-dbname: globex/);
    const lines = server.lines.filter((line) => line.startsWith("curl"));
    for (const [at, tenant] of ["acme", "globex"].entries()) {
      const page = await curl(lines[at]!);
      expect(page.items.map(({ text }: { text: string }) => text)).toEqual([`Hello ${tenant}`]);
    }
    const own = await fetch(`${origin}/`);
    expect(await own.text()).toBe("The API is below /api.\n");
    const health = await fetch(`${origin}/api/health`);
    expect(health.status).toBe(200);
    expect(health.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await server.stop()).toBe(0);
  });
});

describe("examples/saas", () => {
  test("registers two tenants, signs in, and shows that nothing crosses", async () => {
    const script = startServer(["main.js"], { cwd: example("saas"), env: { DATA_DIR: await tempDirectory() } });
    expect(await script.ended).toEqual({ code: 0, stderr: "" });
    const { lines } = script;
    for (const subdomain of ["acme", "globex"]) {
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^${subdomain}: registered, its data are in [0-9a-f]{32}\\.db$`)),
      );
      expect(lines).toContain(
        `${subdomain}: owner@${subdomain}.example signed in and reads 1 post: Only for ${subdomain}`,
      );
      expect(lines).toContain(`${subdomain}: asked for default: 403 forbidden`);
    }
    // The second tenant asks for the database of the first as well.
    expect(lines.filter((line) => /^globex: asked for [0-9a-f]{32}: 403 forbidden$/.test(line))).toHaveLength(1);
    expect(lines).toContain("a second acme: 409 unique_violation");
  });
});

describe("npm start", () => {
  test("ends with a server on the tour's data, whose curl lines work", async () => {
    const tour = startServer([join(root, "dist/examples/tour/tour.js")], {
      cwd: root,
      env: { DATA_DIR: join(await tempDirectory(), "data"), PORT: "0" },
    });
    await tour.line(/Ctrl-C ends the server/);
    const films = tour.lines.filter((line) => line.startsWith("curl") && line.includes("/films/records"));
    expect(films).toHaveLength(3);
    const [north, south] = [await curl(films[0]!), await curl(films[1]!)];
    expect(north.items).toHaveLength(3);
    expect(south.items).toHaveLength(3);
    expect(north.totalItems).toBeGreaterThan(3);
    expect(north.items).not.toEqual(south.items);
    expect(await curl(films[2]!)).toMatchObject({ status: 403, code: "forbidden" });
    const databases = await curl(tour.lines.find((line) => line.includes("/api/databases "))!);
    expect(databases.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["default", "archive-north", "archive-south"]),
    );
    expect(await tour.stop()).toBe(0);
  });
});
