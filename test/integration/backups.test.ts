// Making, listing, proving and deleting backups, through the engine.
import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TenantEngine } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { setClock } from "../support/set-clock.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const notes = { name: "notes", fields: [{ name: "title", type: "text" }], softDelete: true } as const;

async function openNotes(options: Parameters<typeof openTenant>[1] = {}) {
  const opened = await openTenant([notes], options);
  valueOf(await opened.db.collection("notes").createMany([{ title: "a" }, { title: "b" }]));
  return opened;
}

const pathOf = (engine: TenantEngine, id: string, part = "") => join(engine.dataDir, "backups", id, part);

describe("a backup", () => {
  it("holds everything that was acknowledged before, soft-deleted records too", async () => {
    const clock = setClock();
    const { engine, db } = await openNotes({ clock });
    const gone = valueOf(await db.collection("notes").create({ title: "c" }));
    valueOf(await db.collection("notes").delete(gone.id));
    const made = valueOf(await engine.backups.create("client1"));
    expect(made).toEqual({
      id: expect.stringMatching(/^client1\.[0-9a-f]{32}$/) as string,
      database: "client1",
      status: "ready",
      createdAt: new Date(clock.ms).toISOString(),
      storedBytes: made.sizeBytes,
      sizeBytes: (await stat(pathOf(engine, made.id, "content"))).size,
      schemaVersion: valueOf(await engine.databases.get("client1")).schemaVersion,
      provenAt: null,
      problem: null,
    });
    expect(valueOf(await engine.backups.verify(made.id)).rows).toMatchObject({ notes: 3, _stats: 0 });
  });

  it("stands in a directory of its own that is no database's, readable by its owner alone", async () => {
    const { engine } = await openNotes();
    const { id } = valueOf(await engine.backups.create("client1"));
    expect(valueOf(await engine.databases.list()).map(({ name }) => name)).toEqual([
      "default",
      "stats",
      "workflows",
      "client1",
    ]);
    const modes: string[] = [];
    for (const path of [join(engine.dataDir, "backups"), pathOf(engine, id), pathOf(engine, id, "content")]) {
      modes.push(((await stat(path)).mode & 0o777).toString(8));
    }
    expect(modes).toEqual(["700", "700", "600"]);
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
    expect(await readdir(join(engine.dataDir, "backups", ".partial"))).toEqual([]);
  });

  it("can be made of every database, the reserved ones too", async () => {
    const { engine } = await openNotes();
    for (const name of ["default", "stats", "workflows"]) {
      const { id } = valueOf(await engine.backups.create(name));
      valueOf(await engine.backups.verify(id));
    }
  });

  it("is refused for what is no database", async () => {
    const { engine } = await openNotes();
    refusalOf(await engine.backups.create("nobody"), "database_not_found");
    refusalOf(await engine.backups.create("../client1"), "database_name_invalid");
    refusalOf(await engine.backups.create("client1", { onProgres: () => undefined } as never), "request_invalid");
    expect(valueOf(await engine.backups.list())).toEqual([]);
  });

  it("has an id of its own when two are made at once, and when the clock goes back", async () => {
    const clock = setClock();
    const { engine } = await openNotes({ clock });
    const made = await Promise.all([engine.backups.create("client1"), engine.backups.create("client1")]);
    clock.ms -= 86_400_000;
    made.push(await engine.backups.create("client1"));
    const ids = made.map((result) => valueOf(result).id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe(ids.toSorted().at(-1));
    expect(valueOf(await engine.backups.list("client1")).map(({ id }) => id)).toEqual(ids.toSorted());
  });

  it("tells how far it is", async () => {
    const { engine } = await openNotes();
    const told: number[] = [];
    const totals = new Set<string>();
    const { id, sizeBytes } = valueOf(
      await engine.backups.create("client1", {
        onProgress: ({ done, total, current }) => {
          told.push(done);
          totals.add(`${total} of ${current}`);
        },
      }),
    );
    expect(told.at(-1)).toBe(sizeBytes);
    expect(totals).toEqual(new Set([`${sizeBytes} of client1`]));
    valueOf(await engine.backups.verify(id, { onProgress: ({ done }) => told.push(done) }));
    expect(told.at(-1)).toBe(sizeBytes);
  });
});

describe("the list of backups", () => {
  it("gives those of one name, and no others", async () => {
    const { engine } = await openNotes();
    valueOf(await engine.databases.create({ name: "client10" }));
    for (const name of ["client10", "client1", "client1"]) valueOf(await engine.backups.create(name));
    expect(valueOf(await engine.backups.list("client1")).map(({ database }) => database)).toEqual([
      "client1",
      "client1",
    ]);
    expect(valueOf(await engine.backups.list())).toHaveLength(3);
    refusalOf(await engine.backups.list("Client 1"), "database_name_invalid");
  });

  it("keeps those of a deleted database", async () => {
    const { engine } = await openNotes();
    const { id } = valueOf(await engine.backups.create("client1"));
    valueOf(await engine.databases.delete("client1"));
    expect(valueOf(await engine.backups.list("client1")).map((backup) => backup.id)).toEqual([id]);
  });

  it("shows one with an unreadable manifest as damaged, and lets it be deleted", async () => {
    const { engine } = await openNotes();
    const { id } = valueOf(await engine.backups.create("client1"));
    const other = valueOf(await engine.backups.create("client1"));
    await writeFile(pathOf(engine, id, "manifest.json"), "{");
    const listed = valueOf(await engine.backups.list());
    expect(listed.map(({ status, reason }) => [status, reason])).toEqual([
      ["damaged", "its manifest cannot be read"],
      ["ready", undefined],
    ]);
    refusalOf(await engine.backups.verify(id), "database_corrupt");
    valueOf(await engine.backups.delete(id));
    expect(valueOf(await engine.backups.list()).map((backup) => backup.id)).toEqual([other.id]);
  });

  it("does not show what has no manifest, or is no backup's", async () => {
    const { engine } = await openNotes();
    const { id } = valueOf(await engine.backups.create("client1"));
    await rm(pathOf(engine, id, "manifest.json"));
    await writeFile(join(engine.dataDir, "backups", "readme"), "mine");
    expect(valueOf(await engine.backups.list())).toEqual([]);
    refusalOf(await engine.backups.verify(id), "backup_not_found");
    refusalOf(await engine.backups.delete(id), "backup_not_found");
  });
});

describe("a proof", () => {
  it("is noted with its time, and shown by the list", async () => {
    const clock = setClock();
    const { engine } = await openNotes({ clock });
    const { id } = valueOf(await engine.backups.create("client1"));
    clock.ms += 1_000;
    const { provenAt } = valueOf(await engine.backups.verify(id));
    expect(provenAt).toBe(new Date(clock.ms).toISOString());
    expect(valueOf(await engine.backups.list())).toMatchObject([{ id, provenAt, problem: null }]);
  });

  const damages: readonly (readonly [string, (content: string, manifest: string) => Promise<void>, RegExp])[] = [
    ["a missing content", (content) => rm(content), /is missing/],
    ["a cut content", (content) => truncate(content, 5_000), /is cut off: 5000 of/],
    ["an empty content", (content) => truncate(content, 0), /is cut off: 0 of/],
    ["a longer content", (content) => appendFile(content, "x"), /is longer/],
    ["a flipped bit", flipBit, /hash differs/],
  ];
  it.each(damages)("is refused for %s, and that is noted", async (_, damage, reason) => {
    const { engine, db } = await openNotes();
    const { id } = valueOf(await engine.backups.create("client1"));
    const { provenAt } = valueOf(await engine.backups.verify(id));
    await damage(pathOf(engine, id, "content"), pathOf(engine, id, "manifest.json"));
    const refused = refusalOf(await engine.backups.verify(id), "database_corrupt");
    expect(refused.details.reason).toMatch(reason);
    expect(refused.message).toContain(id);
    expect(valueOf(await engine.backups.list())).toMatchObject([{ id, provenAt, problem: refused.details.reason }]);
    expect(valueOf(await db.collection("notes").count())).toBe(2);
    expect(await readdir(join(engine.dataDir, ".tmp"))).toEqual([]);
  });

  it("is refused for another backup's manifest or content", async () => {
    const { engine, db } = await openNotes();
    const first = valueOf(await engine.backups.create("client1"));
    valueOf(await db.collection("notes").create({ title: "c" }));
    const second = valueOf(await engine.backups.create("client1"));
    await writeFile(pathOf(engine, first.id, "content"), await readFile(pathOf(engine, second.id, "content")));
    refusalOf(await engine.backups.verify(first.id), "database_corrupt");
    await writeFile(
      pathOf(engine, first.id, "manifest.json"),
      await readFile(pathOf(engine, second.id, "manifest.json")),
    );
    expect(refusalOf(await engine.backups.verify(first.id), "database_corrupt").details.reason).toMatch(
      /another backup/,
    );
  });
});

async function flipBit(path: string): Promise<void> {
  const content = await readFile(path);
  content.writeUInt8(content.readUInt8(content.length - 100) ^ 1, content.length - 100);
  await writeFile(path, content);
}

describe("an id that is none", () => {
  it.each([undefined, null, 7, "", "client1", "client1.", "../x", "client1.zz", `client1.${"0".repeat(32)}`, "a.b/c"])(
    "%j is not found",
    async (id) => {
      const { engine } = await openTenant([]);
      refusalOf(await engine.backups.verify(id as string), "backup_not_found");
      refusalOf(await engine.backups.delete(id as string), "backup_not_found");
    },
  );
});
