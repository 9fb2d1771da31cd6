// What a client may set: the fields that are his, by any call and any spelling, and nothing of the engine's own.
import { describe, expect, it } from "vitest";
import type { Collection, CollectionDefinition, Principal, Result, EngineError } from "../../lib/index.js";
import { sharedTenant } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;
const definitions: readonly CollectionDefinition[] = [
  {
    name: "users",
    type: "auth",
    fields: [
      { name: "name", type: "text" },
      { name: "role", type: "text", hidden: true, default: "member" },
    ],
    softDelete: true,
    ...open,
  },
  {
    name: "notes",
    fields: [
      { name: "text", type: "text" },
      { name: "grade", type: "text", hidden: true },
    ],
    softDelete: true,
    ...open,
  },
  {
    name: "inbox",
    fields: [
      { name: "text", type: "text" },
      { name: "seal", type: "text", hidden: true, default: "one seal" },
      { name: "stamp", type: "text" },
    ],
    indexes: [{ fields: ["stamp", "seal"], unique: true }],
    ...open,
    viewRule: null,
    listRule: null,
  },
];

const shared = sharedTenant(definitions);
const hash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";

/** Names that no client may set, in both collections, with a value that would do harm. */
const engineFields: Readonly<Record<string, unknown>> = {
  id: "0".repeat(32),
  created: "2001-01-01T00:00:00.000Z",
  updated: "2001-01-01T00:00:00.000Z",
  deleted: "2001-01-01T00:00:00.000Z",
  tokenKey: "mine",
  tokenEpoch: 0,
  token_epoch: 0,
  _epoch: 0,
  passwordHash: hash,
  password_hash: hash,
  collectionId: "x",
  collectionName: "x",
  expand: {},
  rowid: 1,
  constructor: { prototype: { isAdmin: true } },
  prototype: {},
  toString: "x",
  hasOwnProperty: "x",
};
const ofUsers: Readonly<Record<string, unknown>> = { ...engineFields, verified: true, role: "admin" };
const ofNotes: Readonly<Record<string, unknown>> = { ...engineFields, grade: "best", password: "correct horse" };

/** A body with one name more, in each way in which an object can carry it. */
const bodies: Readonly<Record<string, (base: object, name: string, value: unknown) => object>> = {
  plain: (base, name, value) => ({ ...base, [name]: value }),
  "not enumerable": (base, name, value) => Object.defineProperty({ ...base }, name, { value, enumerable: false }),
  "without a prototype": (base, name, value) => Object.assign(Object.create(null) as object, base, { [name]: value }),
};

const asGuest = (name: string): Collection => shared.db.as(null).collection(name);

async function userOf(email: string): Promise<Principal> {
  const made = valueOf(await shared.db.collection("users").create({ email, password: "correct horse", name: "n" }));
  return valueOf(await shared.db.auth.principalOf(made.id));
}

function refusedField(result: Result<unknown, EngineError>, field: string): void {
  const { details } = refusalOf(result, "validation_failed");
  expect(Object.keys(details.fields)).toContain(field);
}

