// Rules as they are made and kept: refused with the character and the reason, never broken by a schema change, and never
// opening what they guard, whatever becomes of the tables below them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TenantEngine, type CollectionDefinition, type LogCall } from "../../lib/index.js";
import { documentRules } from "../support/access-rules.js";
import { makeWorld } from "../support/access-world.js";
import { openEngine, openTenant, sharedTenant } from "../support/open-engine.js";
import { changeFile } from "../support/raw-database.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const definitions: readonly CollectionDefinition[] = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }] },
  {
    name: "teams",
    fields: [
      { name: "title", type: "text" },
      { name: "lead", type: "relation", collection: "users" },
    ],
  },
  {
    name: "notes",
    fields: [
      { name: "text", type: "text" },
      { name: "stars", type: "number" },
      { name: "team", type: "relation", collection: "teams" },
      { name: "owner", type: "relation", collection: "users" },
      { name: "hint", type: "text", hidden: true },
    ],
  },
];

/** Bad rules for `notes`, the character of the fault, and a word that the reason must have. */
const badRules = [
  ["nothing = 1", 0, "nothing"],
  ["text = 'a' && nothing = 1", 14, "nothing"],
  ["team.nothing = 'a'", 5, "nothing"],
  ["text.more = 'a'", 5, "relation"],
  ["team.lead.password ~ '$argon2'", 10, "password"],
  ["stars = 'many'", 8, "number"],
  ["stars ~ 1", 0, "text"],
  ["text = ", 7, ""],
  ["(text = 'a'", 11, ""],
  ["text = 'a", 7, ""],
  ["text == 'a'", 6, ""],
  ["@request.nothing = 1", 0, "request"],
  ["@collection.users.id = 1", 0, ""],
  ["text = {:word}", 7, ""],
  ["@request.auth.id:nothing = 1", 16, ""],
  ["@request.data.tetx:changed = false", 14, "tetx"],
  ["text = 'a'; drop table notes", 10, ""],
] as const;

describe("a rule that cannot be read", () => {
  const shared = sharedTenant(definitions);

  it.each(badRules)("of a collection, %s, is refused at character %i", async (rule, position, word) => {
    for (const name of ["listRule", "viewRule", "createRule", "updateRule", "deleteRule"] as const) {
      const refused = refusalOf(await shared.engine.collections.update("notes", { [name]: rule }), "rule_invalid");
      expect(refused.details).toMatchObject({ expression: rule, position, rule: name });
      expect(refused.message).toContain(word);
    }
    const made = await shared.engine.collections.create({
      ...definitions[2]!,
      name: "others",
      listRule: rule,
    });
    expect(refusalOf(made, "rule_invalid").details.position).toBe(position);
  });

  it.each(badRules)("of databases, %s, is refused at character %i", async (rule, position) => {
    const { rules } = shared.engine;
    const refused = refusalOf(await rules.create({ name: "bad", collection: "notes", rule }), "rule_invalid");
    expect(refused.details).toMatchObject({ expression: rule, position });
    expect(valueOf(await rules.list())).toEqual([]);
  });

  it("for every collection may ask about the request alone", async () => {
    const { rules } = shared.engine;
    for (const [rule, position] of [
      ["owner = @request.auth.id", 0],
      ["@request.auth.id != '' && id = 'x'", 26],
    ] as const) {
      const refused = refusalOf(await rules.create({ name: "all", collection: "*", rule }), "rule_invalid");
      expect(refused.details.position).toBe(position);
      expect(refused.message).toContain("@request");
    }
    refusalOf(await rules.create({ name: "none", collection: "nowhere", rule: "1=1" }), "collection_not_found");
  });

  it("has no place in a client's filter, in any spelling", async () => {
    valueOf(await shared.engine.collections.update("notes", { listRule: "" }));
    const notes = shared.db.as(null).collection("notes");
    for (const filter of [
      "@request.auth.id = ''",
      "@REQUEST.dbname = 'a'",
      "text = @request.data.text",
      "@collection.users.id = 'a'",
    ]) {
      refusalOf(await notes.getList(1, 1, { filter }), "filter_invalid");
      refusalOf(await notes.count([filter, {}]), "filter_invalid");
    }
  });
});

