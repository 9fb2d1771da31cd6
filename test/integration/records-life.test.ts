// A record's life: made alone or by the thousand, changed, deleted softly or for good; the times that it carries.
import { describe, expect, it } from "vitest";
import type { Progress } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { setClock } from "../support/set-clock.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = {
  name: "notes",
  fields: [
    { name: "title", type: "text" },
    { name: "code", type: "text", unique: true },
  ],
} as const;

const isAscending = (texts: readonly string[]): boolean =>
  texts.every((text, at) => at === 0 || text > (texts[at - 1] ?? ""));

describe("createMany", () => {
  it.each([0, 1, 9, 10, 99, 100, 101, 999, 10_000])("makes %d records in the order of the rows", async (count) => {
    const { db } = await openTenant([notes]);
    const rows = Array.from({ length: count }, (_, at) => ({ title: `t${at}`, code: `c${at}` }));
    const made = valueOf(await db.collection<{ title: string }>("notes").createMany(rows));
    expect(made.map(({ title }) => title)).toEqual(rows.map(({ title }) => title));
    expect(isAscending(made.map(({ id }) => id))).toBe(true);
    expect(valueOf(await db.collection("notes").count())).toBe(count);
    const sample = made[Math.floor(count / 2)];
    if (sample) expect(valueOf(await db.collection("notes").getOne(sample.id))).toEqual(sample);
  });

  it("makes none when one row is wrong, and names it", async () => {
    const { db } = await openTenant([notes]);
    const own = db.collection("notes");
    valueOf(await own.create({ code: "taken" }));
    const rows = Array.from({ length: 2_000 }, (_, at) => ({ title: "t", code: `c${at}` }));
    const withOne = (at: number, row: object): object[] => rows.map((other, index) => (index === at ? row : other));
    for (const at of [0, 1, 105, 1_500, 1_999]) {
      const clash = refusalOf(await own.createMany(withOne(at, { code: "taken" })), "unique_violation");
      expect(clash.details).toEqual({ collection: "notes", fields: ["code"], row: at });
      expect(clash.message).toContain(`Row ${at}`);
      const wrong = refusalOf(await own.createMany(withOne(at, { title: 7 })), "validation_failed");
      expect(wrong.details.row).toBe(at);
    }
    const twice = refusalOf(await own.createMany(withOne(1_000, { code: "c3" })), "unique_violation");
    expect(twice.details.row).toBe(1_000);
    expect(valueOf(await own.count())).toBe(1);
  });

  it("tells how far it is", async () => {
    const { db } = await openTenant([notes]);
    const told: Progress[] = [];
    const rows = Array.from({ length: 1_234 }, () => ({ title: "t" }));
    valueOf(await db.collection("notes").createMany(rows, { onProgress: (progress) => void told.push(progress) }));
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(({ done }) => done)).toEqual([...told.map(({ done }) => done)].sort((a, b) => a - b));
    expect(told.at(-1)).toEqual({ done: 1_234, total: 1_234, failed: 0, current: "notes" });
  });
});

describe("times and ids", () => {
  it("are the clock's, and an update moves only updated", async () => {
    const clock = setClock(Date.UTC(2024, 1, 29, 12, 0, 0, 5));
    const { db } = await openTenant([notes], { clock });
    const made = valueOf(await db.collection("notes").create({ title: "a" }));
    expect(made.created).toBe("2024-02-29T12:00:00.005Z");
    expect(made.updated).toBe(made.created);
    clock.ms += 1_000;
    const changed = valueOf(await db.collection("notes").update(made.id, { title: "b" }));
    expect(changed).toEqual({ ...made, title: "b", updated: "2024-02-29T12:00:01.005Z" });
  });

  it("updated grows with every change, also when the clock stands still or goes back", async () => {
    const clock = setClock();
    const { db } = await openTenant([notes], { clock });
    const own = db.collection("notes");
    const { id, updated } = valueOf(await own.create({ title: "a" }));
    const seen = [updated];
    for (const step of [0, 0, -60_000, -1, 0, 1, 120_000, 0]) {
      clock.ms += step;
      seen.push(valueOf(await own.update(id, {})).updated);
    }
    expect(isAscending(seen)).toBe(true);
    const [first] = valueOf(await db.transaction(async (tx) => [await tx.collection("notes").update(id, {})] as const));
    expect(valueOf(first).updated > (seen.at(-1) ?? "")).toBe(true);
  });

  it("ids stay in the order of making when the clock goes back", async () => {
    const clock = setClock();
    const { db } = await openTenant([notes], { clock });
    const ids: string[] = [];
    for (const step of [0, 0, -86_400_000, 5, 86_400_000]) {
      clock.ms += step;
      ids.push(valueOf(await db.collection("notes").create({})).id);
    }
    expect(isAscending(ids)).toBe(true);
    expect(valueOf(await db.collection("notes").getList()).items.map(({ id }) => id)).toEqual(ids);
  });
});

