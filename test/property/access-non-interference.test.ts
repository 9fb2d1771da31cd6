// What a client may not know does not change what he is told: two databases that differ in hidden fields and deleted
// records alone give the same answers to the same calls.
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TenantEngine, type CollectionDefinition, type Principal } from "../../lib/index.js";
import { shownOf } from "../support/access-calls.js";
import { randomCalls, type KnownIds, type RandomCall } from "../support/access-random-calls.js";
import { openEngine } from "../support/open-engine.js";
import { testSeed } from "../support/random.js";
import { changeFile } from "../support/raw-database.js";
import { setClock, type SetClock } from "../support/set-clock.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;
const hide = (hidden: boolean): readonly CollectionDefinition[] => [
  {
    name: "users",
    type: "auth",
    fields: [
      { name: "name", type: "text" },
      { name: "secret", type: "text", hidden },
    ],
    softDelete: true,
    ...open,
    updateRule: "id = @request.auth.id",
  },
  {
    name: "tags",
    fields: [
      { name: "label", type: "text" },
      { name: "hint", type: "text", hidden },
    ],
    ...open,
  },
  {
    name: "items",
    fields: [
      { name: "title", type: "text" },
      { name: "rank", type: "number" },
      { name: "code", type: "text", unique: true },
      { name: "secret", type: "text", hidden },
      { name: "score", type: "number", hidden },
      { name: "shadow", type: "relation", collection: "tags", hidden },
      { name: "tag", type: "relation", collection: "tags" },
      { name: "owner", type: "relation", collection: "users" },
      { name: "peers", type: "relation", collection: "items", multiple: true },
    ],
    softDelete: true,
    ...open,
    updateRule: "owner = null || owner = @request.auth.id",
    deleteRule: "!(owner != @request.auth.id)",
    listRule: "rank = null || rank < 2 || @request.auth.id != ''",
  },
];

interface Twins {
  readonly engine: TenantEngine;
  readonly clock: SetClock;
  readonly ids: KnownIds;
  readonly people: readonly string[];
}

/** `left`, and `right`: its copy with other hidden values, one deleted record more, one less, and others changed. */
async function makeTwins(hidden: boolean): Promise<Twins> {
  const dataDir = await tempDirectory();
  const clock = setClock();
  const first = valueOf(await TenantEngine.open({ dataDir, clock, durability: "normal" }));
  for (const definition of hide(hidden)) valueOf(await first.collections.create(definition));
  valueOf(await first.databases.create({ name: "left" }));
  const db = first.db("left");
  const make = async (collection: string, row: object): Promise<string> =>
    valueOf(await db.collection(collection).create(row)).id;
  const person = (n: number) =>
    make("users", { email: `p${n}@example.com`, password: "correct horse", name: `p${n}`, secret: "a" });
  const people = [await person(0), await person(1), await person(2)];
  const tags = [
    await make("tags", { label: "a", hint: "a" }),
    await make("tags", { label: "b" }),
    await make("tags", {}),
  ];
  const items: string[] = [];
  for (let n = 0; n < 16; n += 1) {
    const row = {
      ...{ title: ["a", "b", null][n % 3], rank: n % 4, code: `code ${n}`, secret: "a", score: n, shadow: tags[n % 2] },
      ...{ tag: tags[n % 3], owner: people[n % 4] ?? null, peers: items.slice(-2) },
    };
    items.push(await make("items", row));
  }
  // From here on deleted: what is left of them is for nobody to know.
  for (const n of [3, 7, 11]) {
    valueOf(await db.collection("items").update(items[n]!, { title: "canary", code: `canary code ${n}` }));
    valueOf(await db.collection("items").delete(items[n]!));
  }
  valueOf(await db.collection("users").delete(people[2]!));
  valueOf(await first.close());
  const right = join(dataDir, "right.db");
  await copyFile(join(dataDir, "left.db"), right);
  await changeFile(
    right,
    `update "_engine" set "value" = '${randomBytes(16).toString("hex")}' where "key" = 'id';
     update "items" set "secret" = 'canary secret ' || "rank", "score" = -"score", "shadow" = null;
     update "tags" set "hint" = 'canary'; update "users" set "secret" = 'canary ' || "name";
     delete from "items" where "id" = '${items[3]}';
     update "items" set "title" = 'canary moved', "code" = 'one', "tag" = null, "rank" = 0 where "id" = '${items[7]}';
     update "users" set "email" = 'canary@example.com' where "id" = '${people[2]}';`,
  );
  const engine = await openEngine({ dataDir, clock });
  const strangers = ["0".repeat(32), "not-a-record"];
  return { engine, clock, people, ids: { items: [...items, ...strangers], tags: [...tags, strangers[0]!], people } };
}

