// Every operation × rule × caller against an oracle in three-valued logic: no deviation in one case.
import { beforeAll, afterAll, describe, expect, it } from "vitest";
import {
  EngineError,
  err,
  TenantEngine,
  type Collection,
  type Database,
  type Result,
  type User,
} from "../../lib/index.js";
import { askedDatabase, Oracle, type Caller, type Setting } from "../support/access-oracle.js";
import type { OracleRule } from "../support/access-rules.js";
import { settings } from "../support/access-settings.js";
import { makeWorld, type Doc, type World } from "../support/access-world.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

/** One case: what was asked, what came, what must come. */
interface Case {
  readonly call: string;
  readonly given: string;
  readonly wanted: string;
}

const words = <T>(result: Result<T, EngineError>, say: (value: T) => string): string =>
  result.isErr() ? result.error.code : say(result.value);
const titles = (docs: readonly { readonly title: string }[]): string => docs.map(({ title }) => title).join();
const seenWords = (seen: readonly Doc[] | string): string => (typeof seen === "string" ? seen : titles(seen));
const shownWords = (record: object): string =>
  Object.keys(record).length === 1 && "id" in record ? "id alone" : "title" in record ? "record" : "something else";

let dataDir = "";
let engine: TenantEngine;
let trusted: Database;
let world: World;
let callers: readonly Caller[];

beforeAll(async () => {
  dataDir = await makeTempDirectory();
  engine = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
  const made = await makeWorld(engine, askedDatabase);
  trusted = made.db;
  world = made.world;
  const [one, two] = world.people;
  const principalOf = async (db: Database, id: string): Promise<User> => valueOf(await db.auth.principalOf(id)) as User;
  valueOf(await engine.databases.create({ name: "elsewhere" }));
  valueOf(await engine.databases.create({ name: "remade" }));
  const elsewhere = engine.db("elsewhere");
  const theirs = valueOf(
    await elsewhere.collection("users").create({ email: "one@example.com", password: "correct horse", name: "a" }),
  );
  const first = await principalOf(trusted, one.id);
  const foreign = await principalOf(elsewhere, theirs.id);
  const user = (name: string, principal: User, standing: Caller["standing"]): Caller => ({
    name,
    principal,
    auth: { id: principal.record.id, name: principal.record["name"] as string | null, dbname: principal.databaseName },
    standing,
  });
  callers = [
    { name: "guest", principal: { kind: "guest" }, auth: null, standing: "here" },
    user("owner", first, "here"),
    user("other", await principalOf(trusted, two.id), "here"),
    user("same id elsewhere", { ...foreign, record: first.record }, "elsewhere"),
    user("of a database that is gone", { ...first, databaseId: "0".repeat(32) }, "gone"),
    { ...user("superuser", first, "superuser"), principal: { kind: "superuser", record: first.record } },
  ];
});

afterAll(async () => {
  await engine.close();
  await removeTempDirectory(dataDir);
});

type DocsOf = { collection<Fields extends object>(name: string): Collection<Fields> };

async function readCases(db: DocsOf, oracle: Oracle): Promise<Case[]> {
  const docs = db.collection<Doc>("docs");
  const listed = oracle.seen("list");
  const view = oracle.of("view");
  const iterated: Doc[] = [];
  let end = "";
  for await (const each of docs.iterate({ batch: 2 })) {
    if (each.isOk()) iterated.push(each.value);
    else end = each.error.code;
  }
  const count = typeof listed === "string" ? listed : String(listed.length);
  const cases: Case[] = [
    {
      call: "getList",
      given: words(await docs.getList(1, 50), (page) => `${titles(page.items)} of ${page.totalItems}`),
      wanted: typeof listed === "string" ? listed : `${titles(listed)} of ${listed.length}`,
    },
    {
      call: "getList by cursor",
      given: words(await docs.getList(1, 50, { cursor: "", sort: "id" }), (page) => titles(page.items)),
      wanted: seenWords(listed),
    },
    { call: "count", given: words(await docs.count(), String), wanted: count },
    { call: "iterate", given: end || titles(iterated), wanted: seenWords(listed) },
    {
      call: "getFirst",
      given: words(await docs.getFirst(""), ({ title }) => title),
      wanted: typeof listed === "string" ? listed : (listed[0]?.title ?? "record_not_found"),
    },
  ];
  for (const doc of world.docs) {
    cases.push({
      call: `getOne ${doc.title}`,
      given: words(await docs.getOne(doc.id), ({ title }) => title),
      wanted: "refusal" in view ? view.refusal : view.holds(doc) ? doc.title : "record_not_found",
    });
  }
  const links = await db.collection<{ readonly doc: string }>("links").getList(1, 50, { expand: "doc" });
  const linkList = oracle.of("list", "links");
  const linkHolds = "holds" in linkList && linkList.holds(world.docs[0]!);
  const expanded = "holds" in view ? world.docs.filter(view.holds) : [];
  cases.push({
    call: "expand",
    given: words(links, ({ items }) => titles(items.flatMap(({ expand }) => (expand ? [expand["doc"] as Doc] : [])))),
    wanted: "refusal" in linkList ? linkList.refusal : linkHolds ? titles(expanded) : "",
  });
  const hop = await db.collection("links").count("doc.title != ''");
  cases.push({
    call: "filter over a relation",
    given: words(hop, String),
    wanted: "refusal" in linkList ? linkList.refusal : String(linkHolds ? expanded.length : 0),
  });
  return cases;
}

