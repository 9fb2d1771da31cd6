// Superusers: made by the engine or named by the environment, signed in on the default database, at work everywhere.
import { describe, expect, it, vi } from "vitest";
import { TenantEngine, type CollectionDefinition, type EngineOptions, type Logger } from "../../lib/index.js";
import { openEngine, openTenant } from "../support/open-engine.js";
import { tempDirectory } from "../support/temp-directory.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

const password = "correct horse";
const email = "root@example.com";
const superusers = { collection: "_superusers" };
const closed: CollectionDefinition = { name: "closed", fields: [{ name: "title", type: "text" }] };

describe("superusers", () => {
  it("are made, listed without their passwords, and deleted", async () => {
    const engine = await openEngine({ limits: { perPage: 2 } });
    expect(valueOf(await engine.superusers.list())).toEqual([]);
    const made = [];
    for (const name of ["a", "b", "c"]) {
      made.push(valueOf(await engine.superusers.create({ email: `${name}@example.com`, password })));
    }
    expect(Object.keys(made[0] ?? {})).toEqual(["id", "email", "created", "updated"]);
    expect(valueOf(await engine.superusers.list())).toEqual(made);
    valueOf(await engine.superusers.delete(made[1]?.id ?? ""));
    expect(valueOf(await engine.superusers.list())).toEqual([made[0], made[2]]);
    refusalOf(await engine.superusers.delete(made[1]?.id ?? ""), "record_not_found");
    refusalOf(await engine.superusers.create({ email: "A@example.com", password }), "unique_violation");
    refusalOf(await engine.superusers.create({ email: "d@example.com", password: "short" }), "validation_failed");
    refusalOf(await engine.superusers.create(null as never), "validation_failed");
  });

  it("sign in on the default database alone, work in every database, and lose their tokens with their record", async () => {
    const { engine, db } = await openTenant([closed]);
    const { id } = valueOf(await engine.superusers.create({ email, password }));
    const { token, user } = valueOf(await engine.db().auth.login(email, password, superusers));
    expect(user).toMatchObject({ id, email });
    const principal = valueOf(await engine.authenticate(token));
    expect(principal).toMatchObject({ kind: "superuser", record: { id, email } });
    refusalOf(await db.as(null).collection("closed").create({ title: "x" }), "forbidden");
    valueOf(await db.as(principal).collection("closed").create({ title: "x" }));
    refusalOf(await db.auth.login(email, password, superusers), "collection_not_found");
    refusalOf(await db.auth.me(token), "unauthenticated");
    valueOf(await engine.superusers.delete(id));
    refusalOf(await engine.authenticate(token), "unauthenticated");
  });

  it("change their own password, and all their tokens end", async () => {
    const engine = await openEngine();
    valueOf(await engine.superusers.create({ email, password }));
    const { auth } = engine.db();
    const { token } = valueOf(await auth.login(email, password, superusers));
    const changed = valueOf(await auth.changePassword(token, password, "a new password"));
    refusalOf(await engine.authenticate(token), "unauthenticated");
    expect(valueOf(await engine.authenticate(changed.token)).kind).toBe("superuser");
  });

  it("are made by nobody else: neither by registering nor by writing, trusted or not", async () => {
    const engine = await openEngine();
    const { id } = valueOf(await engine.superusers.create({ email, password }));
    const data = { email: "eve@example.com", password };
    const trusted = engine.db();
    const root = valueOf(await trusted.auth.principalOf(id, superusers));
    for (const db of [trusted, trusted.as(null), trusted.as(root)]) {
      const attempts = [
        await db.auth.register(data, superusers),
        await db.collection("_superusers").create(data),
        await db.collection("_superusers").createMany([data]),
        await db.collection("_superusers").update(id, { password: "a new password" }),
        await db.collection("_superusers").delete(id),
        await db.transaction((tx) => tx.collection("_superusers").create(data)),
      ];
      for (const attempt of attempts) {
        expect(["database_reserved", "forbidden", "collection_not_found"]).toContain(
          attempt.isErr() ? attempt.error.code : "made",
        );
      }
    }
    expect(valueOf(await engine.superusers.list()).map((superuser) => superuser.id)).toEqual([id]);
    valueOf(await engine.db().auth.login(email, password, superusers));
  });

  it("are no user's collection of the same name", async () => {
    const engine = await openEngine();
    refusalOf(await engine.collections.create({ name: "_superusers", type: "auth" }), "database_reserved");
    refusalOf(await engine.collections.update("_superusers", { createRule: "" }), "database_reserved");
  });
});

describe("the first superuser", () => {
  /** Opens with the environment's variables set for the time of opening. */
  async function openWith(variables: Readonly<Record<string, string>>, options: EngineOptions) {
    vi.unstubAllEnvs();
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const opened = await TenantEngine.open({ durability: "normal", ...options });
    vi.unstubAllEnvs();
    return opened;
  }
  const both = { SUPERUSER_EMAIL: email, SUPERUSER_PASSWORD: password };

  it("comes from the environment, once, and is never overwritten", async () => {
    const dataDir = await tempDirectory();
    const first = valueOf(await openWith(both, { dataDir }));
    valueOf(await first.db().auth.login(email, password, superusers));
    valueOf(await first.close());
    const changed = { SUPERUSER_EMAIL: "other@example.com", SUPERUSER_PASSWORD: "another password" };
    const second = valueOf(await openWith(changed, { dataDir }));
    expect(valueOf(await second.superusers.list()).map((superuser) => superuser.email)).toEqual([email]);
    valueOf(await second.db().auth.login(email, password, superusers));
    valueOf(await second.close());
    // What is wrong with the variables does not matter any more either.
    const third = valueOf(await openWith({ SUPERUSER_EMAIL: "x" }, { dataDir }));
    valueOf(await third.close());
  });

  it("is nobody where the environment says nothing", async () => {
    const engine = valueOf(
      await openWith({ SUPERUSER_EMAIL: "", SUPERUSER_PASSWORD: "" }, { dataDir: await tempDirectory() }),
    );
    expect(valueOf(await engine.superusers.list())).toEqual([]);
    valueOf(await engine.close());
  });

  it.each([
    ["SUPERUSER_EMAIL", { ...both, SUPERUSER_EMAIL: "no address" }],
    ["SUPERUSER_PASSWORD", { ...both, SUPERUSER_PASSWORD: "xyzzy" }],
    ["SUPERUSER_EMAIL", { SUPERUSER_PASSWORD: password }],
    ["SUPERUSER_PASSWORD", { SUPERUSER_EMAIL: email }],
  ])("keeps the engine closed when it cannot be made, and names the variable: %s", async (name, variables) => {
    const dataDir = await tempDirectory();
    const logged: unknown[] = [];
    const log = (...args: readonly unknown[]): void => void logged.push(args);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const refusal = refusalOf(await openWith(variables, { dataDir, logger }), "request_invalid");
    expect(refusal.details.parameter).toBe(name);
    expect(refusal.message).toContain(name);
    const said = JSON.stringify([refusal, String(refusal.stack), logged]);
    for (const secret of ["xyzzy", password]) expect(said).not.toContain(secret);
    // The directory is free again.
    valueOf(await valueOf(await openWith({}, { dataDir })).close());
  });
});
