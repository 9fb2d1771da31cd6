// The Next.js example, really built and really started: the engine opens at the first request and never in a build.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startServer } from "../../support/server-process.js";
import { tempDirectory } from "../../support/temp-directory.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const cwd = join(root, "examples/nextjs");
const next = join(root, "node_modules/next/dist/bin/next");
const quiet = { NEXT_TELEMETRY_DISABLED: "1", CI: "1" };
const superuser = { SUPERUSER_EMAIL: "admin@example.com", SUPERUSER_PASSWORD: "a password for tests" };

const run = promisify(execFile);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of many shapes, each asserted where it is used
type JsonAnswer = any;

/** Rejects, with what it printed, when the build fails. */
const build = (dataDir: string) =>
  run(process.execPath, [next, "build"], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...quiet, DATA_DIR: dataDir },
  });

async function startNext(dataDir: string) {
  const server = startServer([next, "start", "-p", "0"], { cwd, env: { ...quiet, ...superuser, DATA_DIR: dataDir } });
  const origin = (await server.line(/Local:\s+(http:\/\/localhost:\d+)/))[1]!;
  await server.line(/Ready/);
  return { server, origin };
}

describe("examples/nextjs", () => {
  const untouched = join(tmpdir(), `never-made-${process.pid}`);
  beforeAll(() => build(untouched));

  test("a build opens no engine", () => {
    expect(existsSync(untouched)).toBe(false);
  });

  test("serves the API and the page from one engine, also while it is built again", async () => {
    const dataDir = join(await tempDirectory(), "data");
    const { server, origin } = await startNext(dataDir);
    expect(existsSync(dataDir)).toBe(false);

    const signedIn = await fetch(`${origin}/api/collections/_superusers/auth-with-password`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ identity: superuser.SUPERUSER_EMAIL, password: superuser.SUPERUSER_PASSWORD }),
    });
    expect(signedIn.status).toBe(200);
    const { token } = (await signedIn.json()) as { token: string };
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const ask = async (
      method: string,
      path: string,
      more: Record<string, string> = {},
      body?: unknown,
    ): Promise<{ status: number; body: JsonAnswer }> => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${origin}${path}`, { method, headers: { ...headers, ...more }, ...sent });
      return { status: response.status, body: response.status === 204 ? null : await response.json() };
    };

    for (const name of ["client1", "client2"]) {
      expect(await ask("POST", "/api/databases", {}, { name })).toMatchObject({ status: 201, body: { name } });
    }
    const records = "/api/collections/posts/records";
    const made = await ask("POST", records, { "x-dbname": "client1" }, { title: "Hello" });
    expect(made.body).toMatchObject({ title: "Hello", collectionName: "posts" });
    const path = `${records}/${made.body.id}`;
    expect(await ask("PATCH", path, { "x-dbname": "client1" }, { title: "Hello again" })).toMatchObject({
      status: 200,
    });
    expect(await ask("GET", path, { "x-dbname": "client2" })).toMatchObject({ status: 404 });
    expect(await ask("GET", records, { "x-dbname": "client1" })).toMatchObject({ body: { totalItems: 1 } });
    expect(await ask("GET", records, { "x-dbname": "client1, client2" })).toMatchObject({ status: 400 });

    // The page's server component uses the engine that the API has opened: a second one could not take the directory.
    const page = await (await fetch(origin)).text();
    expect(page).toContain("client1");
    expect(page).toContain("client2");

    await build(dataDir);
    expect(await ask("GET", records, { "x-dbname": "client1" })).toMatchObject({ body: { totalItems: 1 } });
    expect(await ask("DELETE", path, { "x-dbname": "client1" })).toMatchObject({ status: 204 });
    await server.stop();
    expect((await readdir(dataDir)).filter((name) => name.endsWith(".db")).sort()).toEqual([
      "client1.db",
      "client2.db",
      "default.db",
      "stats.db",
      "workflows.db",
    ]);
  });

  test("keeps its engine when its modules are loaded anew in development", async () => {
    // A copy that may be edited; inside the repository, where the packages are found.
    await mkdir(join(root, ".cache"), { recursive: true });
    const copy = await mkdtemp(join(root, ".cache/nextjs-"));
    onTestFinished(() => rm(copy, { recursive: true, force: true }));
    await cp(cwd, copy, { recursive: true, filter: (path) => !/\.next|data$/.test(path) });
    const dataDir = join(copy, "data");
    const server = startServer([next, "dev", "-p", "0"], {
      cwd: copy,
      env: { ...quiet, ...superuser, DATA_DIR: dataDir },
    });
    const origin = (await server.line(/Local:\s+(http:\/\/localhost:\d+)/))[1]!;
    const health = async () => (await fetch(`${origin}/api/health`)).status;
    expect(await health()).toBe(200);
    for (const file of ["lib/engine.js", "app/api/[...path]/route.js"]) {
      await appendFile(join(copy, file), "\nexport const edited = true;\n");
      // A second engine on the same directory would be refused.
      expect([await health(), await health()]).toEqual([200, 200]);
      expect((await fetch(origin)).status).toBe(200);
    }
    await server.stop();
  });
});
