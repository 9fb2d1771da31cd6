// Accounts through the engine on real files: registering, signing in, changing the password, being wrong too often.
import { describe, expect, it } from "vitest";
import { ok, type CollectionDefinition, type Database, type LoginOptions } from "../../lib/index.js";
import { openTenant, sharedTenant } from "../support/open-engine.js";
import { setClock } from "../support/set-clock.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const users: CollectionDefinition = {
  name: "users",
  type: "auth",
  softDelete: true,
  createRule: "",
  fields: [
    { name: "nickname", type: "text" },
    { name: "note", type: "text", hidden: true },
  ],
};
const members: CollectionDefinition = { name: "members", type: "auth" };
const posts: CollectionDefinition = { name: "posts", fields: [{ name: "title", type: "text" }] };

const password = "correct horse";
const minute = 60_000;
let accounts = 0;
const freshEmail = (): string => `account${(accounts += 1)}@example.com`;

describe("an account", () => {
  const shared = sharedTenant([users, members, posts]);

  it("is made and signed in at once, and is there as a record", async () => {
    const { db } = shared;
    const email = freshEmail();
    const { token, user } = valueOf(await db.auth.register({ email, password, passwordConfirm: password, note: "x" }));
    expect(valueOf(await db.auth.me(token))).toEqual(user);
    expect(user).toMatchObject({ email, verified: false, nickname: null });
    expect(valueOf(await db.collection("users").getOne(user.id))).toMatchObject({ email, note: "x" });
  });

  it("shows its owner neither password nor hidden fields nor the count of ended tokens", async () => {
    const { db } = shared;
    const email = freshEmail();
    const made = valueOf(await db.auth.register({ email, password, note: "secret" }));
    const answers = [
      made,
      valueOf(await db.auth.login(email, password)),
      valueOf(await db.auth.refresh(made.token)),
      { user: valueOf(await db.auth.me(made.token)) },
    ];
    for (const { user } of answers) {
      expect(Object.keys(user)).toEqual(["id", "created", "updated", "deleted", "email", "verified", "nickname"]);
    }
    expect(Object.keys(valueOf(await db.collection("users").getOne(made.user.id)))).not.toContain("_token_epoch");
  });

  it("signs in whatever the case of its address, and only with its exact password", async () => {
    const { db } = shared;
    const email = freshEmail();
    const { user } = valueOf(await db.auth.register({ email, password }));
    expect(valueOf(await db.auth.login(email.toUpperCase(), password)).user).toEqual(user);
    refusalOf(await db.auth.login(email, password.toUpperCase()), "unauthenticated");
    refusalOf(await db.auth.login(` ${email}`, password), "unauthenticated");
  });

  it("is found by no name that the count of ended tokens might have", async () => {
    const { db } = shared;
    for (const name of ["_token_epoch", "tokenEpoch", "users._token_epoch"]) {
      refusalOf(await db.collection("users").getList(1, 1, { filter: `${name} = 0` }), "filter_invalid");
      refusalOf(await db.collection("users").getList(1, 1, { sort: name }), "sort_invalid");
      refusalOf(await db.collection("users").getList(1, 1, { fields: name }), "request_invalid");
      const data = { email: freshEmail(), password, [name]: 5 };
      refusalOf(await db.collection("users").create(data), "validation_failed");
    }
  });

  it("belongs to its collection", async () => {
    const { db } = shared;
    const email = freshEmail();
    const other = "another password";
    const asUser = valueOf(await db.auth.register({ email, password }));
    const asMember = valueOf(await db.auth.register({ email, password: other }, { collection: "members" }));
    refusalOf(await db.auth.login(email, other), "unauthenticated");
    refusalOf(await db.auth.login(email, password, { collection: "members" }), "unauthenticated");
    expect(valueOf(await db.auth.me(asMember.token)).id).toBe(asMember.user.id);
    refusalOf(await db.auth.me(asMember.token, { collection: "users" }), "unauthenticated");
    refusalOf(await db.auth.refresh(asUser.token, { collection: "members" }), "unauthenticated");
    valueOf(await db.auth.refresh(asUser.token, { collection: "users" }));
  });

  it("is refused as any record is, and where nobody signs in", async () => {
    const { db } = shared;
    const email = freshEmail();
    valueOf(await db.auth.register({ email, password }));
    refusalOf(await db.auth.register({ email: email.toUpperCase(), password }), "unique_violation");
    refusalOf(await db.auth.register({ email: "no address", password }), "validation_failed");
    refusalOf(await db.auth.register({ email: freshEmail() }), "validation_failed");
    refusalOf(await db.auth.login(email, password, { collection: "nowhere" }), "collection_not_found");
    refusalOf(await db.auth.login(email, password, { collection: "_superusers" }), "collection_not_found");
    const refusal = refusalOf(await db.auth.login(email, password, { collection: "posts" }), "request_invalid");
    expect(refusal.details.parameter).toBe("collection");
    refusalOf(await db.auth.register({ title: "x" }, { collection: "posts" }), "request_invalid");
    refusalOf(await db.auth.principalOf("x", { collection: "posts" }), "request_invalid");
  });

  it("is made by a guest as the collection's createRule has it, never as verified", async () => {
    const guests = shared.db.as(null);
    const { user } = valueOf(await guests.auth.register({ email: freshEmail(), password }));
    expect(user["verified"]).toBe(false);
    refusalOf(await guests.auth.register({ email: freshEmail(), password, verified: true }), "validation_failed");
    refusalOf(await guests.auth.register({ email: freshEmail(), password }, { collection: "members" }), "forbidden");
    refusalOf(await guests.auth.principalOf(user.id), "forbidden");
  });

  it("becomes the principal that trusted code names, with its hidden fields", async () => {
    const { db } = shared;
    const { user, token } = valueOf(await db.auth.register({ email: freshEmail(), password, note: "x" }));
    const principal = valueOf(await db.auth.principalOf(user.id));
    expect(principal).toMatchObject({ kind: "user", databaseName: "client1", collection: "users" });
    expect(principal).toMatchObject({ record: { ...user, note: "x" } });
    expect(valueOf(await shared.engine.authenticate(token))).toEqual(principal);
    refusalOf(await db.auth.principalOf("nobody"), "record_not_found");
  });

  it("answers arguments of any type with a refusal", async () => {
    const { auth } = shared.db;
    const untyped = auth as unknown as Record<
      string,
      (...args: readonly unknown[]) => ReturnType<Database["auth"]["me"]>
    >;
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    for (const wrong of [undefined, null, 1, {}, [], circular, Symbol("x"), () => ok(1)]) {
      for (const method of ["login", "register", "refresh", "me", "changePassword", "principalOf"]) {
        for (const args of [
          [wrong, wrong, wrong],
          ["a@example.com", password, wrong],
          ["x", { collection: wrong }],
        ]) {
          const given = await untyped[method]?.call(auth, ...args);
          if (given?.isErr()) expect(given.error.code).not.toBe("internal");
        }
      }
    }
    const refusal = refusalOf(
      await auth.login("a@example.com", password, { address: {} } as unknown as LoginOptions),
      "request_invalid",
    );
    expect(refusal.details.parameter).toBe("address");
  });
});