describe("softDelete", () => {
  const soft = { ...notes, softDelete: true } as const;

  it("hides a record from every read, and shows it to those who ask", async () => {
    const clock = setClock();
    const { db } = await openTenant([soft], { clock });
    const own = db.collection("notes");
    const [kept, gone] = valueOf(await own.createMany([{ title: "kept" }, { title: "gone" }]));
    if (!kept || !gone) throw new Error("two were made");
    expect(gone.deleted).toBeNull();
    clock.ms += 1_000;
    valueOf(await own.delete(gone.id));

    refusalOf(await own.getOne(gone.id), "record_not_found");
    refusalOf(await own.getFirst("title = 'gone'"), "record_not_found");
    refusalOf(await own.update(gone.id, { title: "x" }), "record_not_found");
    refusalOf(await own.delete(gone.id), "record_not_found");
    expect(valueOf(await own.count())).toBe(1);
    expect(valueOf(await own.getList()).items).toEqual([kept]);
    expect(valueOf(await own.getList(1, 5, { cursor: "" })).items).toEqual([kept]);
    expect(valueOf(await own.getList(1, 5, { filter: "deleted != null" })).items).toEqual([]);

    const shown = { ...gone, deleted: "2024-02-29T12:00:01.000Z" };
    expect(valueOf(await own.getOne(gone.id, { includeDeleted: true }))).toMatchObject({
      id: gone.id,
      deleted: shown.deleted,
    });
    expect(valueOf(await own.count("", { includeDeleted: true }))).toBe(2);
    expect(valueOf(await own.getList(1, 5, { includeDeleted: true, filter: "deleted != null" })).items).toHaveLength(1);
    const iterated = [];
    for await (const record of own.iterate({ includeDeleted: true })) iterated.push(valueOf(record).id);
    expect(iterated).toEqual([kept.id, gone.id]);
  });

  it("undelete brings it back as it was; of a live one it changes nothing", async () => {
    const { db } = await openTenant([soft]);
    const own = db.collection("notes");
    const made = valueOf(await own.create({ title: "back", code: "c" }));
    valueOf(await own.delete(made.id));
    expect(valueOf(await own.undelete(made.id))).toMatchObject({
      id: made.id,
      title: "back",
      code: "c",
      deleted: null,
    });
    expect(valueOf(await own.getOne(made.id))).toMatchObject({ title: "back" });
    valueOf(await own.undelete(made.id));
    refusalOf(await own.undelete("nobody"), "record_not_found");
  });

  it("a unique value is free again while its record is deleted, and the undelete clashes then", async () => {
    const { db } = await openTenant([soft]);
    const own = db.collection("notes");
    const first = valueOf(await own.create({ code: "c" }));
    valueOf(await own.delete(first.id));
    const second = valueOf(await own.create({ code: "c" }));
    const error = refusalOf(await own.undelete(first.id), "unique_violation");
    expect(error.details).toMatchObject({ collection: "notes", fields: ["code"] });
    valueOf(await own.delete(second.id));
    valueOf(await own.undelete(first.id));
  });

  it("purge removes for good, and only what is deleted", async () => {
    const { db } = await openTenant([soft]);
    const own = db.collection("notes");
    const made = valueOf(await own.create({}));
    refusalOf(await own.purge(made.id), "conflict");
    valueOf(await own.delete(made.id));
    valueOf(await own.purge(made.id));
    refusalOf(await own.undelete(made.id), "record_not_found");
    refusalOf(await own.purge(made.id), "record_not_found");
    expect(valueOf(await own.count("", { includeDeleted: true }))).toBe(0);
  });

  it("is not for collections without it", async () => {
    const { db } = await openTenant([notes]);
    const made = valueOf(await db.collection("notes").create({}));
    expect(made).not.toHaveProperty("deleted");
    for (const call of ["undelete", "purge"] as const) {
      const error = refusalOf(await db.collection("notes")[call](made.id), "request_invalid");
      expect(error.message).toContain("softDelete");
    }
    valueOf(await db.collection("notes").delete(made.id));
    refusalOf(await db.collection("notes").getOne(made.id, { includeDeleted: true }), "record_not_found");
  });

  it("takes dependants along and brings back those it took, not others", async () => {
    const { db } = await openTenant([
      { ...soft, name: "folders" },
      {
        name: "files",
        softDelete: true,
        fields: [
          { name: "name", type: "text" },
          { name: "folder", type: "relation", collection: "folders", cascadeDelete: true },
          { name: "link", type: "relation", collection: "folders" },
        ],
      },
    ]);
    const folder = valueOf(await db.collection("folders").create({}));
    const files = db.collection("files");
    const [inside, earlier, linked] = valueOf(
      await files.createMany([{ folder: folder.id }, { folder: folder.id }, { link: folder.id }]),
    );
    if (!inside || !earlier || !linked) throw new Error("three were made");
    valueOf(await files.delete(earlier.id));
    // The two deletes must not carry the same millisecond: what was taken along is known by it.
    const then = valueOf(await files.getOne(earlier.id, { includeDeleted: true })).deleted ?? "";
    await expect.poll(() => new Date().toISOString() > then).toBe(true);
    valueOf(await db.collection("folders").delete(folder.id));
    refusalOf(await files.getOne(inside.id), "record_not_found");
    expect(valueOf(await files.getOne(linked.id, { expand: "link" }))).toEqual(linked);
    valueOf(await db.collection("folders").undelete(folder.id));
    expect(valueOf(await files.getOne(inside.id)).id).toBe(inside.id);
    refusalOf(await files.getOne(earlier.id), "record_not_found");

    valueOf(await db.collection("folders").delete(folder.id));
    valueOf(await db.collection("folders").purge(folder.id));
    refusalOf(await files.getOne(inside.id, { includeDeleted: true }), "record_not_found");
    expect(valueOf(await files.getOne(linked.id))).toMatchObject({ link: null });
  });

  it("no relation may point to a deleted record, and none shows it", async () => {
    const { db } = await openTenant([
      soft,
      { name: "links", fields: [{ name: "to", type: "relation", collection: "notes" }] },
    ]);
    const note = valueOf(await db.collection("notes").create({}));
    const link = valueOf(await db.collection("links").create({ to: note.id }));
    valueOf(await db.collection("notes").delete(note.id));
    refusalOf(await db.collection("links").create({ to: note.id }), "validation_failed");
    expect(valueOf(await db.collection("links").getOne(link.id, { expand: "to" }))).toEqual(link);
  });

  it("can be turned on later, for the records that are there", async () => {
    const { engine, db } = await openTenant([notes]);
    const own = db.collection("notes");
    const made = valueOf(await own.create({ title: "old", code: "c" }));
    valueOf(await engine.collections.update("notes", { softDelete: true }));
    expect(valueOf(await own.getOne(made.id))).toEqual({ ...made, deleted: null });
    valueOf(await own.delete(made.id));
    expect(valueOf(await own.undelete(made.id))).toMatchObject({ title: "old", deleted: null });
    refusalOf(await engine.collections.update("notes", { softDelete: false }), "schema_append_only");
  });
});