/** Answers of one database, with the ids that it has made itself called by their order. */
class Side {
  readonly #db;
  readonly #principals: readonly (Principal | null)[];
  readonly #known: ReadonlySet<string>;
  readonly #made = new Map<string, string>();

  constructor(engine: TenantEngine, name: string, principals: readonly (Principal | null)[], ids: KnownIds) {
    this.#db = engine.db(name);
    this.#principals = principals;
    this.#known = new Set([...ids.items, ...ids.tags, ...ids.people]);
  }

  async answer({ who, run }: RandomCall): Promise<string> {
    const shown = shownOf(await run(this.#db.as(this.#principals[who] ?? null)));
    // A cursor is signed for its database: that there is one must be equal, not its text.
    const comparable = shown.replace(/"nextCursor":"[^"]+"/, '"nextCursor":"some"');
    return comparable.replaceAll(/\b[0-9a-f]{32}\b/g, (id) => {
      if (this.#known.has(id)) return id;
      if (!this.#made.has(id)) this.#made.set(id, `made ${this.#made.size}`);
      return this.#made.get(id) ?? id;
    });
  }
}

async function sidesOf({ engine, ids, people }: Twins): Promise<readonly [Side, Side]> {
  const side = async (name: string): Promise<Side> => {
    const { auth } = engine.db(name);
    const users = [valueOf(await auth.principalOf(people[0]!)), valueOf(await auth.principalOf(people[1]!))];
    return new Side(engine, name, [null, ...users], ids);
  };
  return [await side("left"), await side("right")];
}

/** Runs the same calls on both sides at the same times; gives those that were answered differently, and all answers. */
async function differences(twins: Twins, calls: readonly RandomCall[]) {
  const [left, right] = await sidesOf(twins);
  const found: { readonly call: string; readonly left: string; readonly right: string }[] = [];
  const answers: string[] = [];
  for (const call of calls) {
    twins.clock.ms += 1_000;
    const answered = { left: await left.answer(call), right: await right.answer(call) };
    if (answered.left !== answered.right) found.push({ call: `${call.who}: ${call.what}`, ...answered });
    answers.push(answered.left, answered.right);
  }
  return { found, answers };
}

describe("hidden fields and deleted records", () => {
  it("change no answer of 2,000 random calls, and show in none", async () => {
    const seed = testSeed("access non-interference");
    const twins = await makeTwins(true);
    const calls = fc.sample(randomCalls(twins.ids), { numRuns: 2_000, seed });
    const { found, answers } = await differences(twins, calls);
    expect(found.slice(0, 3)).toEqual([]);
    // What a client wrote himself comes back to him, as "canary code"; everything else marked so was hidden.
    const leaks = answers.filter((answer) => /canary(?! code[\\"'])/.test(withoutOwnWords(answer)));
    expect(leaks.slice(0, 3)).toEqual([]);
    // Most calls must have got somewhere, or equal answers prove nothing.
    expect(answers.filter((answer) => !answer.includes('"code":"') || answer.includes('"id":')).length).toBeGreaterThan(
      1_500,
    );
  });

  it("would be caught: with the fields in sight, the same kind of calls answers differently", async () => {
    const twins = await makeTwins(false);
    const calls = fc.sample(randomCalls(twins.ids, { onlyReads: true }), { numRuns: 200, seed: 1 });
    const { found, answers } = await differences(twins, calls);
    expect(found.length).toBeGreaterThan(20);
    expect(answers.some((answer) => answer.includes("canary secret"))).toBe(true);
  });

  it("are out of reach of clients, who cannot ask for deleted records, bring them back or remove them", async () => {
    const { engine, people, ids } = await makeTwins(true);
    const user = valueOf(await engine.db("left").auth.principalOf(people[0]!));
    for (const principal of [null, user]) {
      const items = engine.db("left").as(principal).collection("items");
      refusalOf(await items.getList(1, 10, { includeDeleted: true }), "forbidden");
      refusalOf(await items.count("", { includeDeleted: true }), "forbidden");
      refusalOf(await items.getOne(ids.items[3]!, { includeDeleted: true }), "forbidden");
      refusalOf(await items.getFirst("", { includeDeleted: true }), "forbidden");
      for (const n of [0, 3, 16]) {
        refusalOf(await items.undelete(ids.items[n]!), "forbidden");
        refusalOf(await items.purge(ids.items[n]!), "forbidden");
      }
    }
  });
});

/** An answer without the expression that it quotes: the caller's own words. */
const withoutOwnWords = (answer: string): string =>
  answer.startsWith('{"code":')
    ? answer.replace(/"expression":"(?:[^"\\]|\\.)*"/, "").replace(/"message":"(?:[^"\\]|\\.)*"/, "")
    : answer;