describe("a password", () => {
  const shared = sharedTenant([users]);
  const long = (length: number, last = "z"): string => "a".repeat(length - 1) + last;

  it.each([
    ["8 characters", long(8)],
    ["1,000 characters", long(1_000)],
    ["8 characters of four bytes", "😀".repeat(8)],
    ["1,000 characters of four bytes", "😀".repeat(1_000)],
    ["letters of any language", "Пароль-密码-كلمة-ñ"],
    ["spaces at its ends", "  12345678  "],
  ])("may have %s, and signs in", async (_, given) => {
    const email = freshEmail();
    valueOf(await shared.db.auth.register({ email, password: given }));
    valueOf(await shared.db.auth.login(email, given));
    refusalOf(await shared.db.auth.login(email, given.slice(0, -1)), "unauthenticated");
  });

  it.each([
    ["7 characters", long(7)],
    ["1,001 characters", long(1_001)],
    ["7 characters of four bytes", "😀".repeat(7)],
    ["none", ""],
    ["a NUL", `${long(8)}\0`],
  ])("may not have %s", async (_, given) => {
    const refusal = refusalOf(
      await shared.db.auth.register({ email: freshEmail(), password: given }),
      "validation_failed",
    );
    expect(Object.keys(refusal.details.fields)).toEqual(["password"]);
  });

  it.each([72, 255, 512, 999])("is not cut after %i bytes", async (bytes) => {
    const email = freshEmail();
    valueOf(await shared.db.auth.register({ email, password: long(bytes + 1, "y") }));
    refusalOf(await shared.db.auth.login(email, long(bytes + 1, "z")), "unauthenticated");
    refusalOf(await shared.db.auth.login(email, long(bytes + 1, "y").slice(0, -1)), "unauthenticated");
    valueOf(await shared.db.auth.login(email, long(bytes + 1, "y")));
  });

  it("is changed by who knows the old one; then the old one and all tokens are over", async () => {
    const { auth } = shared.db;
    const email = freshEmail();
    const { token, user } = valueOf(await auth.register({ email, password }));
    const second = valueOf(await auth.login(email, password));
    const wrong = refusalOf(await auth.changePassword(token, "wrong horse", "a new password"), "validation_failed");
    expect(wrong.details.fields).toMatchObject({ oldPassword: { code: "mismatch" } });
    const short = refusalOf(await auth.changePassword(token, password, "short"), "validation_failed");
    expect(short.details.fields).toMatchObject({ password: { code: "min" } });
    const nothing = undefined as unknown as string;
    refusalOf(await auth.changePassword(token, password, nothing), "validation_failed");
    refusalOf(await auth.changePassword(token, nothing, "a new password"), "validation_failed");
    valueOf(await auth.me(token));

    const changed = valueOf(await auth.changePassword(token, password, "a new password"));
    expect(changed.user).toMatchObject({ id: user.id, email });
    expect((changed.user["updated"] as string) > (user["updated"] as string)).toBe(true);
    for (const old of [token, second.token]) refusalOf(await auth.me(old), "unauthenticated");
    valueOf(await auth.me(changed.token));
    refusalOf(await auth.login(email, password), "unauthenticated");
    valueOf(await auth.login(email, "a new password"));
  });

  it("is changed by one of two who change it at once", async () => {
    const { auth } = shared.db;
    const email = freshEmail();
    const { token } = valueOf(await auth.register({ email, password }));
    const changes = await Promise.all([
      auth.changePassword(token, password, "the first one"),
      auth.changePassword(token, password, "the second one"),
    ]);
    const codes = changes.map((change) => (change.isOk() ? "ok" : change.error.code));
    expect(codes.sort()).toEqual(["ok", "unauthenticated"]);
    const logins = [await auth.login(email, "the first one"), await auth.login(email, "the second one")];
    expect(logins.map((login) => login.isOk())).toEqual(changes.map((change) => change.isOk()));
  });
});

