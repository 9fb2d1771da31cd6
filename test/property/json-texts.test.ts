// What the store writes as JSON is what the parsed calls give, for any record and any options.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Collection, Database, ListOptions } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;
const collections = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], ...open },
  {
    name: "things",
    softDelete: true,
    fields: [
      { name: "text", type: "text" },
      { name: "number", type: "number" },
      { name: "bool", type: "bool" },
      { name: "day", type: "date" },
      { name: "choices", type: "select", options: ["a", "b", "ü, \"'"], multiple: true },
      { name: "json", type: "json" },
      { name: "secret", type: "text", hidden: true },
      { name: "owner", type: "relation", collection: "users" },
      { name: "friends", type: "relation", collection: "things", multiple: true },
    ],
    ...open,
    listRule: "owner = null || owner = @request.auth.id",
  },
] as const;

const storable = fc
  .string({ unit: "binary", maxLength: 12 })
  .filter((text) => !text.includes("\0") && /^\P{Surrogate}*$/u.test(text));
const awkward = fc.constantFrom(
  "",
  '"',
  "\\",
  "\n\r\t\b\f\u0001\u001f\u007f",
  "\u2028\u2029\ufeff",
  "</script>",
  "👩‍👧 中",
);
const text = fc.oneof(storable, awkward);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
// Neither of them may stand in a json value.
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/\\u0000|"__proto__"/.test(JSON.stringify(value)));
const row = fc.record(
  {
    text: fc.option(text),
    number: fc.option(fc.oneof(fc.maxSafeInteger(), finite, fc.constantFrom(0.1, 0.1 + 0.2, 1e21, 1e-7, -1.5, 5e-324))),
    bool: fc.option(fc.boolean()),
    day: fc.option(fc.constantFrom("2024-02-29", "9999-12-31")),
    choices: fc.subarray(["a", "b", "ü, \"'"]),
    json: fc.option(json),
    secret: text,
  },
  { requiredKeys: [] },
);

const path = fc.constantFrom(
  "id",
  "text",
  "number",
  "json",
  "choices",
  "owner",
  "friends",
  "collectionId",
  "collectionName",
);
const list = fc.record(
  {
    page: fc.integer({ min: 1, max: 3 }),
    perPage: fc.integer({ min: 1, max: 40 }),
    filter: fc.constantFrom("", "bool = true", "number > 0.2", "text != null", "owner.name != ''"),
    sort: fc.constantFrom("", "-number,text", "text"),
    fields: fc.oneof(
      fc.array(path, { minLength: 1, maxLength: 4 }),
      fc.constantFrom("*", "text,expand.owner.collectionName", "expand.friends.text,expand.friends.collectionId"),
    ),
    expand: fc.constantFrom("", "", "owner", "friends", "owner,friends.friends"),
    skipTotal: fc.boolean(),
    cursor: fc.constant(""),
    withCollection: fc.constantFrom(true, true, false),
  },
  { requiredKeys: ["page", "perPage"] },
);

/** SQLite writes some numbers in another notation than JavaScript. */
const normal = (written: string): string => JSON.stringify(JSON.parse(written));

interface World {
  readonly sides: readonly Database[];
  readonly ids: readonly string[];
}

async function makeWorld(seed: number): Promise<World> {
  const { db } = await openTenant(collections);
  const random = seededRandom(seed);
  const people: string[] = [];
  for (const name of ["ann", "bob"]) {
    const made = await db.collection("users").create({ email: `${name}@example.com`, password: "correct horse", name });
    people.push(valueOf(made).id);
  }
  const things = db.collection("things");
  const ids: string[] = [];
  for (const data of fc.sample(row, { numRuns: 60, seed })) {
    const friends = ids.filter(() => random() < 0.05);
    const owner = random() < 0.5 ? people[Math.floor(random() * 2)] : null;
    ids.push(valueOf(await things.create({ ...data, owner, friends })).id);
  }
  for (const id of ids.slice(0, 3)) valueOf(await things.delete(id));
  const user = valueOf(await db.auth.principalOf(people[0]!));
  return { sides: [db, db.as(user), db.as(null)], ids: [...ids, "nobody"] };
}

/** How a text differs from its parsed call; undefined when it says the same. */
async function listDifference(things: Collection, page: number, perPage: number, options: ListOptions) {
  const parsed = await things.getList(page, perPage, options);
  const written = await things.getListText(page, perPage, options);
  if (parsed.isErr() || written.isErr()) {
    const codes = [parsed, written].map((given) => (given.isErr() ? given.error.message : "a page"));
    return codes[0] === codes[1] ? undefined : codes.join(" / ");
  }
  const expected = JSON.stringify(parsed.value);
  return normal(written.value) === expected ? undefined : `${written.value} / ${expected}`;
}

