// A field that is hidden from now on is hidden from now on: in every database, whatever schema it has reached, and in what
// is already under way.
import { describe, expect, it } from "vitest";
import type { Database, TenantEngine } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;
const notes = {
  name: "notes",
  fields: [
    { name: "text", type: "text" },
    { name: "pin", type: "text" },
  ],
  ...open,
} as const;

/** What a guest can make out of `pin`: by reading, filtering, sorting, writing. */
async function expectHidden(db: Pick<Database, "collection">, id: string): Promise<void> {
  const found = db.collection("notes");
  expect(valueOf(await found.getOne(id))).not.toHaveProperty("pin");
  for (const item of valueOf(await found.getList()).items) expect(item).not.toHaveProperty("pin");
  refusalOf(await found.getOne(id, { fields: "pin" }), "request_invalid");
  refusalOf(await found.count("pin = 'canary'"), "filter_invalid");
  refusalOf(await found.getList(1, 1, { sort: "pin" }), "sort_invalid");
  refusalOf(await found.update(id, { pin: "x" }), "validation_failed");
  expect(valueOf(await found.update(id, { text: "changed" }))).not.toHaveProperty("pin");
}

async function openNotes(): Promise<{ readonly engine: TenantEngine; readonly db: Database; readonly id: string }> {
  const { engine, db } = await openTenant([notes]);
  const { id } = valueOf(await db.collection("notes").create({ text: "same", pin: "canary" }));
  valueOf(await db.collection("notes").create({ text: "same", pin: "canary" }));
  expect(valueOf(await db.as(null).collection("notes").getOne(id))["pin"]).toBe("canary");
  return { engine, db, id };
}

const hide = { fields: [{ name: "pin", type: "text", hidden: true }] } as const;

describe("a field that becomes hidden", () => {
  it("is hidden at the next call", async () => {
    const { engine, db, id } = await openNotes();
    valueOf(await engine.collections.update("notes", hide));
    await expectHidden(db.as(null), id);
    expect(valueOf(await db.collection("notes").getOne(id))["pin"]).toBe("canary");
  });

  it("is hidden in a database whose records keep it from the newest schema", async () => {
    const { engine, db, id } = await openNotes();
    valueOf(await engine.collections.update("notes", { indexes: [{ fields: ["text"], unique: true }] }));
    valueOf(await engine.collections.update("notes", hide));
    const { schemaVersion } = valueOf(await engine.databases.get("client1"));
    expect(schemaVersion).toBeLessThan(valueOf(await engine.databases.get("default")).schemaVersion ?? 0);
    await expectHidden(db.as(null), id);
  });

  it("is hidden there from the account that it belongs to", async () => {
    const people = { name: "users", type: "auth", fields: notes.fields, ...open } as const;
    const { engine, db } = await openTenant([people]);
    const account = { password: "12345678", text: "same", pin: "canary" };
    const { token, user } = valueOf(await db.auth.register({ ...account, email: "a@b.example" }));
    expect(user).toHaveProperty("pin", "canary");
    valueOf(await db.auth.register({ ...account, email: "c@d.example" }));
    valueOf(await engine.collections.update("users", { indexes: [{ fields: ["text"], unique: true }] }));
    valueOf(await engine.collections.update("users", hide));
    expect(valueOf(await db.auth.me(token))).not.toHaveProperty("pin");
    expect(valueOf(await db.auth.login("a@b.example", account.password)).user).not.toHaveProperty("pin");
  });

  it("is hidden there too when it is deleted", async () => {
    const { engine, db, id } = await openNotes();
    valueOf(await engine.collections.update("notes", { indexes: [{ fields: ["text"], unique: true }] }));
    valueOf(await engine.collections.deleteField("notes", "pin"));
    await expectHidden(db.as(null), id);
  });

  it("is hidden from a transaction that is already under way", async () => {
    const { engine, db, id } = await openNotes();
    valueOf(
      await db.as(null).transaction(async (tx) => {
        expect(valueOf(await tx.collection("notes").getOne(id))["pin"]).toBe("canary");
        valueOf(await engine.collections.update("notes", hide));
        await expectHidden(tx, id);
      }),
    );
  });
});

describe("a client's handle", () => {
  it("cannot say who asks", async () => {
    const { engine, db } = await openTenant([{ name: "users", type: "auth", fields: [], ...open }]);
    const made = valueOf(await db.collection("users").create({ email: "a@example.com", password: "correct horse" }));
    const user = valueOf(await db.auth.principalOf(made.id));
    for (const principal of [null, user]) {
      refusalOf(await engine.db("client1").as(principal).auth.principalOf(made.id), "forbidden");
    }
  });
});