describe("a rule that stands", () => {
  it("keeps the fields that it asks about from being deleted, at every hop, and names itself", async () => {
    const { engine } = await openTenant(definitions);
    const { collections, rules } = engine;
    valueOf(await collections.update("notes", { viewRule: "team.lead.name = 'a' && hint != 'b'" }));
    const gate = valueOf(await rules.create({ name: "stars", collection: "notes", rule: "stars > 1 || stars = null" }));
    for (const [collection, field, word] of [
      ["notes", "team", "viewRule"],
      ["notes", "hint", "viewRule"],
      ["teams", "lead", "viewRule"],
      ["users", "name", "viewRule"],
      ["notes", "stars", "stars"],
    ] as const) {
      expect(refusalOf(await collections.deleteField(collection, field), "conflict").message).toContain(word);
    }
    expect(refusalOf(await collections.delete("teams"), "conflict").message).toContain("viewRule");
    valueOf(await collections.deleteField("teams", "title"));
    valueOf(await rules.update(gate.id, { rule: "text != 'x'" }));
    valueOf(await collections.deleteField("notes", "stars"));
    valueOf(await collections.update("notes", { viewRule: null }));
    valueOf(await collections.delete("teams"));
  });

  it("stands again after the engine was closed and opened, the databases' too", async () => {
    const dataDir = await tempDirectory();
    const first = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
    for (const definition of definitions) valueOf(await first.collections.create(definition));
    valueOf(await first.collections.update("notes", { listRule: "", createRule: "" }));
    valueOf(await first.databases.create({ name: "client1" }));
    const made = valueOf(
      await first.rules.create({ name: "quiet", collection: "notes", rule: "text != 'loud'", operations: ["list"] }),
    );
    for (const text of ["loud", "soft"]) valueOf(await first.db("client1").collection("notes").create({ text }));
    valueOf(await first.close());
    const second = await openEngine({ dataDir });
    expect(valueOf(await second.rules.get(made.id))).toEqual(made);
    const listed = valueOf(await second.db("client1").as(null).collection("notes").getList());
    expect(listed.items.map((item) => item["text"])).toEqual(["soft"]);
    refusalOf(await second.db("client1").as(null).collection("notes").getOne(listed.items[0]!.id), "forbidden");
  });

  it("that lets everybody in is logged when it is made, once", async () => {
    const warnings: unknown[] = [];
    const nothing: LogCall = () => undefined;
    const logger = {
      ...{ trace: nothing, debug: nothing, info: nothing, error: nothing, fatal: nothing },
      warn: (...said: readonly unknown[]) => void warnings.push(said),
    };
    const engine = await openEngine({ logger });
    for (const definition of definitions) valueOf(await engine.collections.create(definition));
    expect(warnings).toEqual([]);
    valueOf(await engine.collections.update("notes", { listRule: "", viewRule: "text = 'a'" }));
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings[0])).toContain("listRule");
    valueOf(await engine.collections.update("notes", { viewRule: "text = 'b'" }));
    expect(warnings).toHaveLength(1);
  });
});

describe("relations", () => {
  it("lead a client's filter to records that he may view alone, and a rule to all", async () => {
    const { engine, db } = await openTenant(definitions);
    const lead = valueOf(
      await db.collection("users").create({ email: "a@example.com", password: "correct horse", name: "a" }),
    );
    const team = valueOf(await db.collection("teams").create({ title: "secret", lead: lead.id }));
    valueOf(await db.collection("notes").create({ text: "one", team: team.id }));
    valueOf(await engine.collections.update("notes", { listRule: "team.title = 'secret'", viewRule: "" }));
    const notes = db.as(null).collection("notes");
    expect(valueOf(await notes.getList()).totalItems).toBe(1);
    const probes = ["team.title = 'secret'", "team.title != 'x'", "team.title IS NOT NULL", "team.lead.name ~ 'a'"];
    for (const filter of probes) expect(valueOf(await notes.count(filter))).toBe(0);
    expect(valueOf(await notes.getList(1, 5, { expand: "team" })).items[0]).not.toHaveProperty("expand");
    valueOf(await engine.collections.update("teams", { viewRule: "" }));
    for (const filter of probes.slice(0, 3)) expect(valueOf(await notes.count(filter))).toBe(1);
    expect(valueOf(await notes.count("team.lead.name ~ 'a'"))).toBe(0);
  });
});

