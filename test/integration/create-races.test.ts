// What begins between a create's question to its rules and its insert.
import { expect, it } from "vitest";
import { createSqliteStorage } from "../../lib/storage/sqlite/sqlite-storage.js";
import { observedDriver } from "../support/observed-ports.js";
import { openTenant } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { valueOf } from "../support/unwrap.js";

const owner = "owner = @request.auth.id";
const definitions = [
  { name: "users", type: "auth", fields: [] },
  {
    name: "notes",
    fields: [{ name: "owner", type: "text" }],
    ...{ listRule: owner, viewRule: owner, createRule: owner },
  },
] as const;

it("a list that remembers its total meanwhile counts the new record", async () => {
  const dataDir = await tempDirectory();
  let meanwhile: (() => Promise<unknown>) | undefined;
  let isInTransaction = false;
  const asked: string[] = [];
  const driver = observedDriver(async (call, sql, path) => {
    if ((call !== "all" && call !== "run") || !path.endsWith("client1.db")) return;
    if (sql === "begin immediate" || sql === "commit") isInTransaction = sql !== "commit";
    if (!isInTransaction || !sql.startsWith("select") || !meanwhile) return;
    const list = meanwhile;
    meanwhile = undefined;
    asked.push(sql);
    await list();
  });
  const storage = createSqliteStorage({ dataDir, durability: "normal", driver });
  const { engine, db } = await openTenant(definitions, { dataDir, storage });
  const { token, user } = valueOf(await db.auth.register({ email: "ann@example.com", password: "correct horse" }));
  const notes = engine
    .db("client1")
    .as(valueOf(await engine.authenticate(token)))
    .collection<{ owner: string }>("notes");
  valueOf(await notes.create({ owner: user.id }));

  const totals: number[] = [];
  meanwhile = async () => totals.push(valueOf(await notes.getList(1, 5)).totalItems);
  // While the first is made others wait, and as they are of two kinds they go in a transaction: nothing of it can be seen yet.
  const trusted = db.collection<{ owner: string }>("notes");
  const creates = [trusted, trusted, notes, notes].map((each) => each.create({ owner: user.id }));
  const made = await Promise.all(creates);

  // The rules were asked, not the insert made: else nothing happened in between.
  expect(asked).toEqual([expect.stringContaining(`as "creatable"`)]);
  expect(totals).toEqual([2]);
  const after = valueOf(await notes.getList(1, 5));
  expect(after.totalItems).toBe(5);
  expect(after.items.map(({ id }) => id)).toEqual(expect.arrayContaining(made.map((each) => valueOf(each).id)));
});
