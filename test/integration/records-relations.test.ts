// Relations: they point to live records of the same database, follow or hold up a delete, and are read through.
import { beforeAll, describe, expect, it } from "vitest";
import type { Collection, RecordOf } from "../../lib/index.js";
import { openTenant, sharedTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

type Fields = Record<string, unknown>;
type Stored = RecordOf<Fields>;

const idsOf = (records: readonly { readonly id: string }[]): readonly string[] => records.map(({ id }) => id);

/** What of an expanded record counts in a comparison. */
const expandOf = (record: Stored | undefined, field: string): unknown => record?.expand?.[field];

describe("what a relation may hold", () => {
  const shared = sharedTenant([
    { name: "authors", fields: [{ name: "name", type: "text" }] },
    {
      name: "books",
      fields: [
        { name: "title", type: "text" },
        { name: "author", type: "relation", collection: "authors" },
        { name: "editors", type: "relation", collection: "authors", multiple: true },
      ],
    },
  ]);
  const authors = (): Collection => shared.db.collection("authors");
  const books = (): Collection => shared.db.collection("books");

  it("is a record that is there", async () => {
    const author = valueOf(await authors().create({ name: "A" }));
    const book = valueOf(await books().create({ author: author.id, editors: [author.id] }));
    expect(book).toMatchObject({ author: author.id, editors: [author.id] });
  });

  it.each<[string, Fields, string]>([
    ["no record", { author: "0".repeat(32) }, "author"],
    ["one missing of several", { editors: ["0".repeat(32)] }, "editors"],
  ])("is not %s", async (_what, data, field) => {
    const error = refusalOf(await books().create(data), "validation_failed");
    expect(error.details).toEqual({
      fields: { [field]: { code: "relation_not_found", message: expect.stringContaining("authors") as string } },
    });
    const book = valueOf(await books().create({ title: "Kept" }));
    refusalOf(await books().update(book.id, data), "validation_failed");
    expect(valueOf(await books().getOne(book.id))).toEqual(book);
  });

  it("is not a record of another database", async () => {
    const stranger = valueOf(await shared.engine.db().collection("authors").create({ name: "S" }));
    refusalOf(await books().create({ author: stranger.id }), "validation_failed");
  });

  it("is not a record of another collection", async () => {
    const book = valueOf(await books().create({}));
    refusalOf(await books().create({ author: book.id }), "validation_failed");
  });

  it("of many rows names the row", async () => {
    const author = valueOf(await authors().create({ name: "A" }));
    const rows = [{ author: author.id }, {}, { author: "nobody" }, { author: "nobody" }];
    expect(refusalOf(await books().createMany(rows), "validation_failed").details.row).toBe(2);
  });

  it.each([
    ["a number", 7],
    ["a list for one", ["a"]],
    ["an object", { id: "a" }],
    ["no id", "../x"],
    ["empty", " "],
  ])("is not %s", async (_what, author) => {
    refusalOf(await books().create({ author }), "validation_failed");
  });

  it("of several keeps its order, and holds each once", async () => {
    const made = valueOf(await authors().createMany([{ name: "A" }, { name: "B" }, { name: "C" }]));
    const editors = [...idsOf(made)].reverse();
    expect(valueOf(await books().create({ editors }))["editors"]).toEqual(editors);
    refusalOf(await books().create({ editors: [editors[0], editors[0]] }), "validation_failed");
  });
});

describe("a delete", () => {
  const definitions = [
    { name: "owners", fields: [{ name: "name", type: "text" }] },
    {
      name: "pets",
      fields: [
        { name: "name", type: "text" },
        { name: "needs", type: "relation", collection: "owners", required: true },
      ],
    },
    {
      name: "cards",
      fields: [
        { name: "name", type: "text" },
        { name: "follows", type: "relation", collection: "owners", cascadeDelete: true },
        { name: "followsAll", type: "relation", collection: "owners", multiple: true, cascadeDelete: true },
        { name: "mentions", type: "relation", collection: "owners" },
        { name: "mentionsAll", type: "relation", collection: "owners", multiple: true },
      ],
    },
    {
      name: "stamps",
      fields: [{ name: "card", type: "relation", collection: "cards", required: true, cascadeDelete: true }],
    },
    {
      name: "seals",
      fields: [
        { name: "owner", type: "relation", collection: "owners", required: true },
        { name: "card", type: "relation", collection: "cards", cascadeDelete: true },
      ],
    },
    {
      name: "drafts",
      softDelete: true,
      fields: [{ name: "needs", type: "relation", collection: "owners", required: true }],
    },
  ] as const;
  const shared = sharedTenant(definitions);
  const of = (name: string): Collection => shared.db.collection(name);
  const owner = async (): Promise<Stored> => valueOf(await of("owners").create({ name: "O" }));

  it("is refused while a record requires it, and changes nothing", async () => {
    const needed = await owner();
    const pet = valueOf(await of("pets").create({ needs: needed.id }));
    const card = valueOf(await of("cards").create({ mentions: needed.id, follows: needed.id }));
    const error = refusalOf(await of("owners").delete(needed.id), "conflict");
    expect(error.details).toEqual({ collection: "pets", id: pet.id });
    expect(valueOf(await of("owners").getOne(needed.id))).toEqual(needed);
    expect(valueOf(await of("cards").getOne(card.id))).toEqual(card);
    valueOf(await of("pets").delete(pet.id));
    valueOf(await of("owners").delete(needed.id));
  });

  it("goes through when what requires the record goes along by another way", async () => {
    const gone = await owner();
    const card = valueOf(await of("cards").create({ follows: gone.id }));
    const seal = valueOf(await of("seals").create({ card: card.id, owner: gone.id }));
    valueOf(await of("owners").delete(gone.id));
    refusalOf(await of("seals").getOne(seal.id), "record_not_found");
  });

  it("names the purge when a soft-deleted record requires it", async () => {
    const needed = await owner();
    const draft = valueOf(await of("drafts").create({ needs: needed.id }));
    valueOf(await of("drafts").delete(draft.id));
    expect(refusalOf(await of("owners").delete(needed.id), "conflict").message).toContain(`purge("${draft.id}")`);
    valueOf(await of("drafts").purge(draft.id));
    valueOf(await of("owners").delete(needed.id));
  });

  it("takes along what follows it, through several collections", async () => {
    const gone = await owner();
    const card = valueOf(await of("cards").create({ follows: gone.id }));
    const stamps = valueOf(await of("stamps").createMany([{ card: card.id }, { card: card.id }]));
    valueOf(await of("owners").delete(gone.id));
    refusalOf(await of("cards").getOne(card.id), "record_not_found");
    for (const { id } of stamps) refusalOf(await of("stamps").getOne(id), "record_not_found");
  });

  it("takes along what follows several only with the last of them", async () => {
    const [first, second] = [await owner(), await owner()];
    const card = valueOf(await of("cards").create({ followsAll: [first.id, second.id] }));
    valueOf(await of("owners").delete(first.id));
    expect(valueOf(await of("cards").getOne(card.id))["followsAll"]).toEqual([second.id]);
    valueOf(await of("owners").delete(second.id));
    refusalOf(await of("cards").getOne(card.id), "record_not_found");
  });

  it("unsets what only mentions it, and counts that as a change", async () => {
    const [gone, kept] = [await owner(), await owner()];
    const card = valueOf(await of("cards").create({ mentions: gone.id, mentionsAll: [kept.id, gone.id] }));
    valueOf(await of("owners").delete(gone.id));
    const after = valueOf(await of("cards").getOne(card.id));
    expect(after).toMatchObject({ mentions: null, mentionsAll: [kept.id] });
    expect(after.updated > card.updated).toBe(true);
  });

  it("leaves other databases alone", async () => {
    const elsewhere = shared.engine.db();
    const [mine, theirs] = [await owner(), valueOf(await elsewhere.collection("owners").create({ name: "T" }))];
    const card = valueOf(await elsewhere.collection("cards").create({ follows: theirs.id }));
    valueOf(await of("owners").delete(mine.id));
    expect(valueOf(await elsewhere.collection("cards").getOne(card.id))).toEqual(card);
  });

  it("happens once: the second ends in record_not_found", async () => {
    const gone = await owner();
    valueOf(await of("owners").delete(gone.id));
    refusalOf(await of("owners").delete(gone.id), "record_not_found");
  });

  it("goes through a thousand followers", async () => {
    const gone = await owner();
    const cards = valueOf(await of("cards").createMany(Array.from({ length: 1_000 }, () => ({ follows: gone.id }))));
    valueOf(await of("stamps").createMany(cards.map(({ id }) => ({ card: id }))));
    valueOf(await of("owners").delete(gone.id));
    const left = {
      cards: await of("cards").count(["follows = {:id}", { id: gone.id }]),
      stamps: await of("stamps").count(),
    };
    expect([valueOf(left.cards), valueOf(left.stamps)]).toEqual([0, 0]);
  });
});

describe("a delete in a cycle", () => {
  const node = {
    name: "nodes",
    fields: [{ name: "next", type: "relation", collection: "nodes", cascadeDelete: true }],
  } as const;

  it("takes the whole cycle along", async () => {
    const { db } = await openTenant([node]);
    const nodes = db.collection("nodes");
    const [a, b, c, other] = valueOf(await nodes.createMany([{}, {}, {}, {}]));
    if (!a || !b || !c || !other) throw new Error("four were made");
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const)
      valueOf(await nodes.update(from.id, { next: to.id }));
    valueOf(await nodes.delete(b.id));
    expect(idsOf(valueOf(await nodes.getList()).items)).toEqual([other.id]);
  });

  it("of one record that points to itself takes that one", async () => {
    const { db } = await openTenant([node]);
    const nodes = db.collection("nodes");
    const { id } = valueOf(await nodes.create({}));
    valueOf(await nodes.update(id, { next: id }));
    valueOf(await nodes.delete(id));
    expect(valueOf(await nodes.count())).toBe(0);
  });

  it("of records that require each other takes both where they follow", async () => {
    const { engine, db } = await openTenant([{ name: "left" }]);
    valueOf(
      await engine.collections.create({
        name: "right",
        fields: [{ name: "left", type: "relation", collection: "left", required: true, cascadeDelete: true }],
      }),
    );
    valueOf(
      await engine.collections.update("left", {
        fields: [{ name: "right", type: "relation", collection: "right", cascadeDelete: true }],
      }),
    );
    const left = valueOf(await db.collection("left").create({}));
    const right = valueOf(await db.collection("right").create({ left: left.id }));
    valueOf(await db.collection("left").update(left.id, { right: right.id }));
    valueOf(await db.collection("right").delete(right.id));
    expect([valueOf(await db.collection("left").count()), valueOf(await db.collection("right").count())]).toEqual([
      0, 0,
    ]);
  });

  it("of a record that requires itself", async () => {
    const { db } = await openTenant([
      { name: "selves", fields: [{ name: "others", type: "relation", collection: "selves", multiple: true }] },
    ]);
    const selves = db.collection("selves");
    const { id } = valueOf(await selves.create({}));
    valueOf(await selves.update(id, { others: [id] }));
    valueOf(await selves.delete(id));
    expect(valueOf(await selves.count())).toBe(0);
  });
});