describe("tables below the rules", () => {
  const asksNoField = new Set(["everyone", "signedIn", "notSignedIn", "guestIsNobody", "reading"]);
  const asksFar = /project\.|editors\.id|owner\.id/;

  it.each([
    { lost: "its own columns", asks: (name: string) => !asksNoField.has(name), collections: ["docs"] },
    {
      lost: "those behind a relation",
      asks: (_: string, text: string) => asksFar.test(text),
      collections: ["projects", "teams", "users"],
    },
  ])("that lost $lost leave every rule an error, and open none", async ({ asks, collections }) => {
    const columns = { docs: ["owner", "project", "editors", "label"], projects: ["id"], teams: ["id"], users: ["id"] };
    const dataDir = await tempDirectory();
    const first = valueOf(await TenantEngine.open({ dataDir, durability: "normal" }));
    const { db, world } = await makeWorld(first, "client1");
    const user = valueOf(await db.auth.principalOf(world.people[0].id));
    valueOf(await first.close());
    const renames = collections.flatMap((collection) =>
      columns[collection as keyof typeof columns].map(
        (each) => `alter table "${collection}" rename column "${each}" to "lost ${each}"`,
      ),
    );
    await changeFile(join(dataDir, "client1.db"), renames.join(";"));
    const engine = await openEngine({ dataDir });
    let asked = 0;
    for (const [name, { text }] of Object.entries(documentRules)) {
      valueOf(await engine.collections.update("docs", { listRule: text }));
      for (const principal of [user, null]) {
        const counted = await engine.db("client1").as(principal).collection("docs").count();
        if (!asks(name, text)) continue;
        asked += 1;
        expect(counted.isErr(), `${text} answered ${counted.unwrapOr(-1)}`).toBe(true);
      }
    }
    expect(asked).toBeGreaterThan(10);
  });
});

describe("a rule that lets users of other databases in", () => {
  it("must ask which database the engine is about to open, not what the client has sent", async () => {
    const { engine, db } = await openTenant(definitions);
    valueOf(await engine.databases.create({ name: "client2" }));
    const open = { listRule: "", createRule: "" } as const;
    valueOf(await engine.collections.create({ name: "forms", fields: [{ name: "dbname", type: "text" }], ...open }));
    const account = { email: "a@example.com", password: "correct horse" };
    const { id } = valueOf(await db.collection("users").create(account));
    const user = valueOf(await db.auth.principalOf(id));
    const forms = engine.db("client2").as(user).collection("forms");
    const rule = valueOf(await engine.rules.create({ name: "gate", collection: "*", rule: "1=1" }));
    for (const text of [
      "1=1",
      "@request.auth.id != ''",
      "@request.auth.dbname = 'client1'",
      "@request.data.dbname:isset = true || 1=1",
      "@request.data.dbname:changed = true || 1=1",
      "@request.data.other = 'client2' || 1=1",
      "@request.dbname = 'client1'",
    ]) {
      valueOf(await engine.rules.update(rule.id, { rule: text }));
      refusalOf(await forms.getList(), "forbidden");
      refusalOf(await forms.create({ dbname: "client2" }), "forbidden");
      refusalOf(
        await engine
          .db("client2")
          .as(user)
          .transaction((tx) => tx.collection("forms").count()),
        "forbidden",
      );
    }
    valueOf(await engine.rules.update(rule.id, { rule: "@request.data.dbname = 'client2'" }));
    expect(valueOf(await forms.create({ dbname: "client1" }))).toMatchObject({ id: expect.any(String) as string });
    expect(valueOf(await forms.count())).toBe(1);
  });
});

describe("a name that is no tenant's", () => {
  it("answers a client alike whether there is nothing, or a file that the engine did not make", async () => {
    const { engine } = await openTenant(definitions);
    valueOf(await engine.collections.update("notes", { listRule: "" }));
    await writeFile(join(engine.dataDir, "foreign.db"), "not a database of anybody");
    const said = await Promise.all(
      ["nowhere", "foreign"].map(async (name) => {
        const answer = await engine.db(name).as(null).collection("notes").getList();
        return JSON.stringify(refusalOf(answer, "forbidden").toJSON());
      }),
    );
    expect(said[0]).toBe(said[1]);
  });
});
