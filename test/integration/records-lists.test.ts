// Lists by number and by cursor, counts, first records, iteration.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Collection, ListOptions, RecordOf, RecordPage } from "../../lib/index.js";
import { openTenant, sharedTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

interface Item {
  readonly title: string | null;
  readonly rank: number | null;
  readonly done: boolean | null;
}

type Stored = RecordOf<Item>;

const definition = {
  name: "items",
  fields: [
    { name: "title", type: "text" },
    { name: "rank", type: "number" },
    { name: "done", type: "bool" },
    { name: "data", type: "json" },
  ],
} as const;

// Many equal values and nulls: what orders and cursors stumble over.
const rows: readonly Item[] = Array.from({ length: 57 }, (_, at) => ({
  title: at % 5 === 0 ? null : (["b", "a", "ä", "B", ""][at % 5] ?? null),
  rank: at % 7 === 0 ? null : ([3, -1.5, 0, 1e21][at % 4] ?? null),
  done: at % 3 === 0 ? null : at % 3 === 1,
}));

const shared = sharedTenant([definition, { name: "others", fields: definition.fields }]);
const items = (): Collection<Item> => shared.db.collection<Item>("items");
let stored: readonly Stored[] = [];

beforeAll(async () => {
  stored = valueOf(await items().createMany(rows));
  valueOf(await shared.db.collection<Item>("others").createMany(rows));
});

const idsOf = (records: readonly { readonly id: string }[]): readonly string[] => records.map(({ id }) => id);

/** Walks a list by cursor to its end. */
async function walk(collection: Collection<Item>, perPage: number, options: ListOptions): Promise<readonly Stored[]> {
  const seen: Stored[] = [];
  let cursor: string | null | undefined = "";
  while (typeof cursor === "string") {
    const page: RecordPage<Stored> = valueOf(await collection.getList(1, perPage, { ...options, cursor }));
    expect(page.items.length).toBeLessThanOrEqual(perPage);
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(cursor).toBeNull();
  return seen;
}

describe("pages by number", () => {
  it("are 30 records from the first on, in the order of their making", async () => {
    const page = valueOf(await items().getList());
    expect(page).toMatchObject({ page: 1, perPage: 30, totalItems: 57, totalPages: 2 });
    expect(idsOf(page.items)).toEqual(idsOf(stored.slice(0, 30)));
    expect(page).not.toHaveProperty("nextCursor");
  });

  it("cover everything once, whatever their size", async () => {
    for (const perPage of [1, 7, 56, 57, 58, 1_000]) {
      const seen: Stored[] = [];
      const pages = Math.ceil(57 / perPage);
      for (let page = 1; page <= pages; page += 1) {
        const given = valueOf(await items().getList(page, perPage));
        expect(given).toMatchObject({ page, perPage, totalItems: 57, totalPages: pages });
        seen.push(...given.items);
      }
      expect(seen).toEqual(stored);
    }
  });

  it("are empty beyond the last", async () => {
    for (const page of [3, 1_000, 1e12]) {
      expect(valueOf(await items().getList(page, 30))).toEqual({
        page,
        perPage: 30,
        totalItems: 57,
        totalPages: 2,
        items: [],
      });
    }
  });

  it("do not count with skipTotal", async () => {
    const page = valueOf(await items().getList(2, 30, { skipTotal: true }));
    expect(page).toMatchObject({ totalItems: -1, totalPages: -1 });
    expect(idsOf(page.items)).toEqual(idsOf(stored.slice(30)));
  });

  it("count what the filter selects", async () => {
    const wanted = stored.filter(({ done }) => done === true);
    const page = valueOf(await items().getList(1, 5, { filter: "done = true" }));
    expect(page).toMatchObject({ totalItems: wanted.length, totalPages: Math.ceil(wanted.length / 5) });
    expect(idsOf(page.items)).toEqual(idsOf(wanted.slice(0, 5)));
    const none = valueOf(await items().getList(1, 5, { filter: "rank = 77" }));
    expect(none).toEqual({ page: 1, perPage: 5, totalItems: 0, totalPages: 0, items: [] });
  });

  it("take a limit that the engine was opened with", async () => {
    const { db } = await openTenant([definition], { limits: { perPage: 5 } });
    valueOf(await db.collection("items").getList(1, 5));
    expect(refusalOf(await db.collection("items").getList(1, 6), "request_invalid").message).toContain("5");
  });
});

describe("sorts", () => {
  const compare = (left: unknown, right: unknown): number => {
    if (left === right) return 0;
    if (left === null) return -1;
    if (right === null) return 1;
    if (typeof left === "string" && typeof right === "string")
      return Buffer.compare(Buffer.from(left), Buffer.from(right));
    return Number(left) - Number(right);
  };
  const sortedBy = (keys: readonly string[]): readonly Stored[] =>
    [...stored].sort((left, right) => {
      for (const key of [...keys, "id"]) {
        const name = key.replace(/^[-+]/, "") as keyof Stored;
        const order = compare(left[name], right[name]);
        if (order !== 0) return key.startsWith("-") ? -order : order;
      }
      return 0;
    });
  const key = fc.tuple(
    fc.constantFrom("", "-", "+"),
    fc.constantFrom("title", "rank", "done", "id", "created", "updated"),
  );
  const keys = fc
    .uniqueArray(key, { maxLength: 4, selector: ([, name]) => name })
    .map((list) => list.map(([sign, name]) => sign + name));

  it("order as asked, nulls first ascending and last descending, ties by id; by number and by cursor alike", async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 60 }), async (sort, perPage) => {
        const expected = idsOf(sortedBy(sort));
        const page = valueOf(await items().getList(1, 100, { sort: sort.join(",") }));
        expect(idsOf(page.items)).toEqual(expected);
        expect(idsOf(await walk(items(), perPage, { sort, skipTotal: true }))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("hold for filtered lists too", async () => {
    const expected = sortedBy(["-rank", "title"]).filter(({ done }) => done !== true);
    const options = { sort: "-rank,title", filter: "done != true || done = null" };
    expect(idsOf(await walk(items(), 4, options))).toEqual(idsOf(expected));
  });
});

describe("cursors", () => {
  it("give the totals unless they are left out", async () => {
    const page = valueOf(await items().getList(1, 10, { cursor: "" }));
    expect(page).toMatchObject({ page: 1, perPage: 10, totalItems: 57, totalPages: 6 });
    const next = valueOf(await items().getList(1, 10, { cursor: page.nextCursor ?? "", skipTotal: true }));
    expect(next).toMatchObject({ totalItems: -1, totalPages: -1 });
    expect(idsOf(next.items)).toEqual(idsOf(stored.slice(10, 20)));
  });

  it("end with null on a page that is just full, and on an empty list", async () => {
    expect(valueOf(await items().getList(1, 57, { cursor: "" })).nextCursor).toBeNull();
    expect(valueOf(await items().getList(1, 5, { cursor: "", filter: "rank = 77" }))).toMatchObject({
      items: [],
      nextCursor: null,
    });
  });

  it("repeat and miss nothing when records go and come between pages", async () => {
    const { db } = await openTenant([definition]);
    const own = db.collection<Item>("items");
    const made = valueOf(await own.createMany(rows));
    const sort = "-rank,title";
    const before = valueOf(await own.getList(1, 100, { sort })).items;
    const first = valueOf(await own.getList(1, 10, { sort, cursor: "" }));
    // Gone: one already seen, the very one that the cursor stands on, and one still to come.
    const gone = [first.items[2], first.items[9], before[20]];
    for (const record of gone) valueOf(await own.delete(String(record?.id)));
    valueOf(await own.create({ title: "z", rank: 1e300, done: null }));
    const late = valueOf(await own.create({ title: "z", rank: -1e300, done: null }));
    const rest: Stored[] = [];
    let cursor = first.nextCursor;
    while (typeof cursor === "string") {
      const page = valueOf(await own.getList(1, 10, { sort, cursor }));
      rest.push(...page.items);
      cursor = page.nextCursor;
    }
    const expected = before.slice(10).filter(({ id }) => id !== before[20]?.id);
    const lateFirst = idsOf(rest).filter((id) => id !== late.id);
    expect(lateFirst).toEqual(idsOf(expected));
    expect(idsOf(rest)).toContain(late.id);
    expect(made).toHaveLength(57);
  });

  it("are refused for another list than their own, and when they are altered", async () => {
    const { nextCursor } = valueOf(await items().getList(1, 10, { cursor: "", sort: "rank" }));
    const cursor = String(nextCursor);
    const elsewhere = shared.engine.db().collection("items");
    const refused = [
      await items().getList(1, 10, { cursor }),
      await items().getList(1, 10, { cursor, sort: "-rank" }),
      await items().getList(1, 10, { cursor, sort: "title" }),
      await items().getList(1, 10, { cursor, sort: "rank", filter: "done = true" }),
      await shared.db.collection("others").getList(1, 10, { cursor, sort: "rank" }),
      await elsewhere.getList(1, 10, { cursor, sort: "rank" }),
      await items().getList(1, 10, { cursor: `${cursor}A`, sort: "rank" }),
      await items().getList(1, 10, { cursor: cursor.slice(0, -2), sort: "rank" }),
      await items().getList(1, 10, { cursor: "x".repeat(1_000_000), sort: "rank" }),
      await items().getList(1, 10, { cursor: "\0", sort: "rank" }),
    ];
    for (const result of refused) {
      expect(refusalOf(result, "request_invalid").details.parameter).toBe("cursor");
    }
    valueOf(await items().getList(1, 10, { cursor, sort: "+rank" }));
  });

  it("are refused with any one character changed", async () => {
    const cursor = String(valueOf(await items().getList(1, 10, { cursor: "" })).nextCursor);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    await fc.assert(
      fc.asyncProperty(
        fc.nat(cursor.length - 2),
        fc.nat(63).map((index) => alphabet.charAt(index)),
        async (at, character) => {
          fc.pre(cursor[at] !== character && cursor[at] !== ".");
          const altered = cursor.slice(0, at) + character + cursor.slice(at + 1);
          refusalOf(await items().getList(1, 10, { cursor: altered }), "request_invalid");
        },
      ),
      { numRuns: 200 },
    );
  });

  it("outlive the engine that gave them, in the same directory", async () => {
    const jwtSecret = "0123456789abcdef0123456789abcdef";
    const { db } = await openTenant([definition], { jwtSecret });
    const own = db.collection<Item>("items");
    valueOf(await own.createMany(rows));
    const { nextCursor } = valueOf(await own.getList(1, 10, { cursor: "" }));
    expect(valueOf(await own.getList(1, 100, { cursor: String(nextCursor) })).items).toHaveLength(47);
  });
});

describe("first and count", () => {
  it("give what the list gives", async () => {
    expect(valueOf(await items().getFirst(""))).toEqual(stored[0]);
    const sorted = valueOf(await items().getList(1, 1, { sort: "-rank", filter: "done = false" })).items[0];
    expect(valueOf(await items().getFirst("done = false", { sort: "-rank" }))).toEqual(sorted);
    expect(valueOf(await items().getFirst(["rank = {:n}", { n: 0 }], { fields: "rank" }))).toEqual({ rank: 0 });
    expect(valueOf(await items().count())).toBe(57);
    expect(valueOf(await items().count("done = null"))).toBe(rows.filter(({ done }) => done === null).length);
    expect(valueOf(await items().count(["rank = {:n}", { n: 77 }]))).toBe(0);
  });

  it("end in record_not_found where no record matches", async () => {
    expect(refusalOf(await items().getFirst("rank = 77"), "record_not_found").details.collection).toBe("items");
  });
});

describe("iterate", () => {
  async function all(options: Parameters<Collection["iterate"]>[0]): Promise<readonly Stored[]> {
    const seen: Stored[] = [];
    for await (const record of items().iterate(options)) seen.push(valueOf(record));
    return seen;
  }

  it("gives everything once in the order of making, whatever the batch", async () => {
    for (const batch of [1, 10, 56, 57, 58, undefined]) expect(await all({ batch })).toEqual(stored);
  });

  it("takes a filter and picks fields", async () => {
    const seen = await all({ filter: "done = true", batch: 3, fields: "rank" });
    expect(seen).toEqual(stored.filter(({ done }) => done === true).map(({ rank }) => ({ rank })));
  });

  it("can be left early, and holds nothing then", async () => {
    const { engine, db } = await openTenant([definition]);
    valueOf(await db.collection<Item>("items").createMany(rows));
    let seen = 0;
    for await (const record of db.collection("items").iterate({ batch: 10 })) {
      valueOf(record);
      seen += 1;
      if (seen === 15) break;
    }
    expect(seen).toBe(15);
    valueOf(await engine.databases.delete("client1"));
  });

  it("may change the records that it passes", async () => {
    const { db } = await openTenant([definition]);
    const own = db.collection<Item>("items");
    valueOf(await own.createMany(rows));
    let seen = 0;
    for await (const record of own.iterate({ batch: 5 })) {
      const { id } = valueOf(record);
      seen += 1;
      valueOf(
        seen % 2 === 0
          ? await own.delete(id).map(() => undefined)
          : await own.update(id, { rank: 9 }).map(() => undefined),
      );
    }
    expect(seen).toBe(57);
    expect(valueOf(await own.count("rank = 9"))).toBe(29);
    expect(valueOf(await own.count())).toBe(29);
  });

  it.each([
    ["an unknown field in the filter", { filter: "nope = 1" }, "filter_invalid"],
    ["a batch of zero", { batch: 0 }, "request_invalid"],
    ["a batch above the limit", { batch: 1_001 }, "request_invalid"],
    ["a batch that is no number", { batch: "10" as never }, "request_invalid"],
    ["an unknown relation", { expand: "nope" }, "request_invalid"],
  ] as const)("gives one error and ends: %s", async (_what, options, code) => {
    const given = [];
    for await (const record of items().iterate(options)) given.push(record);
    expect(given).toHaveLength(1);
    for (const record of given) refusalOf(record, code);
  });

  it("ends in an error when its database goes away", async () => {
    const { engine, db } = await openTenant([definition]);
    valueOf(await db.collection<Item>("items").createMany(rows));
    let last;
    let seen = 0;
    for await (const record of db.collection("items").iterate({ batch: 10 })) {
      last = record;
      if (record.isErr()) continue;
      seen += 1;
      if (seen === 10) valueOf(await engine.databases.delete("client1"));
    }
    expect(seen).toBe(10);
    if (!last) throw new Error("records were given");
    refusalOf(last, "database_not_found");
  });
});
