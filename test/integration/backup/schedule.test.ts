// Schedules through the engine: what runs at its moment, what is kept for the next run, what ends with the engine.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine, type BackupStore, type ScheduledRun } from "../../../lib/index.js";
import { createDirectoryStore } from "../../../lib/backup/store/directory-store.js";
import { EngineError } from "../../../lib/base/errors.js";
import { err } from "../../../lib/base/result.js";
import { openTenant } from "../../support/open-engine.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { turnedClock } from "../../support/turned-clock.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }] } as const;
const noon = Date.UTC(2026, 10, 25, 12);
const hourMs = 3_600_000;

describe("a schedule", () => {
  it("backs up all at its moments and lets old ones go", async () => {
    const clock = turnedClock(noon);
    const { engine, db } = await openTenant([notes], { clock });
    const runs: ScheduledRun[] = [];
    const started = valueOf(
      await engine.backups.schedule({
        cron: "0 * * * *",
        policy: { keepLast: 2 },
        onRun: (run) => runs.push(run),
      }),
    );
    expect(started).toEqual({
      name: "default",
      cron: "0 * * * *",
      timezone: "UTC",
      nextRunAt: "2026-11-25T13:00:00.000Z",
      isRunning: false,
      lastRun: null,
      overlaps: 0,
    });
    for (let hour = 1; hour <= 4; hour += 1) {
      valueOf(await db.collection("notes").create({ title: "x" }));
      clock.turn(hourMs);
      await expect.poll(() => runs.length, { timeout: 20_000 }).toBe(hour);
    }
    expect(runs.map(({ summary }) => [summary.outcome, summary.copied, summary.unchanged])).toEqual([
      ["done", 4, 0],
      ["done", 1, 3],
      ["done", 1, 3],
      ["done", 1, 3],
    ]);
    // The third backup pushes out the first set and its copy of client1, and so on.
    expect(runs.map(({ summary }) => summary.removed)).toEqual([0, 0, 2, 2]);
    const sets = valueOf(await engine.backups.listSets());
    expect(sets.map(({ id, missing }) => [id, missing])).toEqual(
      runs.slice(-2).map(({ summary }) => [summary.set, []]),
    );
    const [status] = valueOf(await engine.backups.schedules());
    expect(status).toMatchObject({ name: "default", lastRun: { summary: { outcome: "done" } } });
  });

  it("makes up after a restart for what was missed, once", async () => {
    const dataDir = await tempDirectory();
    const open = async (ms: number) => {
      const clock = turnedClock(ms);
      const engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal", clock }));
      const runs: ScheduledRun[] = [];
      const start = async () =>
        valueOf(await engine.backups.schedule({ cron: "0 3 * * *", name: "nightly", onRun: (run) => runs.push(run) }));
      return { clock, engine, runs, start };
    };
    const first = await open(noon);
    await first.start();
    valueOf(await first.engine.close());
    // Three nights without an engine.
    const second = await open(noon + 72 * hourMs);
    await second.start();
    await expect.poll(() => second.runs.length, { timeout: 20_000 }).toBe(1);
    expect(second.runs[0]).toMatchObject({ schedule: "nightly", startedAt: "2026-11-28T12:00:00.000Z" });
    valueOf(await second.engine.close());
    const third = await open(noon + 73 * hourMs);
    await third.start();
    const [status] = valueOf(await third.engine.backups.schedules());
    expect(status).toMatchObject({ isRunning: false, nextRunAt: "2026-11-29T03:00:00.000Z" });
    expect(status!.lastRun).toMatchObject({ startedAt: "2026-11-28T12:00:00.000Z", summary: { outcome: "done" } });
    expect(third.runs).toEqual([]);
    // Ended for good, it leaves nothing to be made up for.
    expect(valueOf(await third.engine.backups.unschedule("nightly"))).toBe(true);
    expect(valueOf(await third.engine.backups.unschedule("nightly"))).toBe(false);
    valueOf(await third.engine.close());
    const fourth = await open(noon + 500 * hourMs);
    await fourth.start();
    expect(valueOf(await fourth.engine.backups.schedules())[0]).toMatchObject({ isRunning: false, lastRun: null });
    valueOf(await fourth.engine.close());
    // A note that is none is no note.
    await writeFile(join(dataDir, ".backup-schedules.json"), `{"nightly":{"seenUntil":"yesterday"}}`);
    const fifth = await open(noon + 600 * hourMs);
    await fifth.start();
    expect(valueOf(await fifth.engine.backups.schedules())[0]).toMatchObject({ isRunning: false, lastRun: null });
    valueOf(await fifth.engine.close());
  });

  it("is told to end when the engine is closed, in the middle of a run, and makes up for it", async () => {
    const dataDir = await tempDirectory();
    const clock = turnedClock(noon);
    const store = gatedStore(createDirectoryStore({ directory: join(dataDir, "elsewhere") }));
    const settings = { dataDir, durability: "normal", clock, backups: { store } } as const;
    const engine = valueOf(await TenantEngine.open(settings));
    valueOf(await engine.backups.schedule({ cron: "0 * * * *", concurrency: 1 }));
    clock.turn(hourMs);
    await store.reached;
    const closing = engine.close();
    store.open();
    valueOf(await closing);
    const again = valueOf(await TenantEngine.open(settings));
    try {
      expect(valueOf(await again.backups.listSets())).toEqual([]);
      const status = valueOf(await again.backups.schedule({ cron: "0 * * * *" }));
      expect(status).toMatchObject({ isRunning: true, lastRun: { summary: { outcome: "stopped" } } });
      await expect.poll(async () => valueOf(await again.backups.listSets()).length, { timeout: 20_000 }).toBe(1);
    } finally {
      await again.close();
    }
  });

  it("logs what failed and goes on at the next moment", async () => {
    const clock = turnedClock(noon);
    const errors: object[] = [];
    const logger = { debug: noCall, info: noCall, warn: noCall, error: (facts: object) => errors.push(facts) };
    const inner = createDirectoryStore({ directory: join(await tempDirectory(), "backups") });
    let isBroken = true;
    const failure = () => err(new EngineError("storage_failed", {}, { message: "no network" }) as EngineError);
    const store: BackupStore = {
      put: (key, content) => inner.put(key, content),
      replace: (key, content) => inner.replace(key, content),
      get: (key) => inner.get(key),
      delete: (key) => inner.delete(key),
      list: async (prefix) => (isBroken ? failure() : inner.list(prefix)),
    };
    const { engine } = await openTenant([notes], { clock, logger, backups: { store } });
    const runs: ScheduledRun[] = [];
    const onRun = (run: ScheduledRun): void => {
      runs.push(run);
      throw new Error("a listener's bug");
    };
    valueOf(await engine.backups.schedule({ cron: "0 * * * *", onRun }));
    clock.turn(hourMs);
    await expect.poll(() => runs.length).toBe(1);
    expect(runs[0]!.summary).toMatchObject({
      outcome: "failed",
      set: null,
      error: { code: "storage_failed", message: "no network" },
    });
    isBroken = false;
    await expect.poll(async () => valueOf(await engine.backups.schedules())[0]!.isRunning).toBe(false);
    clock.turn(hourMs);
    await expect.poll(() => runs.length, { timeout: 20_000 }).toBe(2);
    expect(runs[1]!.summary).toMatchObject({ outcome: "done", error: null });
    expect(errors.length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ["cron", {}],
    ["cron", { cron: "hourly" }],
    ["timezone", { cron: "0 3 * * *", timezone: "Nowhere" }],
    ["name", { cron: "0 3 * * *", name: "a b" }],
    ["policy", { cron: "0 3 * * *", policy: {} }],
    ["keepLast", { cron: "0 3 * * *", policy: { keepLast: -1 } }],
    ["onRun", { cron: "0 3 * * *", onRun: "log" }],
    ["concurrency", { cron: "0 3 * * *", concurrency: 0 }],
    ["databases", { cron: "0 3 * * *", databases: "all" }],
    ["every", { cron: "0 3 * * *", every: 5 }],
  ])("is refused with the name of what is wrong: %s", async (parameter, options) => {
    const { engine } = await openTenant([]);
    const refused = refusalOf(await engine.backups.schedule(options as never), "request_invalid");
    expect(refused.details.parameter).toBe(parameter);
  });
});

const noCall = (): void => undefined;

/** A store whose first put waits until the test lets it go on. */
function gatedStore(inner: BackupStore): BackupStore & { readonly reached: Promise<void>; open(): void } {
  let open = noCall;
  let tell = noCall;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (tell = resolve));
  return {
    reached,
    open: () => open(),
    async put(key, content) {
      tell();
      await opened;
      return inner.put(key, content);
    },
    replace: (key, content) => inner.replace(key, content),
    get: (key) => inner.get(key),
    list: (prefix) => inner.list(prefix),
    delete: (key) => inner.delete(key),
  };
}
