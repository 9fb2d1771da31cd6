// Which indexes the engine makes of itself, as the log says it.
import { describe, expect, it } from "vitest";
import type { DatabaseRule } from "../../../lib/access/rule-book.js";
import { defaultLimits } from "../../../lib/base/limits.js";
import { indexPlan, withAutomaticIndexes } from "../../../lib/databases/automatic-indexes.js";
import { Catalog } from "../../../lib/schema/catalog.js";
import { describeCollection } from "../../../lib/schema/definitions/describe-collection.js";
import { planCreateCollection } from "../../../lib/schema/plans/plan-create-collection.js";
import { planDeleteField } from "../../../lib/schema/plans/plan-delete-field.js";
import { planUndeleteField } from "../../../lib/schema/plans/plan-undelete-field.js";
import { planUpdateCollection } from "../../../lib/schema/plans/plan-update-collection.js";
import { parseSchemaLogEntry } from "../../../lib/schema/schema-change.js";
import { physicalIndexes } from "../../../lib/schema/tables/physical-indexes.js";
import { SchemaDraft } from "../../support/schema.js";
import { valueOf } from "../../support/unwrap.js";

const fields = [
  { name: "owner", type: "text" },
  { name: "team", type: "text" },
  { name: "status", type: "text" },
  { name: "place", type: "number" },
  { name: "slug", type: "text", unique: true },
  { name: "meta", type: "json" },
  { name: "tags", type: "select", options: ["a", "b"], multiple: true },
] as const;
const relation = { name: "parent", type: "relation", collection: "posts" } as const;
const definition = (change: object = {}) => ({ name: "posts", fields, ...change });

/** Without the table's name and the columns that every one of them ends in. */
const columnsOf = (draft: SchemaDraft): readonly string[] =>
  [...physicalIndexes(draft.get("posts")).values()]
    .filter(({ unique }) => !unique)
    .map(({ columns }) => columns.join());

const afterCreate = (change: object): readonly string[] => {
  const draft = new SchemaDraft();
  draft.create(definition(change));
  return columnsOf(draft);
};

describe("a list rule", () => {
  it.each([
    ["owner = @request.auth.id", ["owner,deleted,id"]],
    ["@request.auth.id = owner", ["owner,deleted,id"]],
    ["@request.auth.id != '' && owner = @request.auth.id", ["owner,deleted,id"]],
    ["(owner = @request.auth.id && place > 1) && team != 'x'", ["owner,deleted,id"]],
    ["team = @request.auth.team && owner = @request.auth.id", ["team,owner,deleted,id"]],
    // Who asks narrows more than what all records share.
    ["status = 'open' && owner = @request.auth.id", ["owner,deleted,id"]],
    ["status = 'open' && place = 3", ["status,place,deleted,id"]],
    ["created = '2026-01-01' && status = 'x' && place = 3 && team = 'y'", ["created,status,place,deleted,id"]],
  ])("%s has an index", (listRule, expected) => {
    expect(afterCreate({ listRule })).toEqual(expected);
  });

  it.each([
    ["no rule", null],
    ["everyone", ""],
    ["either", "owner = @request.auth.id || status = 'open'"],
    ["not", "!(owner = @request.auth.id)"],
    ["unequal", "owner != @request.auth.id"],
    ["absence", "owner = '' && status = null"],
    ["the id", "id = @request.auth.id"],
    ["a unique field", "slug = @request.auth.slug"],
    ["a list", "tags ?= @request.auth.tag"],
    ["json", "meta.owner = @request.auth.id"],
    ["a changed value", "owner:lower = @request.auth.id"],
    ["two fields", "owner = team"],
    ["the request alone", "@request.auth.id = 'x'"],
  ])("has none for %s", (_, listRule) => {
    expect(afterCreate({ listRule })).toEqual([]);
  });

  it("has none over a field that one of the app's unique indexes holds", () => {
    const indexes = [{ fields: ["owner"], unique: true }];
    expect(afterCreate({ listRule: "owner = @request.auth.id", indexes })).toEqual([]);
  });

  it("has none where one of the app's own begins alike", () => {
    const listRule = "owner = @request.auth.id";
    const own = [{ fields: ["owner", "id"] }, { fields: ["owner", "deleted", "id", "place"] }];
    for (const index of own) {
      expect(afterCreate({ listRule, indexes: [index], softDelete: true })).toEqual([index.fields.join()]);
    }
    const indexes = [{ fields: ["owner", "created"] }];
    expect(afterCreate({ listRule, indexes })).toEqual(["owner,created", "owner,deleted,id"]);
  });
});

describe("a relation", () => {
  it("to one record has an index; that of a rule over it is the same", () => {
    expect(afterCreate({ fields: [...fields, relation] })).toEqual(["parent,deleted,id"]);
    const listRule = "parent = @request.auth.post";
    expect(afterCreate({ fields: [...fields, relation], listRule })).toEqual(["parent,deleted,id"]);
  });
  it("to many, or a unique one, has none", () => {
    expect(afterCreate({ fields: [{ ...relation, multiple: true }] })).toEqual([]);
    expect(afterCreate({ fields: [{ ...relation, unique: true }] })).toEqual([]);
  });
  it("keeps it while it is deleted", () => {
    const draft = new SchemaDraft();
    draft.create(definition({ fields: [...fields, relation] }));
    draft.follow(planDeleteField(draft.catalog, "posts", "parent"));
    draft.follow(planUpdateCollection(draft.catalog, "posts", { listRule: "owner = @request.auth.id" }));
    expect(columnsOf(draft)).toEqual(["parent,deleted,id", "owner,deleted,id"]);
    draft.follow(planUndeleteField(draft.catalog, "posts", "parent"));
    expect(columnsOf(draft)).toEqual(["parent,deleted,id", "owner,deleted,id"]);
  });
});