describe("mass assignment", () => {
  it.each(Object.keys(bodies))("sets no field of the engine's, hidden or not: a %s body", async (kind) => {
    const body = bodies[kind]!;
    const notes = asGuest("notes");
    const { id } = valueOf(await shared.db.collection("notes").create({ text: "kept" }));
    const before = valueOf(await shared.db.collection("notes").getOne(id));
    for (const [name, value] of Object.entries(ofNotes)) {
      refusedField(await notes.create(body({ text: "x" }, name, value)), name);
      refusedField(await notes.createMany([{ text: "x" }, body({ text: "x" }, name, value)]), name);
      refusedField(await notes.update(id, body({ text: "x" }, name, value)), name);
      refusedField(
        await shared.db.as(null).transaction((tx) => tx.collection("notes").update(id, body({}, name, value))),
        name,
      );
    }
    expect(valueOf(await shared.db.collection("notes").getOne(id))).toEqual(before);
    expect(valueOf(await shared.db.collection("notes").count("text = 'x'"))).toBe(0);
  });

  it("gives nobody rights, a password or a verified address that he was not given", async () => {
    const email = "self@example.com";
    const self = await userOf(email);
    if (self.kind !== "user") throw new Error("a user was made");
    const users = shared.db.as(self).collection("users");
    const before = valueOf(await shared.db.collection("users").getOne(self.record.id));
    const login = { email: "new@example.com", password: "correct horse" };
    for (const [name, value] of Object.entries({ ...ofUsers, password: "a new password" })) {
      if (name !== "password") refusedField(await users.create({ ...login, [name]: value }), name);
      refusedField(await users.update(self.record.id, { name: "x", [name]: value }), name);
    }
    refusedField(
      await users.update(self.record.id, { password: "a new password", passwordConfirm: "a new password" }),
      "password",
    );
    expect(valueOf(await shared.db.collection("users").getOne(self.record.id))).toEqual(before);
    expect(valueOf(await shared.db.auth.login(email, "correct horse")).user["name"]).toBe("n");
    expect(valueOf(await shared.db.collection("users").count("email = 'new@example.com'"))).toBe(0);
    const made = valueOf(await users.create(login));
    expect(made).toMatchObject({ verified: false });
    expect(valueOf(await shared.db.collection("users").getOne(made.id))).toMatchObject({
      role: "member",
      verified: false,
    });
  });

  it("refuses JSON that names the prototype, and leaves every prototype alone", async () => {
    const notes = asGuest("notes");
    for (const text of [
      '{"__proto__": {"text": "x", "isAdmin": true}}',
      '{"text": "x", "__proto__": {"grade": "best"}}',
      '{"constructor": {"prototype": {"isAdmin": true}}}',
    ]) {
      const body = JSON.parse(text) as object;
      refusalOf(await notes.create(body), "validation_failed");
      refusalOf(await notes.createMany([body]), "validation_failed");
    }
    expect({}).not.toHaveProperty("isAdmin");
    const inherited = Object.create({ text: "x", grade: "best" }) as object;
    refusalOf(await notes.create(inherited), "validation_failed");
  });

  it("refuses what cannot be read, and never as a bug", async () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    const notes = asGuest("notes");
    refusalOf(await notes.create(hostile), "validation_failed");
    for (const data of [null, undefined, "text", 1, [], () => 1]) {
      refusalOf(await notes.create(data as unknown as object), "validation_failed");
    }
  });

  it("says the same of a hidden field and of one that does not exist", async () => {
    const { id } = valueOf(await shared.db.collection("notes").create({ text: "kept" }));
    const notes = asGuest("notes");
    const said = async (name: string): Promise<string> => {
      const answers = [
        await notes.create({ [name]: "x" }),
        await notes.update(id, { [name]: "x" }),
        await notes.getList(1, 1, { filter: `${name} = 'x'` }),
        await notes.getList(1, 1, { sort: name }),
        await notes.getList(1, 1, { fields: name }),
        await notes.getList(1, 1, { expand: name }),
        await notes.count(`${name} IS NULL`),
        await notes.getOne(id, { fields: name }),
      ];
      return answers.map((each) => JSON.stringify(each.isErr() ? each.error.toJSON() : "let through")).join("\n");
    };
    const [hidden, unknown] = [await said("grade"), await said("ghost")];
    expect(hidden).not.toContain("let through");
    expect(hidden.replaceAll("grade", "ghost")).toBe(unknown);
    const password = await asGuest("users").getList(1, 1, { filter: "password ~ 'argon2'" });
    refusalOf(password, "filter_invalid");
    refusalOf(await shared.db.collection("users").count("password ~ 'argon2'"), "filter_invalid");
    refusalOf(await shared.db.collection("users").getList(1, 1, { sort: "password" }), "sort_invalid");
  });
});

describe("the answer of a write", () => {
  it("is the id alone for who may not view the record, and an unseen clash names no hidden field", async () => {
    const inbox = asGuest("inbox");
    const made = valueOf(await inbox.create({ text: "hello", stamp: "a" }, { fields: "text,id" }));
    expect(made).toEqual({ id: made.id });
    const clash = refusalOf(await inbox.create({ text: "again", stamp: "a" }), "unique_violation");
    expect(clash.details.fields).toEqual(["stamp"]);
    expect(JSON.stringify(clash.toJSON())).not.toContain("seal");
    const updated = valueOf(await inbox.update(made.id, { text: "changed" }, { expand: [] }));
    expect(updated).toEqual({ id: made.id });
    expect(valueOf(await shared.db.collection("inbox").getOne(made.id))).toMatchObject({ text: "changed" });
  });
});