const patches = (): readonly Partial<Doc>[] => [
  { title: "changed" },
  { owner: world.people[1].id },
  { owner: null, label: "b" },
  { label: "a", editors: [] },
];
const newDocs = (): readonly Partial<Doc>[] => {
  const [mine, theirs] = world.docs as readonly [Doc, Doc];
  return [
    { title: "new", owner: mine.owner, project: mine.project, editors: mine.editors, label: "a" },
    { title: "new" },
    { title: "new", owner: theirs.owner, project: theirs.project, editors: theirs.editors, label: "b" },
  ];
};
const madeOf = (sent: Partial<Doc>): Doc => ({
  ...{ id: "new", title: "new", owner: null, project: null, editors: [], label: null },
  ...sent,
});

type Write = (db: DocsOf, oracle: Oracle) => Promise<Case & { readonly restore: () => Promise<void> }>;

const restoreNothing = async (): Promise<void> => undefined;

function writes(): readonly Write[] {
  const creates = newDocs().map((sent, n): Write => async (db, oracle) => {
    const made = await db.collection<Doc>("docs").create(sent);
    return {
      call: `create ${n}`,
      given: words(made, shownWords),
      wanted: oracle.create([madeOf(sent)], [sent]),
      restore: made.isOk() ? () => remove(made.value.id) : restoreNothing,
    };
  });
  const many: Write = async (db, oracle) => {
    const sent = newDocs();
    const made = await db.collection<Doc>("docs").createMany(sent);
    return {
      call: "createMany",
      given: words(made, (records) => records.map(shownWords).join()),
      wanted: oracle.create(sent.map(madeOf), sent),
      restore: async () => {
        for (const { id } of made.unwrapOr([])) await remove(id);
      },
    };
  };
  const updates = world.docs.flatMap((doc, d) =>
    patches()
      // Each document meets half of the patches.
      .filter((_, p) => (p + d) % 2 === 0)
      .map((patch): Write => async (db, oracle) => {
        const updated = await db.collection<Doc>("docs").update(doc.id, patch);
        const { title, owner: who, editors, label: word } = doc;
        return {
          call: `update ${doc.title} ${JSON.stringify(patch)}`,
          given: words(updated, shownWords),
          wanted: oracle.update(doc, patch),
          restore: async () => {
            if (updated.isOk()) {
              valueOf(await trusted.collection("docs").update(doc.id, { title, owner: who, editors, label: word }));
            }
          },
        };
      }),
  );
  const deletes = world.docs.map((doc): Write => async (db, oracle) => {
    const deleted = await db.collection<Doc>("docs").delete(doc.id);
    return {
      call: `delete ${doc.title}`,
      given: words(deleted, () => "gone"),
      wanted: oracle.delete(doc),
      restore: async () => {
        if (deleted.isOk()) valueOf(await trusted.collection("docs").undelete(doc.id));
      },
    };
  });
  return [...creates, many, ...updates, ...deletes];
}

async function remove(id: string): Promise<void> {
  valueOf(await trusted.collection("docs").delete(id));
  valueOf(await trusted.collection("docs").purge(id));
}

const rollBack = new EngineError("conflict", {}, { message: "rolled back on purpose" });

/** The reads, and three of the writes, each in a transaction that is rolled back. */
async function transactionCases(db: Database, oracle: Oracle, turn: number): Promise<Case[]> {
  const cases: Case[] = [];
  const letIn = oracle.transaction();
  const attempt = async (work: (tx: DocsOf) => Promise<readonly Case[]>): Promise<void> => {
    const inside: Case[] = [];
    const ended = await db.transaction(async (tx) => {
      inside.push(...(await work(tx)));
      return err(rollBack);
    });
    cases.push({ call: "transaction", given: words(ended, () => "committed"), wanted: letIn ?? "conflict" }, ...inside);
  };
  await attempt((tx) => readCases(tx, oracle));
  const list = writes();
  for (let n = 0; n < 3; n += 1) {
    const write = list[(turn * 3 + n) % list.length]!;
    await attempt(async (tx) => [await write(tx, oracle)]);
  }
  return cases;
}

async function settle(setting: Setting): Promise<() => Promise<void>> {
  const { list, view, create, update, delete: remove } = setting.own;
  const text = (rule: OracleRule | null): string | null => rule?.text ?? null;
  valueOf(
    await engine.collections.update("docs", {
      listRule: text(list),
      viewRule: text(view),
      createRule: text(create),
      updateRule: text(update),
      deleteRule: text(remove),
    }),
  );
  const ids: string[] = [];
  for (const { definition, text: rule } of setting.covering) {
    ids.push(valueOf(await engine.rules.create({ name: setting.name.slice(0, 100), rule, ...definition })).id);
  }
  return async () => {
    for (const id of ids) valueOf(await engine.rules.delete(id));
  };
}

describe("the truth table of access", () => {
  let tried = 0;

  it.each(settings.map((setting, turn) => ({ ...setting, turn })))("$name", async ({ turn, ...setting }) => {
    const unsettle = await settle(setting);
    for (const caller of callers) {
      const db = trusted.as(caller.principal);
      const oracle = new Oracle(setting, caller, world, { isInside: false });
      const cases = await readCases(db, oracle);
      for (const write of writes()) {
        const { restore, ...each } = await write(db, oracle);
        cases.push(each);
        await restore();
      }
      cases.push(...(await transactionCases(db, new Oracle(setting, caller, world, { isInside: true }), turn)));
      tried += cases.length;
      const deviations = cases.filter(({ given, wanted }) => given !== wanted);
      expect(deviations, `${setting.name}, ${caller.name}`).toEqual([]);
    }
    await unsettle();
  });

  it("has tried every caller with every rule", () => {
    expect(tried).toBeGreaterThan(settings.length * callers.length * 40);
  });
});
