// Pruning through the engine: what a policy removes from a real store, and what it must never remove.
import { appendFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RetentionPolicy, TenantEngine } from "../../../lib/index.js";
import { openTenant } from "../../support/open-engine.js";
import { setClock } from "../../support/set-clock.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }] } as const;
const dayMs = 86_400_000;

async function openNotes() {
  const clock = setClock(Date.UTC(2026, 0, 5, 3));
  const { engine, db } = await openTenant([notes], { clock });
  const backUp = async (): Promise<string> => {
    valueOf(await db.collection("notes").create({ title: "x" }));
    const { id } = valueOf(await engine.backups.create("client1"));
    clock.ms += dayMs;
    return id;
  };
  return { clock, engine, db, backUp };
}

const idsOf = async (engine: TenantEngine, name?: string): Promise<readonly string[]> =>
  valueOf(await engine.backups.list(name)).map(({ id }) => id);

describe("prune", () => {
  it("removes what the policy does not keep, and tells before what it would", async () => {
    const { engine, backUp } = await openNotes();
    const ids = [await backUp(), await backUp(), await backUp(), await backUp()];
    const policy: RetentionPolicy = { keepLast: 2 };
    const planned = valueOf(await engine.backups.prune(policy, { dryRun: true }));
    expect(planned).toMatchObject({ dryRun: true, removed: ids.slice(0, 2), failed: [], unusable: [], leftovers: [] });
    expect(await idsOf(engine)).toEqual(ids);
    const sizes = valueOf(await engine.backups.list()).map(({ storedBytes }) => storedBytes!);
    const pruned = valueOf(await engine.backups.prune(policy));
    expect(pruned).toMatchObject({ dryRun: false, removed: planned.removed, kept: planned.kept });
    expect(pruned.freedBytes).toBe(sizes[0]! + sizes[1]!);
    expect(await idsOf(engine)).toEqual(ids.slice(2));
    expect((await readdir(join(engine.dataDir, "backups"))).filter((name) => ids.includes(name))).toHaveLength(2);
    expect(valueOf(await engine.backups.prune(policy)).removed).toEqual([]);
  });

  it("keeps the newest and the last proven one whatever the policy says", async () => {
    const { engine, backUp } = await openNotes();
    const ids = [await backUp(), await backUp(), await backUp(), await backUp()];
    valueOf(await engine.backups.verify(ids[0]!));
    valueOf(await engine.backups.verify(ids[1]!));
    const pruned = valueOf(await engine.backups.prune({ keepLast: 1 }));
    expect(pruned.removed).toEqual([ids[0], ids[2]]);
    expect(pruned.kept).toEqual(
      expect.arrayContaining([
        { id: ids[1], reasons: ["proven"] },
        { id: ids[3], reasons: ["last", "newest"] },
      ]),
    );
  });

  it("lets a damaged one neither count nor go", async () => {
    const { engine, backUp } = await openNotes();
    const ids = [await backUp(), await backUp(), await backUp()];
    await appendFile(join(engine.dataDir, "backups", ids[2]!, "content"), "x");
    refusalOf(await engine.backups.verify(ids[2]!), "database_corrupt");
    await writeFile(join(engine.dataDir, "backups", ids[1]!, "manifest.json"), "");
    const pruned = valueOf(await engine.backups.prune({ keepLast: 1 }));
    expect(pruned).toMatchObject({ removed: [], unusable: [ids[1], ids[2]] });
    expect(await idsOf(engine)).toEqual(ids);
  });

  it("keeps what a kept set needs, and lets sets go before their backups", async () => {
    const { clock, engine, db } = await openNotes();
    const write = async (): Promise<void> => void valueOf(await db.collection("notes").create({ title: "x" }));
    const sets: string[] = [];
    for (let day = 0; day < 3; day += 1) {
      await write();
      sets.push(valueOf(await engine.backups.createAll()).set!);
      clock.ms += dayMs;
    }
    // A newer one of each written-to database that no set knows.
    await write();
    valueOf(await engine.backups.create("client1"));
    const [, second, third, alone] = await idsOf(engine, "client1");
    const pruned = valueOf(await engine.backups.prune({ keepLast: 1 }));
    expect(pruned.removed).toEqual(expect.arrayContaining([sets[0], sets[1], second]));
    expect(pruned.removed).not.toContain(third);
    expect(pruned.kept).toEqual(
      expect.arrayContaining([
        { id: third, reasons: ["needed"] },
        { id: alone, reasons: ["last", "newest"] },
      ]),
    );
    const left = valueOf(await engine.backups.listSets());
    expect(left.map(({ id, missing }) => [id, missing])).toEqual([[sets[2], []]]);
  });

  it("does not let sets of some push out sets of all", async () => {
    const { clock, engine } = await openNotes();
    const all = valueOf(await engine.backups.createAll()).set!;
    clock.ms += dayMs;
    const some = valueOf(await engine.backups.createAll({ databases: ["client1"] })).set!;
    valueOf(await engine.backups.prune({ keepLast: 1 }));
    expect(valueOf(await engine.backups.listSets()).map(({ id }) => id)).toEqual([all, some]);
  });

  it("clears what crashed backups have left, once it is old", async () => {
    const { clock, engine, backUp } = await openNotes();
    const id = await backUp();
    const begin = async (at: number, database: string): Promise<string> => {
      const unfinished = `${database}.${at.toString(16).padStart(12, "0")}${"0".repeat(20)}`;
      await mkdir(join(engine.dataDir, "backups", unfinished));
      await writeFile(join(engine.dataDir, "backups", unfinished, "content"), "half");
      return `${unfinished}/content`;
    };
    const [old, young] = [await begin(clock.ms - 8 * dayMs, "client1"), await begin(clock.ms - 6 * dayMs, "client9")];
    expect(valueOf(await engine.backups.prune({ keepLast: 1 }, { dryRun: true })).leftovers).toEqual([old]);
    expect(valueOf(await engine.backups.prune({ keepLast: 1 }))).toMatchObject({ removed: [], leftovers: [old] });
    const left = await readdir(join(engine.dataDir, "backups"));
    expect(left).toEqual(expect.arrayContaining([id, young.split("/")[0]]));
    expect(left).not.toContain(old.split("/")[0]);
  });

  it("refuses a policy that keeps nothing, and options that it does not know", async () => {
    const { engine } = await openNotes();
    refusalOf(await engine.backups.prune({}), "request_invalid");
    refusalOf(await engine.backups.prune({ keepLast: 1 }, { force: true } as never), "request_invalid");
  });
});
