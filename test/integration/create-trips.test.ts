// How often SQLite is called for creates: that is what they cost.
import { expect, it } from "vitest";
import { policyOf, trustedPolicy, type AccessPolicy } from "../../lib/access/access-policy.js";
import type { RuleBook } from "../../lib/access/rule-book.js";
import { createRecord } from "../../lib/records/create-record.js";
import type { RecordContext } from "../../lib/records/record-context.js";
import { observedDriver } from "../support/observed-ports.js";
import { openRecordStore } from "../support/record-store.js";
import { valueOf } from "../support/unwrap.js";

const definitions = [
  { name: "users", type: "auth", fields: [] },
  {
    name: "notes",
    fields: [
      { name: "text", type: "text" },
      { name: "owner", type: "text" },
      { name: "author", type: "relation", collection: "users" },
    ],
  },
];

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" };
const ofOwner = { ...open, viewRule: "owner = @request.auth.id", createRule: "owner = @request.auth.id" };

async function openWatched() {
  const log: string[] = [];
  const driver = observedDriver((call, statement) => void (call !== "open" && call !== "close" && log.push(statement)));
  const { context } = await openRecordStore(definitions, { driver });
  const users = await Promise.all(
    ["ann", "bob"].map(async (name) =>
      valueOf(await createRecord(context, "users", { email: `${name}@example.com`, password: "correct horse" })),
    ),
  );
  const notes = context.catalog.collections.get("notes");
  const rules: RuleBook = {
    version: "1",
    rulesOf: (id) => (id === notes?.id ? ofOwner : open),
    isHidden: () => false,
    databaseRules: [],
  };
  const policyOfUser = (id: string): AccessPolicy =>
    policyOf({
      principal: {
        ...{ kind: "user", databaseId: context.databaseId, databaseName: "one", collection: "users" },
        record: { id },
      },
      ...{ databaseId: context.databaseId, databaseName: "one", rules },
    });
  const as = (policy: AccessPolicy): RecordContext => ({ ...context, policy });
  const ids = users.map(({ id }) => id as string);
  return { log, as, ids, policyOfUser };
}

it("one create by trusted code is one call", async () => {
  const { log, as, ids } = await openWatched();
  valueOf(await createRecord(as(trustedPolicy), "notes", { text: "a" }));
  log.splice(0);
  valueOf(await createRecord(as(trustedPolicy), "notes", { text: "b" }));
  valueOf(await createRecord(as(trustedPolicy), "notes", { text: "c", author: ids[0] }));
  expect(log).toEqual([expect.stringMatching(/^insert/), expect.stringMatching(/^insert/)]);
});

it("one create under rules is a question and an insert", async () => {
  const { log, as, ids, policyOfUser } = await openWatched();
  const [ann = ""] = ids;
  log.splice(0);
  valueOf(await createRecord(as(policyOfUser(ann)), "notes", { text: "a", owner: ann, author: ann }));
  expect(log).toEqual([expect.stringMatching(/^select/), expect.stringMatching(/^insert/)]);
});

it("64 creates of two users under rules are a few calls; a refused one costs its own alone", async () => {
  const { log, as, ids, policyOfUser } = await openWatched();
  const create = (n: number, owner: string | undefined) =>
    createRecord(as(policyOfUser(ids[n % 2] ?? "")), "notes", { text: `${n}`, owner });
  log.splice(0);
  const outcomes = await Promise.all(Array.from({ length: 64 }, (_, n) => create(n, ids[n % 2])));
  for (const outcome of outcomes) valueOf(outcome);
  expect(log.length).toBeLessThan(12);
  log.splice(0);
  const mixed = await Promise.all(Array.from({ length: 8 }, (_, n) => create(n, n === 5 ? "somebody" : ids[n % 2])));
  expect(mixed.map((outcome) => (outcome.isErr() ? outcome.error.code : "ok"))).toEqual(
    Array.from({ length: 8 }, (_, n) => (n === 5 ? "forbidden" : "ok")),
  );
});
