// Whatever is written, and whoever asks meanwhile: a token stands for whom its database says it does now.
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { AuthRecord, Database, Principal, TenantEngine } from "../../lib/index.js";
import { RememberedPrincipals } from "../../lib/records/auth/remembered-principals.js";
import { openTenant } from "../support/open-engine.js";
import { testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";

const collections = [
  {
    name: "users",
    type: "auth",
    softDelete: true,
    fields: [
      { name: "name", type: "text" },
      { name: "tags", type: "json", default: { of: ["anybody"] } },
    ],
  },
  { name: "notes", fields: [{ name: "text", type: "text" }] },
] as const;
const passwords = ["correct horse", "battery staple"] as const;

const step = fc.record({
  kind: fc.constantFrom(
    ...(["rename", "new password", "reset password", "delete", "undelete", "note", "refused", "log in"] as const),
    ...(["grow", "drop collection", "restore collection"] as const),
  ),
  who: fc.nat(1),
  // Whether others come with their tokens while it is written.
  isWatched: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Account {
  readonly id: string;
  readonly email: string;
  turns: number;
}

class World {
  readonly #engine: TenantEngine;
  readonly #db: Database;
  readonly accounts: Account[] = [];
  /** Every token that was ever given, and whose it is. */
  readonly tokens: { readonly token: string; readonly id: string }[] = [];
  /** Those that were told without asking the store. */
  readonly recalled: Principal[] = [];
  #fields = 0;

  constructor(engine: TenantEngine, db: Database) {
    this.#engine = engine;
    this.#db = db;
  }

  async signUp(email: string): Promise<void> {
    const { token, user } = valueOf(await this.#db.auth.register({ email, password: passwords[0] }));
    this.accounts.push({ id: user.id, email, turns: 0 });
    this.tokens.push({ token, id: user.id });
  }

  /** What comes of it is of no interest here. */
  async run({ kind, who }: Step): Promise<unknown> {
    const account = this.accounts[who] as Account;
    const { id, email } = account;
    const users = this.#db.collection("users");
    const password = passwords[account.turns % 2];
    switch (kind) {
      case "rename":
        return users.update(id, { name: `name ${this.tokens.length} ${(account.turns += 2)}` });
      case "new password":
      case "reset password": {
        const next = passwords[(account.turns + 1) % 2] as string;
        const token = this.tokens.findLast((each) => each.id === id)?.token ?? "";
        const changed =
          kind === "new password"
            ? await this.#db.auth.changePassword(token, password as string, next)
            : await users.update(id, { password: next });
        if (changed.isOk()) account.turns += 1;
        if (changed.isOk() && "token" in changed.value) this.tokens.push({ token: changed.value.token as string, id });
        return changed;
      }
      case "delete":
        return users.delete(id);
      case "undelete":
        return users.undelete(id);
      case "note":
        return this.#db.collection("notes").create({ text: "another collection" });
      case "refused":
        return users.create({ email, password: passwords[0] });
      case "log in": {
        const signedIn = await this.#db.auth.login(email, password as string);
        // Not always his: "refused" takes the address of one who was deleted.
        if (signedIn.isOk()) this.tokens.push({ token: signedIn.value.token, id: signedIn.value.user.id });
        return signedIn;
      }
      case "grow":
        this.#fields += 1;
        return this.#engine.collections.update("users", {
          fields: [{ name: `f${this.#fields}`, type: "text", default: "x" }],
        });
      case "drop collection":
        return this.#engine.collections.delete("users");
      case "restore collection":
        return this.#engine.collections.undelete("users");
    }
  }

  /** Whom each token stands for, or why it stands for nobody. Nobody can spoil what all are given. */
  async askAll(): Promise<readonly string[]> {
    const answers: string[] = [];
    for (const { token } of this.tokens) {
      const recalled = this.#engine.recallPrincipal(token);
      const found = await this.#engine.authenticate(token);
      answers.push(found.isOk() ? JSON.stringify(recordOf(found.value)) : found.error.code);
      if (found.isOk()) expect(spoil(found.value)).toEqual([]);
      if (recalled) this.recalled.push(recalled);
    }
    return answers;
  }

  /** The same from the store alone: `me` and `principalOf` remember nothing. */
  async askStore(): Promise<readonly string[]> {
    const answers: string[] = [];
    for (const { token, id } of this.tokens) {
      const known = await this.#db.auth.me(token);
      if (known.isErr()) answers.push(known.error.code);
      else answers.push(JSON.stringify(recordOf(valueOf(await this.#db.auth.principalOf(id)))));
    }
    return answers;
  }
}

/** What a caller could change of a principal. */
function spoil(principal: object): readonly string[] {
  const changed = Object.entries(principal).flatMap(([name, value]: [string, unknown]) => [
    ...(Reflect.set(principal, name, "spoilt") ? [name] : []),
    ...(typeof value === "object" && value !== null ? spoil(value).map((inner) => `${name}.${inner}`) : []),
  ]);
  return Reflect.set(principal, "more", true) ? [...changed, "more"] : changed;
}

function recordOf(principal: Principal): AuthRecord {
  if (principal.kind === "guest") throw new Error("a token never stands for a guest");
  return principal.record;
}

async function check(steps: readonly Step[]): Promise<void> {
  const { engine, db } = await openTenant(collections);
  const world = new World(engine, db);
  for (const email of ["ann@example.com", "bob@example.com"]) await world.signUp(email);
  for (const each of steps) {
    const running = world.run(each);
    if (each.isWatched) await Promise.all([world.askAll(), world.askAll()]);
    await running;
    const asked = await world.askStore();
    // The second time from memory.
    expect(await world.askAll()).toEqual(asked);
    world.recalled.length = 0;
    expect(await world.askAll()).toEqual(asked);
    const standing = asked.filter((answer) => answer.startsWith("{"));
    expect(world.recalled.map((principal) => JSON.stringify(recordOf(principal)))).toEqual(standing);
  }
  await engine.close();
}

const parameters = { seed: testSeed("remembered principals"), numRuns: 15 };
const steps = fc.array(step, { minLength: 5, maxLength: 14 });

describe("remembered principals", () => {
  it("are those that stand in the database", async () => {
    await fc.assert(fc.asyncProperty(steps, check), parameters);
  }, 120_000);

  it("are told apart from those of before by the same property", async () => {
    const kept = new WeakMap<object, Principal>();
    const get = vi
      .spyOn(RememberedPrincipals.prototype, "get")
      .mockImplementation((_present, claims) => kept.get(claims));
    const set = vi
      .spyOn(RememberedPrincipals.prototype, "set")
      .mockImplementation((_before, _present, claims, principal) => void kept.set(claims, principal));
    onTestFinished(() => {
      get.mockRestore();
      set.mockRestore();
    });
    await expect(fc.assert(fc.asyncProperty(steps, check), { ...parameters, endOnFailure: true })).rejects.toThrow();
  }, 120_000);
});
