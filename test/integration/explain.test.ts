// An explanation says what the call does, and why, and leaves no trace.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  guest,
  TenantEngine,
  type CollectionDefinition,
  type Database,
  type ExplainedNode,
  type Principal,
} from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { makeTempDirectory, removeTempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const users: CollectionDefinition = {
  name: "users",
  type: "auth",
  fields: [
    { name: "level", type: "number" },
    { name: "pin", type: "text", hidden: true },
  ],
  viewRule: "",
  listRule: "",
};

const posts: CollectionDefinition = {
  name: "posts",
  softDelete: true,
  fields: [
    { name: "title", type: "text", required: true, unique: true },
    { name: "status", type: "text" },
    { name: "views", type: "number" },
    { name: "isOpen", type: "bool" },
    { name: "meta", type: "json" },
    { name: "code", type: "text", hidden: true },
    { name: "owner", type: "relation", collection: "users" },
    { name: "readers", type: "relation", collection: "users", multiple: true },
  ],
  listRule: "owner = @request.auth.id || (isOpen = true && views > 5)",
  viewRule: "owner = @request.auth.id || readers ?= @request.auth.id",
  createRule: "@request.auth.id != '' && owner = @request.auth.id",
  updateRule: "owner = @request.auth.id && !(status = 'locked')",
  deleteRule: null,
};

async function openPosts(change: Partial<CollectionDefinition> = {}) {
  const { engine, db } = await openTenant([users, { ...posts, ...change }]);
  const account = async (email: string, level: number): Promise<{ readonly id: string; readonly as: Principal }> => {
    const { id } = valueOf(
      await db.collection("users").create({ email, password: "correct horse", level, pin: "4321-secret" }),
    );
    return { id, as: valueOf(await db.auth.principalOf(id)) };
  };
  const [anna, ben] = [await account("anna@example.com", 1), await account("ben@example.com", 2)];
  const add = async (title: string, values: object): Promise<string> =>
    valueOf(await db.collection("posts").create({ title, ...values })).id;
  return { engine, db, anna, ben, add };
}

const flat = (node: ExplainedNode): readonly ExplainedNode[] => [node, ...node.parts.flatMap(flat)];

const dump = async (db: Database): Promise<unknown> => [
  valueOf(await db.collection("posts").getList(1, 100, { includeDeleted: true })).items,
  valueOf(await db.collection("users").getList(1, 100)).items,
];

describe("explain", () => {
  it("gives every part of a rule the value that it had for the record", async () => {
    const { db, anna, ben, add } = await openPosts();
    const id = await add("one", { owner: anna.id, readers: [anna.id], views: 7 });
    const denied = valueOf(await db.as(ben.as).collection("posts").explain({ operation: "view", id }));
    expect(denied).toMatchObject({
      outcome: "denied",
      reason: `viewRule is false for record "${id}".`,
      decidedBy: { source: "collection", name: "viewRule", text: posts.viewRule },
      refusal: { code: "record_not_found" },
      record: "live",
    });
    const [rule] = denied.sections[0]?.rules ?? [];
    expect(denied.sections[0]?.subject).toBe("row");
    expect(rule?.tree).toMatchObject({ kind: "or", value: "false", position: 0, end: posts.viewRule?.length });
    expect(rule?.tree && flat(rule.tree).map(({ text, value }) => [text, value])).toEqual([
      [posts.viewRule, "false"],
      ["owner = @request.auth.id", "false"],
      ["readers ?= @request.auth.id", "false"],
    ]);
    expect(rule?.tree?.parts[1]?.operands.map(({ text, value }) => [text, value])).toEqual([
      ["readers", [anna.id]],
      ["@request.auth.id", ben.id],
    ]);
    const allowed = valueOf(await db.as(anna.as).collection("posts").explain({ operation: "view", id }));
    expect(allowed).toMatchObject({ outcome: "allowed", sections: [{ rules: [{ value: "true" }] }] });
    expect(allowed).not.toHaveProperty("refusal");
  });

  it("says unknown where a value is missing", async () => {
    const { db, add } = await openPosts();
    const id = await add("one", {});
    const why = valueOf(await db.as(guest).collection("posts").explain({ operation: "view", id }));
    expect(why.sections[0]?.rules[0]?.tree?.parts.map(({ value }) => value)).toEqual(["unknown", "unknown"]);
    expect(why.reason).toBe(`viewRule is unknown for record "${id}".`);
  });

  it("counts what each part of a list's rule and filter selects", async () => {
    const { db, anna, add } = await openPosts();
    await add("mine", { owner: anna.id, status: "new" });
    await add("open", { isOpen: true, views: 9, status: "old" });
    await add("shut", { isOpen: false, views: 9 });
    await add("null", {});
    const seen = db.as(anna.as).collection("posts");
    const why = valueOf(await seen.explain({ operation: "list", filter: "status = 'new'" }));
    expect(why).toMatchObject({ outcome: "filtered", rows: { total: 4, permitted: 2, selected: 1 } });
    const tree = why.sections[0]?.rules[0]?.tree;
    expect(tree && flat(tree).map(({ text, counts }) => [text, counts])).toEqual([
      [posts.listRule, { true: 2, false: 0, unknown: 2 }],
      ["owner = @request.auth.id", { true: 1, false: 0, unknown: 3 }],
      ["(isOpen = true && views > 5)", { true: 1, false: 1, unknown: 2 }],
      ["isOpen = true", { true: 1, false: 1, unknown: 2 }],
      ["views > 5", { true: 2, false: 0, unknown: 2 }],
    ]);
    expect(why.filter?.counts).toEqual({ true: 1, false: 1, unknown: 0 });
    expect(why.reason).toContain("1 of 4 records are listed");
  });

  it("says of one record why it is not in a list", async () => {
    const { db, anna, ben, add } = await openPosts();
    const id = await add("one", { owner: anna.id, status: "old" });
    const byRule = valueOf(await db.as(ben.as).collection("posts").explain({ operation: "list", id }));
    expect(byRule).toMatchObject({ outcome: "filtered", decidedBy: { name: "listRule" }, record: "live" });
    const byFilter = valueOf(
      await db.as(anna.as).collection("posts").explain({ operation: "list", id, filter: "status = 'new'" }),
    );
    expect(byFilter).toMatchObject({ outcome: "filtered", filter: { value: "false" } });
    expect(byFilter.reason).toContain("filter is false");
    const listed = valueOf(await db.as(anna.as).collection("posts").explain({ operation: "list", id }));
    expect(listed.outcome).toBe("allowed");
  });

  it("asks an update on both sides", async () => {
    const { db, anna, ben, add } = await openPosts();
    const id = await add("one", { owner: anna.id, status: "new" });
    const seen = db.as(anna.as).collection("posts");
    const given = valueOf(await seen.explain({ operation: "update", id, data: { owner: ben.id } }));
    expect(given).toMatchObject({
      outcome: "denied",
      refusal: { code: "forbidden" },
      decidedBy: { name: "updateRule" },
    });
    expect(given.sections.map(({ subject, rules }) => [subject, rules[0]?.value])).toEqual([
      ["before", "true"],
      ["after", "false"],
    ]);
    expect(given.reason).toBe(`updateRule is false for record "${id}" after the change.`);
    const kept = valueOf(await seen.explain({ operation: "update", id, data: { title: "two" } }));
    expect(kept).toMatchObject({ outcome: "allowed" });
    const taken = await add("taken", {});
    expect(taken).not.toBe(id);
    const unique = valueOf(await seen.explain({ operation: "update", id, data: { title: "taken" } }));
    expect(unique).toMatchObject({ outcome: "denied", refusal: { code: "unique_violation" }, decidedBy: null });
    const unfit = valueOf(await seen.explain({ operation: "update", id, data: { views: "many" } }));
    expect(unfit).toMatchObject({ outcome: "denied", refusal: { code: "validation_failed" } });
    expect(unfit.sections[0]?.rules[0]?.value).toBe("not_asked");
  });

  it("asks a create about the row that it would make", async () => {
    const { db, anna, ben } = await openPosts();
    const data = { title: "new", owner: anna.id };
    const denied = valueOf(await db.as(ben.as).collection("posts").explain({ operation: "create", data }));
    expect(denied).toMatchObject({
      outcome: "denied",
      refusal: { code: "forbidden" },
      sections: [{ subject: "after" }],
    });
    expect(denied.sections[0]?.rules[0]?.tree?.parts.map(({ value }) => value)).toEqual(["true", "false"]);
    const allowed = valueOf(await db.as(anna.as).collection("posts").explain({ operation: "create", data }));
    expect(allowed.outcome).toBe("allowed");
    expect(valueOf(await db.collection("posts").count())).toBe(0);
  });

  it("names records that are deleted or were never there, and rules that let nobody in", async () => {
    const { db, anna, add } = await openPosts();
    const id = await add("one", { owner: anna.id });
    const seen = db.as(anna.as).collection("posts");
    expect(valueOf(await seen.explain({ operation: "delete", id }))).toMatchObject({
      outcome: "denied",
      refusal: { code: "forbidden" },
      decidedBy: { name: "deleteRule", text: null },
    });
    valueOf(await db.collection("posts").delete(id));
    expect(valueOf(await seen.explain({ operation: "view", id }))).toMatchObject({
      outcome: "denied",
      record: "deleted",
    });
    const gone = valueOf(await seen.explain({ operation: "view", id: "nobody" }));
    expect(gone).toMatchObject({ outcome: "denied", record: "absent", decidedBy: null });
    refusalOf(await seen.explain({ operation: "view" }), "request_invalid");
    refusalOf(await seen.explain({ operation: "drop" as never }), "request_invalid");
  });

  it("applies no rule for trusted code", async () => {
    const { db, add } = await openPosts();
    const id = await add("one", {});
    for (const operation of ["view", "delete", "list"] as const) {
      const why = valueOf(await db.collection("posts").explain({ operation, id }));
      expect(why).toMatchObject({ outcome: "allowed", decidedBy: null, sections: [] });
      expect(why.reason).toContain("No rule applies");
    }
    expect(valueOf(await db.collection("posts").count())).toBe(1);
  });

  it("shows no hidden value and no password", async () => {
    const { db, anna, add } = await openPosts({
      viewRule: "code = @request.auth.pin || code:lower ~ @request.auth.pin || title = @request.auth.level",
      createRule: "@request.data.code = 'x' || code != 'y'",
    });
    const id = await add("one", { code: "code-in-the-row", owner: anna.id });
    const seen = db.as(anna.as).collection("posts");
    const why = valueOf(await seen.explain({ operation: "view", id }));
    const made = valueOf(await seen.explain({ operation: "create", data: { title: "x", code: "sent-code" } }));
    const account = { email: "eve@example.com", password: "plain-password", pin: "sent-pin" };
    const registered = valueOf(await db.collection("users").explain({ operation: "create", data: account }));
    expect(registered.outcome).toBe("allowed");
    const text = JSON.stringify([why, made, registered]);
    for (const secret of ["4321", "code-in-the-row", "sent-code", "plain-password", "sent-pin", "argon2"]) {
      expect(text).not.toContain(secret);
    }
    expect(why.sections[0]?.rules[0]?.tree?.parts[0]?.operands.map(({ value }) => value)).toEqual([
      "(hidden)",
      "(hidden)",
    ]);
    expect(why.statements[0]?.values).toContain("(hidden)");
    // What is not hidden stays readable beside it.
    expect(why.sections[0]?.rules[0]?.tree?.parts[2]?.operands.map(({ value }) => value)).toEqual(["one", 1]);
  });

  it("gives the statement with its plan, and an index that then ends the scan", async () => {
    const { engine, db } = await openPosts();
    const seen = db.collection("posts");
    const request = { operation: "list", filter: "status = 'new' && views = 1" } as const;
    const slow = valueOf(await seen.explain(request));
    expect(slow.statements).toHaveLength(1);
    expect(slow.statements[0]?.sql).toContain('from "posts"');
    expect(slow.statements[0]?.values).toContain("new");
    expect(slow.statements[0]?.plan.some(({ detail }) => detail.startsWith("SCAN posts"))).toBe(true);
    expect(slow.missingIndexes.map(({ fields }) => fields)).toEqual([["status", "views", "id"]]);
    const indexes = slow.missingIndexes.map(({ fields }) => ({ fields }));
    valueOf(await engine.collections.update("posts", { indexes }));
    const fast = valueOf(await seen.explain(request));
    expect(fast.missingIndexes).toEqual([]);
    expect(fast.statements[0]?.plan.some(({ detail }) => /^SEARCH posts USING.*INDEX/.test(detail))).toBe(true);
    expect(fast.statements[0]?.plan.some(({ detail }) => detail.startsWith("SCAN posts"))).toBe(false);
  });

  it("suggests an index for a sort", async () => {
    const { engine, db } = await openPosts();
    const request = { operation: "list", filter: "status = 'new'", sort: "-views,-id" } as const;
    const slow = valueOf(await db.collection("posts").explain(request));
    expect(slow.missingIndexes.map(({ fields }) => fields)).toEqual([["status", "views", "id"]]);
    const indexes = slow.missingIndexes.map(({ fields }) => ({ fields }));
    valueOf(await engine.collections.update("posts", { indexes }));
    const fast = valueOf(await db.collection("posts").explain(request));
    expect(fast.missingIndexes).toEqual([]);
    expect(fast.statements[0]?.plan.some(({ detail }) => detail.includes("TEMP B-TREE"))).toBe(false);
  });

  it("changes neither the records nor the file", async () => {
    const dataDir = await makeTempDirectory();
    onTestFinished(() => removeTempDirectory(dataDir));
    const { db, engine } = await openTenant([users, posts], { dataDir });
    const account = valueOf(await db.collection("users").create({ email: "a@example.com", password: "correct horse" }));
    const principal = valueOf(await db.auth.principalOf(account.id));
    const { id } = valueOf(await db.collection("posts").create({ title: "one", owner: account.id }));
    const before = await dump(db);
    valueOf(await engine.close());
    const file = join(dataDir, "client1.db");
    const bytes = await readFile(file);
    const again = valueOf(await TenantEngine.open({ dataDir }));
    onTestFinished(async () => void (await again.close()));
    const seen = again.db("client1").as(principal);
    for (const at of [seen, again.db("client1")]) {
      valueOf(await at.collection("posts").explain({ operation: "list", filter: "views > 1" }));
      valueOf(await at.collection("posts").explain({ operation: "view", id }));
      valueOf(await at.collection("posts").explain({ operation: "create", data: { title: "x", owner: account.id } }));
      valueOf(await at.collection("posts").explain({ operation: "update", id, data: { title: "x" } }));
      valueOf(await at.collection("posts").explain({ operation: "delete", id }));
      valueOf(
        await at.collection("users").explain({ operation: "update", id: account.id, data: { email: "b@example.com" } }),
      );
    }
    expect(await dump(again.db("client1"))).toEqual(before);
    valueOf(await again.close());
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  it("works inside a transaction and leaves what that wrote", async () => {
    const { db } = await openPosts();
    const count = valueOf(
      await db.transaction(async (tx) => {
        const { id } = valueOf(await tx.collection("posts").create({ title: "one" }));
        const why = valueOf(await tx.collection("posts").explain({ operation: "delete", id }));
        expect(why.outcome).toBe("allowed");
        return tx.collection("posts").count();
      }),
    );
    expect(count).toBe(1);
  });
});

describe("explain across databases", () => {
  const tenantRule = { name: "Tenant access", collection: "*", rule: "@request.auth.tenantId = @request.data.dbname" };

  it("says which rule let the caller in or kept him out", async () => {
    const { engine, anna } = await openPosts({ listRule: "" });
    valueOf(await engine.databases.create({ name: "client2" }));
    const there = engine.db("client2").as(anna.as).collection("posts");
    const unnamed = valueOf(await there.explain({ operation: "list" }));
    expect(unnamed).toMatchObject({
      outcome: "denied",
      refusal: { code: "forbidden" },
      crossing: { from: "client1", isAdmitted: false, admittedBy: [], refusedBy: [] },
      statements: [],
    });
    const rule = valueOf(await engine.rules.create(tenantRule));
    const refused = valueOf(await there.explain({ operation: "list" }));
    expect(refused).toMatchObject({
      outcome: "denied",
      decidedBy: { source: "database", name: "Tenant access", id: rule.id },
      crossing: { isAdmitted: false, refusedBy: [{ id: rule.id }] },
    });
    const asked = refused.sections[0]?.rules.find(({ id }) => id === rule.id)?.tree;
    expect(asked?.operands.map(({ value }) => value)).toEqual(["client1", "client2"]);
    valueOf(await engine.rules.update(rule.id, { rule: "@request.dbname = 'client2'" }));
    const admitted = valueOf(await there.explain({ operation: "list" }));
    expect(admitted).toMatchObject({
      outcome: "allowed",
      crossing: { isAdmitted: true, admittedBy: [{ id: rule.id }] },
    });
  });

  it("says that a database or a collection is not there, and what the caller hears", async () => {
    const { engine, anna } = await openPosts({ listRule: "" });
    const nowhere = engine.db("nowhere");
    for (const [handle, code] of [
      [nowhere, "database_not_found"],
      [nowhere.as(null), "forbidden"],
      [nowhere.as(anna.as), "forbidden"],
    ] as const) {
      const why = valueOf(await handle.collection("posts").explain({ operation: "list" }));
      expect(why).toMatchObject({ outcome: "denied", refusal: { code } });
      expect(why.reason).toContain("nowhere");
    }
    const unknown = valueOf(await engine.db("client1").as(anna.as).collection("things").explain({ operation: "list" }));
    expect(unknown.refusal?.code).toBe("collection_not_found");
    valueOf(await engine.databases.delete("client1"));
    const orphan = valueOf(await engine.db("default").as(anna.as).collection("posts").explain({ operation: "list" }));
    expect(orphan).toMatchObject({ outcome: "denied", refusal: { code: "unauthenticated" } });
  });
});
