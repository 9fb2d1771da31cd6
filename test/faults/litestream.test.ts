// Continuous replication by the real Litestream: the machine dies with everything on its disk, and what the replica gives
// back is a beginning without holes that lacks two seconds of acknowledged writes at most.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { TenantEngine } from "../../lib/index.js";
import { startChild } from "../support/child-process.js";
import { openTenant } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";
import type { LitestreamInput, LitestreamMessage } from "./litestream-messages.js";

// The package's own command is a wrapper that always ends with 0, and whose child outlives it.
const binary = fileURLToPath(new URL("../../node_modules/@flydotio/litestream-linux-x64/litestream", import.meta.url));
const run = promisify(execFile);
// One second of Litestream's watching and one of its sending, by its defaults.
const mostLostMs = 2_000;

function startLitestream(config: string): ChildProcess {
  if (!existsSync(binary)) throw new Error(`Litestream's binary exists for Linux on x64 alone; ${binary} is missing.`);
  const child = spawn(binary, ["replicate", "-config", config], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

it("loses two seconds of acknowledged writes at most, and leaves no holes", { timeout: 300_000 }, async () => {
  const root = await tempDirectory();
  const dataDir = join(root, "data");
  const names = ["client1", "client2"];
  const child = startChild<LitestreamMessage>("litestream-child", { dataDir, names } satisfies LitestreamInput);
  const { config } = await child.first("ready");
  const configFile = join(root, "litestream.yml");
  await writeFile(configFile, config);
  expect(config).not.toContain("workflows.db");
  const litestream = startLitestream(configFile);
  // It has begun with each database, and then writes go on for some of its turns.
  for (const name of [...names, "default"]) {
    await expect
      .poll(() => existsSync(join(`${dataDir}-replica`, name, "generations")), { timeout: 60_000 })
      .toBe(true);
  }
  const begun = child.said.length;
  let left = 400;
  await child.until((message) => child.said.length > begun && message.kind === "written" && (left -= 1) === 0);

  litestream.kill("SIGKILL");
  await child.kill();
  await rm(dataDir, { recursive: true });
  const written = child.said.filter((message) => message.kind === "written");
  const lastAt = Math.max(...written.map(({ at }) => at));

  const restoredDir = join(root, "restored");
  await mkdir(restoredDir, { mode: 0o700 });
  for (const name of [...names, "default", "stats"]) {
    const target = join(restoredDir, `${name}.db`);
    await run(binary, ["restore", "-config", configFile, "-o", target, join(dataDir, `${name}.db`)]);
  }
  const engine = valueOf(await TenantEngine.open({ dataDir: restoredDir }));
  onTestFinished(async () => void (await engine.close()));
  expect(valueOf(await engine.databases.list()).map(({ name, status }) => [name, status])).toEqual(
    ["default", "stats", "workflows", ...names].map((name) => [name, "ready"]),
  );
  for (const name of names) {
    const numbers: number[] = [];
    for await (const line of engine.db(name).collection<{ number: number }>("lines").iterate()) {
      numbers.push(valueOf(line).number);
    }
    numbers.sort((a, b) => a - b);
    // A beginning: 1, 2, 3 and so on, without a hole.
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    const lost = written.filter(({ database, number }) => database === name && number > numbers.length);
    const lostMs = lost.length === 0 ? 0 : lastAt - lost[0]!.at;
    console.log(`${name}: ${numbers.length} rows back, ${lost.length} acknowledged ones of the last ${lostMs} ms lost`);
    expect(lostMs).toBeLessThanOrEqual(mostLostMs);
    // Nothing was lost before the replica had begun.
    expect(numbers.length).toBeGreaterThan(0);
  }
  // Litestream's own tables stay hidden: in the schema, and in a backup that goes back.
  const made = valueOf(await engine.backups.create("client1"));
  expect(
    Object.keys(valueOf(await engine.backups.verify(made.id)).rows).filter((table) => /litestream/.test(table)),
  ).toEqual([]);
  valueOf(await engine.backups.restore(made.id, { as: "client1-copy" }));
  refusalOf(await engine.db("client1").collection("_litestream_seq").count(), "collection_not_found");
});

it(
  "its folders and tables are nobody's database, and a new database comes with the next start",
  { timeout: 120_000 },
  async () => {
    const { engine } = await openTenant([{ name: "lines", fields: [{ name: "number", type: "number" }] }], {
      litestream: true,
    });
    const replica = { type: "file", path: join(await tempDirectory(), "replica") } as const;
    const configFile = join(await tempDirectory(), "litestream.yml");
    const start = async (): Promise<ChildProcess> => {
      await writeFile(configFile, valueOf(await engine.backups.litestreamConfig({ replica })));
      return startLitestream(configFile);
    };
    const isReplicated = (name: string) => existsSync(join(replica.path, name, "generations"));
    const first = await start();
    await expect.poll(() => isReplicated("client1"), { timeout: 60_000 }).toBe(true);
    valueOf(await engine.databases.create({ name: "client2" }));
    valueOf(await engine.db("client2").collection("lines").create({ number: 1 }));
    const ended = new Promise((resolve) => first.once("exit", resolve));
    first.kill("SIGTERM");
    await ended;
    await start();
    await expect.poll(() => isReplicated("client2"), { timeout: 60_000 }).toBe(true);
    expect(await readdir(engine.dataDir)).toContain(".client1.db-litestream");
    expect(valueOf(await engine.databases.list()).map(({ name }) => name)).toEqual([
      "default",
      "stats",
      "workflows",
      "client1",
      "client2",
    ]);
  },
);

it("a database goes back to a moment, or to the nearest that the replica has", { timeout: 120_000 }, async () => {
  const { engine, db } = await openTenant([{ name: "lines", fields: [{ name: "number", type: "number" }] }], {
    litestream: true,
  });
  const replica = { type: "file", path: join(await tempDirectory(), "replica") } as const;
  const config = join(await tempDirectory(), "litestream.yml");
  await writeFile(config, valueOf(await engine.backups.litestreamConfig({ replica })));
  valueOf(await db.collection("lines").create({ number: 1 }));
  startLitestream(config);
  const program = binary;
  const restore = (more: object) => engine.backups.restoreFromReplica("client1", { config, program, ...more });
  const has = async (number: number, as: string): Promise<boolean> => {
    const restored = await restore({ as });
    if (restored.isErr()) return false;
    const found = await engine.db(as).collection("lines").getFirst(["number = {:number}", { number }]);
    valueOf(await engine.databases.delete(as));
    return found.isOk();
  };
  await expect.poll(() => has(1, "look"), { timeout: 60_000 }).toBe(true);
  const between = new Date().toISOString();
  // Litestream tells whole seconds: the next write is in a later one.
  await expect.poll(() => Date.now() > Date.parse(between) + 2_000, { timeout: 10_000 }).toBe(true);
  valueOf(await db.collection("lines").create({ number: 2 }));
  await expect.poll(() => has(2, "look"), { timeout: 60_000 }).toBe(true);

  // Tomorrow: nothing is there yet, so it is the newest state, and it says so.
  const tomorrow = valueOf(await restore({ at: new Date(Date.now() + 86_400_000).toISOString(), as: "newest" }));
  expect(tomorrow).toMatchObject({ database: "newest", isClamped: true, replaced: null });
  expect(valueOf(await engine.db("newest").collection("lines").count())).toBe(2);
  const back = valueOf(await restore({ at: between }));
  expect(back).toMatchObject({ database: "client1", isClamped: false });
  expect(back.replaced).not.toBe(null);
  const lines = valueOf(await engine.db("client1").collection<{ number: number }>("lines").getList()).items;
  expect(lines.map(({ number }) => number)).toEqual([1]);

  refusalOf(await restore({ at: "2020-01-01T00:00:00Z", as: "older" }), "backup_not_found");
  refusalOf(await restore({ at: "yesterday" }), "request_invalid");
  refusalOf(await restore({ as: "newest" }), "database_exists");
  refusalOf(await restore({ as: "other", program: "/nowhere/litestream" }), "storage_failed");
  refusalOf(await restore({ as: "other", config: "/nowhere/litestream.yml" }), "storage_failed");
  refusalOf(await engine.backups.restoreFromReplica("default", { config, program }), "database_reserved");
});

it("its configuration is refused with the name of what is wrong", async () => {
  const { engine } = await openTenant([]);
  for (const [parameter, options] of [
    ["replica", {}],
    ["replica", { replica: { type: "ftp", path: "/x" } }],
    ["replica", { replica: { type: "s3" } }],
    ["replica.path", { replica: { type: "file", path: "/x/$HOME" } }],
    ["syncIntervalMs", { replica: { type: "file", path: "/x" }, syncIntervalMs: 5 }],
    ["retentionHours", { replica: { type: "file", path: "/x" }, retentionHours: 0 }],
  ] as const) {
    const refused = refusalOf(await engine.backups.litestreamConfig(options as never), "request_invalid");
    expect(refused.details.parameter).toBe(parameter);
  }
  const s3 = { type: "s3", bucket: "acme", path: "production/", region: "eu-central-1" } as const;
  const config = valueOf(await engine.backups.litestreamConfig({ replica: s3 }));
  expect(config).toContain(
    '        bucket: "acme"\n        path: "production/client1"\n        region: "eu-central-1"\n',
  );
});