describe("a change", () => {
  const opened = () => {
    const draft = new SchemaDraft();
    draft.create(definition({ listRule: "owner = @request.auth.id" }));
    return draft;
  };
  const update = (draft: SchemaDraft, change: object) =>
    draft.follow(planUpdateCollection(draft.catalog, "posts", change));

  it("of the rule makes what is missing and lets go what no rule asks for", () => {
    const draft = opened();
    update(draft, { listRule: "team = @request.auth.team" });
    expect(columnsOf(draft)).toEqual(["team,deleted,id"]);
    update(draft, { listRule: "" });
    expect(columnsOf(draft)).toEqual([]);
  });

  it("that has nothing to do with them says nothing of them", () => {
    const draft = opened();
    update(draft, { viewRule: "owner = @request.auth.id", fields: [{ name: "more", type: "text" }] });
    expect(draft.entries.at(-1)?.change).not.toHaveProperty("automaticIndexes");
    expect(columnsOf(draft)).toEqual(["owner,deleted,id"]);
    expect(update(draft, { listRule: "owner = @request.auth.id" }).kind).toBe("unchanged");
  });

  it("to an index of the app's own takes the automatic one's place", () => {
    const draft = opened();
    update(draft, { softDelete: true, indexes: [{ fields: ["owner", "id", "place"] }] });
    expect(columnsOf(draft)).toEqual(["owner,id,place"]);
  });

  it("never shows them among the app's own", () => {
    const draft = opened();
    expect(describeCollection(draft.get("posts")).indexes).toEqual([]);
    // The same definition again is the same collection.
    expect(
      valueOf(planCreateCollection(draft.catalog, definition({ listRule: "owner = @request.auth.id" }), draft)).kind,
    ).toBe("exists");
  });
});

describe("a rule over whole databases", () => {
  const rule = (change: Partial<DatabaseRule>): DatabaseRule => ({
    ...{ id: "r", name: "r", collection: "posts", databases: null, operations: null },
    ...{ rule: "team = @request.auth.team", ...change },
  });
  const columnsWith = (...databaseRules: readonly DatabaseRule[]): readonly string[] => {
    const draft = new SchemaDraft();
    draft.create(definition({ listRule: "owner = @request.auth.id" }));
    const plan = indexPlan(draft.get("posts"), { databaseRules, limits: defaultLimits });
    if (plan.kind === "change") draft.log(plan.change);
    return columnsOf(draft);
  };
  it("has its index beside that of the collection's own", () => {
    expect(columnsWith(rule({}))).toEqual(["owner,deleted,id", "team,deleted,id"]);
    expect(columnsWith(rule({ operations: ["view", "list"], databases: ["a"] }))).toHaveLength(2);
  });
  it.each([
    ["does not cover lists", { operations: ["view", "delete"] as const }],
    ["covers another collection", { collection: "notes" }],
    ["covers all", { collection: "*", rule: "@request.auth.id != ''" }],
  ])("has none when it %s", (_, change) => {
    expect(columnsWith(rule(change))).toEqual(["owner,deleted,id"]);
  });
});

describe("a log from before they were written down", () => {
  const old = () => {
    const draft = new SchemaDraft({ automaticIndexes: false });
    draft.create(definition({ fields: [...fields, relation], listRule: "owner = @request.auth.id" }));
    return draft;
  };
  const adopt = (draft: SchemaDraft, change: object) => {
    const plan = valueOf(planUpdateCollection(draft.catalog, "posts", change));
    return withAutomaticIndexes(plan, draft.catalog, { databaseRules: [], limits: defaultLimits });
  };

  it("makes what it always made", () => {
    const draft = old();
    expect(columnsOf(draft)).toEqual(["parent"]);
    draft.follow(planUpdateCollection(draft.catalog, "posts", { fields: [{ name: "more", type: "text" }] }));
    expect(columnsOf(draft)).toEqual(["parent"]);
  });

  it("gets them by the next change, which need not change anything else", () => {
    const draft = old();
    const plan = adopt(draft, {});
    expect(plan.kind).toBe("change");
    if (plan.kind !== "change") return;
    draft.log(plan.change);
    expect(columnsOf(draft)).toEqual(["parent,deleted,id", "owner,deleted,id"]);
    expect(adopt(draft, {}).kind).toBe("unchanged");
    // What the log says is read back, and makes the same.
    const stored = draft.entries.map((entry) => valueOf(parseSchemaLogEntry(JSON.parse(JSON.stringify(entry)))));
    expect(physicalIndexes(Catalog.fold(stored).collections.get("posts")!)).toEqual(
      physicalIndexes(draft.get("posts")),
    );
  });

  it("is left alone by creating the same collection again, and where there is nothing to make", () => {
    const draft = old();
    const same = definition({ fields: [...fields, relation], listRule: "owner = @request.auth.id" });
    const plan = valueOf(planCreateCollection(draft.catalog, same, draft));
    expect(withAutomaticIndexes(plan, draft.catalog, { databaseRules: [], limits: defaultLimits }).kind).toBe("exists");
    draft.create({ name: "notes", fields });
    expect(indexPlan(draft.get("notes"), { databaseRules: [], limits: defaultLimits }).kind).toBe("unchanged");
    const system = draft.get("_superusers");
    expect(indexPlan(system, { databaseRules: [], limits: defaultLimits }).kind).toBe("unchanged");
  });
});
