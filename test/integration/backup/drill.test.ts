// Drills: a set is really restored, elsewhere; what comes of it is noted, and nothing is left behind.
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ScheduledRun, TenantEngine } from "../../../lib/index.js";
import { openTenant } from "../../support/open-engine.js";
import { tempDirectory } from "../../support/temp-directory.js";
import { turnedClock } from "../../support/turned-clock.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }] } as const;
const noon = Date.UTC(2026, 10, 25, 12);

async function openFleet() {
  const clock = turnedClock(noon);
  const { engine } = await openTenant([notes], { clock });
  for (const name of ["client2", "client3"]) valueOf(await engine.databases.create({ name }));
  for (const name of ["client1", "client2", "client3"]) {
    valueOf(await engine.db(name).collection("notes").create({ title: name }));
  }
  return { clock, engine };
}

const provenOf = async (engine: TenantEngine): Promise<readonly string[]> =>
  valueOf(await engine.backups.list()).flatMap(({ database, provenAt }) => (provenAt === null ? [] : [database]));

describe("a drill", () => {
  it("restores the newest set, notes the date with each backup, and leaves nothing behind", async () => {
    const { clock, engine } = await openFleet();
    refusalOf(await engine.backups.drill(), "backup_not_found");
    const { set } = valueOf(await engine.backups.createAll());
    const scratchDir = await tempDirectory();
    clock.turn(60_000);
    const report = valueOf(await engine.backups.drill({ sample: Infinity, scratchDir }));
    expect(report).toEqual({
      set,
      drilledAt: "2026-11-25T12:01:00.000Z",
      proven: ["client1", "client2", "client3", "default", "stats", "workflows"],
      failed: [],
      total: 6,
    });
    expect(await readdir(scratchDir)).toEqual([]);
    for (const { provenAt, problem } of valueOf(await engine.backups.list())) {
      expect([provenAt, problem]).toEqual([report.drilledAt, null]);
    }
    expect(valueOf(await engine.backups.listSets())).toMatchObject([{ provenAt: report.drilledAt, problem: null }]);
    expect(valueOf(await engine.db("client1").collection("notes").count())).toBe(1);
  });

  it("goes through the fleet, those first that were proven longest ago", async () => {
    const { clock, engine } = await openFleet();
    valueOf(await engine.backups.createAll());
    const seen: string[] = [];
    for (let drill = 0; drill < 5; drill += 1) {
      clock.turn(60_000);
      const { proven } = valueOf(await engine.backups.drill({ sample: 1 }));
      seen.push(...proven.filter((name) => name !== "default"));
    }
    expect(seen.sort()).toEqual(["client1", "client2", "client3", "stats", "workflows"]);
    expect(await provenOf(engine)).toHaveLength(6);
  });

  it("notes what could not be restored, and the next backup of all copies it again", async () => {
    const { engine } = await openFleet();
    valueOf(await engine.backups.createAll());
    const [broken] = valueOf(await engine.backups.list("client2"));
    await appendFile(join(engine.dataDir, "backups", broken!.id, "content"), "x");
    const report = valueOf(await engine.backups.drill({ sample: Infinity }));
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual([["client2", "database_corrupt"]]);
    expect(valueOf(await engine.backups.list("client2"))[0]).toMatchObject({
      provenAt: null,
      problem: expect.any(String),
    });
    expect(valueOf(await engine.backups.listSets())[0]!.provenAt).toBe(null);
    expect(valueOf(await engine.backups.createAll())).toMatchObject({ copied: 1, unchanged: 5 });
  });

  it("is held by a schedule after its backup", async () => {
    const { clock, engine } = await openFleet();
    const runs: ScheduledRun[] = [];
    valueOf(await engine.backups.schedule({ cron: "0 * * * *", drill: true, onRun: (run) => runs.push(run) }));
    clock.turn(3_600_000);
    await expect.poll(() => runs.length, { timeout: 20_000 }).toBe(1);
    expect(runs[0]!.summary).toMatchObject({ outcome: "done", drill: { proven: 6, failed: [] }, error: null });
    expect(await provenOf(engine)).toHaveLength(6);
  });

  it("refuses what is no number or place, and what the disk refuses", async () => {
    const { engine } = await openFleet();
    refusalOf(await engine.backups.drill({ sample: -1 }), "request_invalid");
    refusalOf(await engine.backups.drill({ scratchDir: "" }), "request_invalid");
    valueOf(await engine.backups.createAll());
    refusalOf(await engine.backups.drill({ scratchDir: "/nowhere/at/all" }), "storage_failed");
  });
});