describe("a failed login", () => {
  it("says the same of an unknown address, a wrong password, a deleted account and another database's", async () => {
    const { engine, db } = await openTenant([users]);
    valueOf(await engine.databases.create({ name: "client2" }));
    const wrong = valueOf(await db.auth.register({ email: "wrong@example.com", password }));
    const hidden = valueOf(await db.auth.register({ email: "hidden@example.com", password }));
    const purged = valueOf(await db.auth.register({ email: "purged@example.com", password }));
    valueOf(await engine.db("client2").auth.register({ email: "elsewhere@example.com", password }));
    for (const { user } of [hidden, purged]) valueOf(await db.collection("users").delete(user.id));
    valueOf(await db.collection("users").purge(purged.user.id));
    expect(wrong.user["email"]).toBe("wrong@example.com");
    const answers = [
      await db.auth.login("wrong@example.com", "wrong horse"),
      await db.auth.login("unknown@example.com", password),
      await db.auth.login("hidden@example.com", password),
      await db.auth.login("purged@example.com", password),
      await db.auth.login("elsewhere@example.com", password),
      await db.auth.login("", ""),
      await db.auth.login("' or 1=1 --", password),
      await db.auth.login("wrong@example.com", "x".repeat(1_000_000)),
    ];
    const said = answers.map((answer) => JSON.stringify(refusalOf(answer, "unauthenticated")));
    expect(new Set(said).size).toBe(1);
  });

  it("is rate-limited after ten, known account or not, and forgotten after the window", async () => {
    const clock = setClock();
    const { db } = await openTenant([users], { clock });
    valueOf(await db.auth.register({ email: "known@example.com", password }));
    for (const email of ["known@example.com", "unknown@example.com"]) {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const spelled = attempt % 2 === 0 ? email : email.toUpperCase();
        refusalOf(await db.auth.login(spelled, "wrong horse"), "unauthenticated");
      }
      const refusal = refusalOf(await db.auth.login(email, password), "rate_limited");
      expect(refusal.details).toEqual({ retryAfterMs: 15 * minute });
      expect(refusal.isRetryable).toBe(true);
    }
    clock.ms += 15 * minute;
    valueOf(await db.auth.login("known@example.com", password));
  });

  it("counts for its database, collection and address alone, and a success forgets it", async () => {
    const { engine, db } = await openTenant([users, members], { limits: { loginFailures: 2, loginWindowMs: minute } });
    valueOf(await engine.databases.create({ name: "client2" }));
    const email = "ada@example.com";
    const there = engine.db("client2");
    for (const { auth } of [db, there]) valueOf(await auth.register({ email, password }));
    valueOf(await db.auth.register({ email, password }, { collection: "members" }));

    for (let round = 0; round < 3; round += 1) {
      refusalOf(await db.auth.login(email, "wrong horse", { address: "10.0.0.1" }), "unauthenticated");
      valueOf(await db.auth.login(email, password, { address: "10.0.0.1" }));
    }
    for (let attempt = 0; attempt < 2; attempt += 1) {
      refusalOf(await db.auth.login(email, "wrong horse", { address: "10.0.0.1" }), "unauthenticated");
    }
    refusalOf(await db.auth.login(email, password, { address: "10.0.0.1" }), "rate_limited");
    valueOf(await db.auth.login(email, password, { address: "10.0.0.2" }));
    valueOf(await db.auth.login(email, password));
    valueOf(await db.auth.login(email, password, { address: "10.0.0.1", collection: "members" }));
    valueOf(await there.auth.login(email, password, { address: "10.0.0.1" }));
  });

  it("limits guesses at the old password, too", async () => {
    const { db } = await openTenant([users], { limits: { loginFailures: 2 } });
    const { token } = valueOf(await db.auth.register({ email: "ada@example.com", password }));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      refusalOf(await db.auth.changePassword(token, "wrong horse", "a new password"), "validation_failed");
    }
    refusalOf(await db.auth.changePassword(token, password, "a new password"), "rate_limited");
    valueOf(await db.auth.login("ada@example.com", password));
  });
});