describe("records as JSON text", () => {
  it("say what the parsed calls give, whoever asks for whatever parts", async () => {
    const seed = testSeed("json texts");
    const { sides, ids } = await makeWorld(seed);
    const asked = fc.sample(list, { numRuns: 400, seed });
    let pages = 0;
    for (const [turn, { page, perPage, ...options }] of asked.entries()) {
      const things = sides[turn % sides.length]!.collection("things");
      expect(await listDifference(things, page, perPage, options)).toBeUndefined();
      pages += (await things.getListText(page, perPage, options)).isOk() ? 1 : 0;
      const id = ids[turn % ids.length]!;
      const { fields, expand, withCollection } = options;
      const parsed = await things.getOne(id, { fields, expand, withCollection });
      const written = await things.getOneText(id, { fields, expand, withCollection });
      expect(written.isOk() ? normal(written.value) : written.error.message).toBe(
        parsed.isOk() ? JSON.stringify(parsed.value) : parsed.error.message,
      );
    }
    expect(pages).toBeGreaterThan(200);
  });

  it("are letter by letter what JSON.stringify writes where no number has a fraction", async () => {
    const seed = testSeed("json texts, letters");
    const { db } = await openTenant(collections);
    const things = db.collection("things");
    for (const data of fc.sample(row, { numRuns: 60, seed })) {
      const number = data.number === null || data.number === undefined ? null : Math.trunc(data.number % 2 ** 53);
      const { id } = valueOf(await things.create({ ...data, number }));
      expect(valueOf(await things.getOneText(id))).toBe(JSON.stringify(valueOf(await things.getOne(id))));
    }
    for (const options of [{}, { cursor: "" }, { skipTotal: true, withCollection: true }, { fields: "json,text" }]) {
      const parsed = valueOf(await things.getList(2, 7, options));
      expect(valueOf(await things.getListText(2, 7, options))).toBe(JSON.stringify(parsed));
    }
  });
});

describe("withCollection", () => {
  it("says of each record which collection it is of, also of expanded and of written ones", async () => {
    const { engine, db } = await openTenant(collections);
    const { id: ofThings } = valueOf(await engine.collections.get("things"));
    const { id: ofUsers } = valueOf(await engine.collections.get("users"));
    const things = db.collection("things");
    const account = { email: "ann@example.com", password: "correct horse" };
    const ann = valueOf(await db.collection("users").create(account, { withCollection: true }));
    expect(ann).toMatchObject({ collectionId: ofUsers, collectionName: "users" });
    const own = { collectionId: ofThings, collectionName: "things" };
    const wanted = { ...own, expand: { owner: { id: ann.id, collectionId: ofUsers, collectionName: "users" } } };
    const options = { withCollection: true, expand: "owner" } as const;
    const made = valueOf(await things.create({ owner: ann.id }, options));
    expect(made).toMatchObject(wanted);
    expect(valueOf(await things.update(made.id, { text: "b" }, options))).toMatchObject(wanted);
    valueOf(await things.delete(made.id));
    expect(valueOf(await things.undelete(made.id, options))).toMatchObject(wanted);
    expect(valueOf(await things.getOne(made.id, options))).toMatchObject(wanted);
    expect(valueOf(await things.getFirst("", options))).toMatchObject(wanted);
    expect(valueOf(await things.getList(1, 5, options)).items[0]).toMatchObject(wanted);
    expect(valueOf(await things.getList(1, 5, { ...options, cursor: "" })).items[0]).toMatchObject(wanted);
    for await (const each of things.iterate(options)) expect(valueOf(each)).toMatchObject(wanted);
    const inside = await db.transaction((tx) => tx.collection("things").getOne(made.id, options));
    expect(valueOf(inside)).toMatchObject(wanted);
  });

  it("lets fields pick the two names, and only then", async () => {
    const { db } = await openTenant(collections);
    const things = db.collection("things");
    const ann = valueOf(await db.collection("users").create({ email: "ann@example.com", password: "correct horse" }));
    const { id } = valueOf(await things.create({ text: "a", owner: ann.id }));
    const picked = async (fields: string, expand = "") =>
      JSON.stringify(valueOf(await things.getOne(id, { fields, expand, withCollection: true })));
    expect(await picked("text")).toBe('{"text":"a"}');
    expect(await picked("text,collectionName")).toBe('{"collectionName":"things","text":"a"}');
    expect(await picked("text,expand.owner.collectionName", "owner")).toBe(
      '{"text":"a","expand":{"owner":{"collectionName":"users"}}}',
    );
    expect(Object.keys(valueOf(await things.getOne(id)))).not.toContain("collectionName");
    const refused = refusalOf(await things.getOne(id, { fields: "collectionName" }), "request_invalid");
    expect(refused.details.parameter).toBe("fields");
  });
});