describe("expand and fields", () => {
  const shared = sharedTenant([
    {
      name: "teams",
      fields: [
        { name: "name", type: "text" },
        { name: "city", type: "text" },
      ],
    },
    {
      name: "people",
      fields: [
        { name: "name", type: "text" },
        { name: "team", type: "relation", collection: "teams" },
        { name: "boss", type: "relation", collection: "people" },
        { name: "friends", type: "relation", collection: "people", multiple: true },
      ],
    },
    {
      name: "notes",
      fields: [
        { name: "title", type: "text" },
        { name: "author", type: "relation", collection: "people" },
        { name: "readers", type: "relation", collection: "people", multiple: true },
        { name: "lost", type: "relation", collection: "people" },
      ],
    },
  ]);
  const notes = (): Collection => shared.db.collection("notes");
  let team: Stored, boss: Stored, ann: Stored, bob: Stored, note: Stored;

  beforeAll(async () => {
    const people = shared.db.collection("people");
    team = valueOf(await shared.db.collection("teams").create({ name: "T", city: "Ulm" }));
    boss = valueOf(await people.create({ name: "Boss", team: team.id }));
    ann = valueOf(await people.create({ name: "Ann", team: team.id, boss: boss.id }));
    bob = valueOf(await people.create({ name: "Bob", boss: boss.id, friends: [ann.id, boss.id] }));
    note = valueOf(await notes().create({ title: "N", author: ann.id, readers: [bob.id, ann.id] }));
  });

  it("puts the related record, or the list of them, beside the record", async () => {
    const read = valueOf(await notes().getOne(note.id, { expand: "author,readers,lost" }));
    expect(read).toEqual({ ...note, expand: { author: ann, readers: [bob, ann] } });
  });

  it("goes over several hops, in single and multiple relations", async () => {
    const read = valueOf(
      await notes().getOne(note.id, { expand: ["author.boss.team", "readers.friends.team", "readers.boss"] }),
    );
    expect(expandOf(read, "author")).toEqual({ ...ann, expand: { boss: { ...boss, expand: { team } } } });
    expect(expandOf(read, "readers")).toEqual([
      {
        ...bob,
        expand: {
          boss,
          friends: [
            { ...ann, expand: { team } },
            { ...boss, expand: { team } },
          ],
        },
      },
      { ...ann, expand: { boss } },
    ]);
  });

  it("is the same in every call that gives records", async () => {
    const options = { expand: "author.team" };
    const expected = { author: { ...ann, expand: { team } } };
    const page = valueOf(await notes().getList(1, 5, { ...options, filter: ["id = {:id}", { id: note.id }] }));
    const after = valueOf(await notes().getList(1, 5, { ...options, cursor: "" }));
    const first = valueOf(await notes().getFirst("title = 'N'", options));
    const made = valueOf(await notes().create({ title: "M", author: ann.id }, options));
    const changed = valueOf(await notes().update(made.id, { title: "O" }, options));
    const iterated: (Stored | undefined)[] = [];
    for await (const record of notes().iterate(options)) iterated.push(valueOf(record));
    for (const record of [page.items[0], after.items[0], first, made, changed, iterated[0]]) {
      expect(record?.expand).toEqual(expected);
    }
    valueOf(await notes().delete(made.id));
  });

  it.each<[string, string, string | undefined, (all: Record<string, Stored>) => unknown]>([
    ["some fields", "title,id", undefined, ({ note }) => ({ title: "N", id: note?.id })],
    ["all", "*", undefined, ({ note }) => note],
    [
      "an expanded record whole",
      "title,expand.author",
      "author",
      ({ ann }) => ({ title: "N", expand: { author: ann } }),
    ],
    [
      "parts of an expanded record",
      "title,expand.author.name",
      "author",
      () => ({ title: "N", expand: { author: { name: "Ann" } } }),
    ],
    [
      "a star of an expanded record",
      "title,expand.author.*",
      "author",
      ({ ann }) => ({ title: "N", expand: { author: ann } }),
    ],
    [
      "only parts of the expanded one",
      "expand.author.name",
      "author",
      ({ note }) => ({ ...note, expand: { author: { name: "Ann" } } }),
    ],
    [
      "parts two hops away",
      "title,expand.author.name,expand.author.expand.team.city",
      "author.team",
      () => ({ title: "N", expand: { author: { name: "Ann", expand: { team: { city: "Ulm" } } } } }),
    ],
    [
      "parts of several",
      "id,expand.readers.name",
      "readers",
      ({ note }) => ({ id: note?.id, expand: { readers: [{ name: "Bob" }, { name: "Ann" }] } }),
    ],
    ["fields without what was expanded", "title", "author", ({ ann }) => ({ title: "N", expand: { author: ann } })],
  ])("picks %s", async (_what, fields, expand, expected) => {
    const read = valueOf(await notes().getOne(note.id, { fields, expand }));
    expect(read).toEqual(expected({ note, ann, bob, boss, team }));
  });

  it.each<[string, { fields?: unknown; expand?: unknown }]>([
    ["an unknown field", { fields: "title,nope" }],
    ["a part of a plain field", { fields: "title.x" }],
    ["an unknown part of an expanded record", { fields: "expand.author.nope", expand: "author" }],
    ["a relation that is none", { expand: "title" }],
    ["an unknown relation", { expand: "nope" }],
    ["an unknown hop", { expand: "author.nope" }],
    ["more hops than the limit", { expand: "author.boss.boss.boss.boss.boss.boss" }],
    ["a number", { expand: 7 }],
    ["a list of numbers", { fields: [7] }],
    ["an object's member", { fields: "constructor" }],
    ["the prototype", { expand: "__proto__" }],
  ])("refuses %s", async (_what, options) => {
    const error = refusalOf(await notes().getOne(note.id, options as object), "request_invalid");
    expect(error.details.parameter).toMatch(/^(fields|expand)$/);
  });

  it("leaves out records that are deleted, and goes in circles as often as asked", async () => {
    const people = shared.db.collection("people");
    const one = valueOf(await people.create({ name: "One" }));
    const two = valueOf(await people.create({ name: "Two", boss: one.id, friends: [one.id, boss.id] }));
    valueOf(await people.update(one.id, { boss: two.id }));
    const circle = valueOf(
      await people.getOne(one.id, {
        expand: "boss.boss.boss",
        fields: "name,expand.boss.name,expand.boss.expand.boss.name,expand.boss.expand.boss.expand.boss.name",
      }),
    );
    expect(circle).toEqual({
      name: "One",
      expand: { boss: { name: "Two", expand: { boss: { name: "One", expand: { boss: { name: "Two" } } } } } },
    });
    valueOf(await people.delete(one.id));
    const after = valueOf(await people.getOne(two.id, { expand: "boss,friends" }));
    expect(after).toMatchObject({ boss: null, friends: [boss.id] });
    expect(after.expand).toEqual({ friends: [boss] });
  });
});