describe("32 logins at once", () => {
  it("let another database go on reading: it reads many times while they wait for each other", async () => {
    const { engine, db } = await openTenant([users, posts]);
    valueOf(await engine.databases.create({ name: "client2" }));
    const notes = engine.db("client2").collection("posts");
    const { id } = valueOf(await notes.create({ title: "here" }));
    valueOf(await db.auth.register({ email: "ada@example.com", password }));
    let waiting = 32;
    const logins = Array.from({ length: 32 }, async () => {
      const signedIn = await db.auth.login("ada@example.com", password);
      waiting -= 1;
      return signedIn;
    });
    let reads = 0;
    const waitingAfterRead: number[] = [];
    while (waiting > 0) {
      valueOf(await notes.getOne(id));
      reads += 1;
      waitingAfterRead.push(waiting);
    }
    for (const login of await Promise.all(logins)) valueOf(login);
    // Were reads queued behind the hashes, the first one would end when the last login has.
    expect(waitingAfterRead[0]).toBeGreaterThan(8);
    expect(reads).toBeGreaterThan(16);
  });
});

describe("the collection that is meant where none is named", () => {
  it("is the engine's option", async () => {
    const { db } = await openTenant([users, members], { defaultAuthCollection: "members" });
    const { user } = valueOf(await db.auth.register({ email: "ada@example.com", password }));
    valueOf(await db.collection("members").getOne(user.id));
    valueOf(await db.auth.login("ada@example.com", password));
    refusalOf(await db.auth.login("ada@example.com", password, { collection: "users" }), "unauthenticated");
  });
});
