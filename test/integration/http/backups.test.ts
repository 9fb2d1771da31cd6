// Backups over HTTP: made, listed, taken elsewhere as streams, restored and removed, by superusers alone.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { TenantClient } from "../../../adapters/client/index.js";
import { openFace, type FaceName, type HttpFace } from "../../support/http-faces.js";
import { sharedTenant } from "../../support/open-engine.js";
import { valueOf } from "../../support/unwrap.js";

const shared = sharedTenant([
  { name: "users", type: "auth", fields: [] },
  { name: "notes", fields: [{ name: "title", type: "text", required: true }] },
]);
const tokens = { root: "", ada: "" };
const password = "correct horse battery";
// Longer than one piece of any stream on the way.
const text = "0123456789abcdef".repeat(20_000);

beforeAll(async () => {
  const { engine, db } = shared;
  valueOf(await engine.superusers.create({ email: "root@example.com", password }));
  const root = await engine.db().auth.login("root@example.com", password, { collection: "_superusers" });
  tokens.root = valueOf(root).token;
  tokens.ada = valueOf(await db.auth.register({ email: "ada@example.com", password })).token;
});

const faces: readonly FaceName[] = ["fetch", "node:http", "express", "koa", "next"];
const as = (who: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[who]}` });

/** A database of its own with one note, and a backup of it. */
async function tenantWithBackup(face: HttpFace, name: string) {
  valueOf(await shared.engine.databases.create({ name }));
  const notes = shared.engine.db(name).collection("notes");
  valueOf(await notes.create({ title: text.slice(0, 5_000) }));
  const made = await face.ask({ method: "POST", path: "/api/backups", headers: as("root"), body: { database: name } });
  expect(made.status).toBe(201);
  return { notes, backup: made.body as { readonly id: string; readonly storedBytes: number } };
}

const contentOf = (id: string): string => join(shared.engine.dataDir, "backups", id, "content");

describe.each(faces)("%s", (name) => {
  const tenant = `of-${name.replaceAll(/[^a-z0-9]+/g, "-")}`;

  test("a backup is made, listed, downloaded, restored and removed", async () => {
    const face = await openFace(name, shared.engine);
    const { notes, backup } = await tenantWithBackup(face, tenant);
    expect(backup).toMatchObject({ database: tenant, status: "ready", provenAt: null });

    const listed = await face.ask({ path: `/api/backups?database=${tenant}`, headers: as("root") });
    expect(listed).toMatchObject({ status: 200, body: [backup] });
    const path = `/api/backups/${backup.id}`;

    const kept = await readFile(contentOf(backup.id));
    const download = await face.send({ path, headers: as("root") });
    expect(download.status).toBe(200);
    expect(Buffer.from(await download.arrayBuffer()).equals(kept)).toBe(true);
    expect(Object.fromEntries(download.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": String(backup.storedBytes),
      "content-disposition": `attachment; filename="${backup.id}.backup"`,
      "repr-digest": `sha-256=:${createHash("sha256").update(kept).digest("base64")}:`,
      "cache-control": "no-store",
    });
    const head = await face.ask({ method: "HEAD", path, headers: as("root") });
    expect([head.status, head.headers.get("content-length"), head.text]).toEqual([200, String(kept.length), ""]);

    valueOf(await notes.create({ title: "after the backup" }));
    const restore = { method: "POST", path: `${path}/restore`, headers: as("root") };
    const copied = await face.ask({ ...restore, body: { as: `${tenant}-copy` } });
    expect(copied).toMatchObject({ status: 200, body: { database: `${tenant}-copy`, replaced: null } });
    expect(valueOf(await shared.engine.db(`${tenant}-copy`).collection("notes").count())).toBe(1);
    expect(valueOf(await notes.count())).toBe(2);
    const restored = await face.ask({ ...restore, body: {} });
    expect(restored).toMatchObject({ status: 200, body: { database: tenant } });
    expect(valueOf(await shared.engine.db(tenant).collection("notes").count())).toBe(1);

    expect(await face.ask({ method: "DELETE", path, headers: as("root") })).toMatchObject({ status: 204, text: "" });
    for (const method of ["GET", "DELETE"]) {
      const gone = await face.ask({ method, path, headers: as("root") });
      expect(gone).toMatchObject({ status: 404, body: { code: "backup_not_found" } });
    }
  });

  test("content that is damaged never arrives as a whole one", async () => {
    const face = await openFace(name, shared.engine);
    const { backup } = await tenantWithBackup(face, `${tenant}-damaged`);
    const bytes = await readFile(contentOf(backup.id));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(contentOf(backup.id), bytes);
    // Whether the connection is cut before the head or after it depends on how many pieces there are.
    const download = async () =>
      (await face.send({ path: `/api/backups/${backup.id}`, headers: as("root") })).arrayBuffer();
    await expect(download()).rejects.toThrow();
    const health = await face.ask({ path: "/api/health" });
    expect(health.status).toBe(200);
  });
});

describe("who may", () => {
  const calls = (id: string) =>
    [
      { path: "/api/backups" },
      { method: "POST", path: "/api/backups", body: { database: "client1" } },
      { path: `/api/backups/${id}` },
      { method: "POST", path: `/api/backups/${id}/restore`, body: {} },
      { method: "DELETE", path: `/api/backups/${id}` },
    ] as const;

  test("neither guests nor users of any tenant", async () => {
    const face = await openFace("node:http", shared.engine);
    const { backup } = await tenantWithBackup(face, "guarded");
    for (const call of calls(backup.id)) {
      expect(await face.ask(call)).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
      for (const database of ["client1", "guarded", "default"]) {
        const answer = await face.ask({ ...call, headers: { ...as("ada"), "x-dbname": database } });
        expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
        expect(answer.text).not.toContain(backup.id);
      }
    }
    expect(valueOf(await shared.engine.backups.list("guarded"))).toHaveLength(1);
  });

  test("what is wrong is told", async () => {
    const face = await openFace("node:http", shared.engine);
    const ask = (method: string, path: string, body?: unknown) =>
      face.ask({ method, path, headers: as("root"), ...(body === undefined ? {} : { body }) });
    const { backup } = await tenantWithBackup(face, "asked-wrongly");
    const wrong = [
      [await ask("POST", "/api/backups", { database: "no-such" }), 404, "database_not_found"],
      [await ask("POST", "/api/backups", { database: "../etc" }), 400, "database_name_invalid"],
      [await ask("POST", "/api/backups", {}), 400, "request_invalid"],
      [await ask("POST", "/api/backups", { database: 7 }), 400, "request_invalid"],
      [await ask("POST", "/api/backups", { database: "client1", name: "x" }), 400, "request_invalid"],
      [await ask("GET", "/api/backups?database=A"), 400, "database_name_invalid"],
      [await ask("GET", "/api/backups/..%2f..%2fetc%2fpasswd"), 404, "backup_not_found"],
      [await ask("POST", `/api/backups/${backup.id}/restore`, { as: "client1" }), 409, "database_exists"],
      [await ask("POST", `/api/backups/${backup.id}/restore`, { as: "default" }), 403, "database_reserved"],
      [await ask("POST", `/api/backups/${backup.id}/restore`, { into: "x" }), 400, "request_invalid"],
      [await ask("POST", `/api/backups/${backup.id}/restore`), 400, "request_invalid"],
      [await ask("POST", `/api/backups/${backup.id}x/restore`, {}), 404, "backup_not_found"],
    ] as const;
    for (const [{ status, body }, wanted, code] of wrong) expect([status, body.code]).toEqual([wanted, code]);
  });
});

test("the client makes, lists, fetches, restores and removes backups", async () => {
  const face = await openFace("node:http", shared.engine);
  valueOf(await shared.engine.databases.create({ name: "by-client" }));
  const { backups } = new TenantClient(face.origin!, { token: tokens.root }).settings;
  const made = await backups.create("by-client");
  expect(await backups.list({ database: "by-client" })).toEqual([made]);
  const download = await backups.download(made.id);
  expect(Buffer.from(await download.arrayBuffer()).equals(await readFile(contentOf(made.id)))).toBe(true);
  expect(await backups.restore(made.id, { as: "by-client-2" })).toMatchObject({ database: "by-client-2" });
  expect(await backups.restore(made.id)).toMatchObject({ database: "by-client" });
  expect(await backups.delete(made.id)).toBe(true);
  await expect(backups.download(made.id)).rejects.toMatchObject({ status: 404, code: "backup_not_found" });
});
