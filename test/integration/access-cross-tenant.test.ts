// Whoever has no business in a database gets nothing out of it and nothing into it: every call by every kind of stranger,
// against databases that hold the same ids, the same people and the same passwords.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ok, type Database, type Principal, type User } from "../../lib/index.js";
import { attacks, shownOf, type Answer } from "../support/access-calls.js";
import { canaryOf, openTwinTenants, twinPassword } from "../support/twin-tenants.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

/** Who attacks: asked anew for each call, as a request would. */
interface Attacker {
  readonly name: string;
  readonly principal: () => Answer<Principal>;
  readonly isGuest?: boolean;
  /** A handle from before, instead of a new one. */
  readonly handle?: Database;
}

async function openTenants() {
  const { engine, dataDir, good, bad, former, knowledge } = await openTwinTenants();
  const { "shared of a": shared, "only a": alone, "owner of b": ofB } = good;
  const tokens = { "user of A with the same id": shared, "user of A alone": alone, ...bad };
  const given = (principal: Principal) => async () => ok(principal);
  const ofA = valueOf(await engine.authenticate(shared)) as User;
  const attackers: readonly Attacker[] = [
    ...Object.entries(tokens).map(([name, token]) => ({ name, principal: () => engine.authenticate(token) })),
    { name: "guest", principal: given({ kind: "guest" }), isGuest: true },
    { name: "principal of the database that was deleted", principal: given(former.principal) },
    { name: "the same, by its old handle", principal: given(former.principal), handle: former.handle },
    { name: "principal that says it is of B", principal: given({ ...ofA, databaseName: "b" }) },
  ];
  const owner = valueOf(await engine.authenticate(ofB)) as User;
  return { engine, attackers, tokens: Object.values(tokens), owner, ofA, knowledge, fileOfB: join(dataDir, "b.db") };
}

async function fingerprint(path: string): Promise<string> {
  const wal = await stat(`${path}-wal`).then(
    ({ size }) => size,
    () => 0,
  );
  return `${createHash("sha256")
    .update(await readFile(path))
    .digest("hex")} ${wal}`;
}

const tenantAccess = { name: "Tenant Access", collection: "*", rule: "@request.auth.tenantId = @request.data.dbname" };

describe("strangers in a database", () => {
  it.each([
    { regime: "without database-level rules", rules: [] },
    { regime: "with the tenant access rule", rules: [tenantAccess] },
  ])("get nothing, learn nothing and change nothing, $regime", async ({ rules }) => {
    const { engine, attackers, knowledge, fileOfB } = await openTenants();
    for (const rule of rules) valueOf(await engine.rules.create(rule));
    const before = await fingerprint(fileOfB);
    let cases = 0;
    const faults: string[] = [];
    for (const { name, principal, isGuest = false, handle } of attackers) {
      for (const [call, attack] of Object.entries(attacks)) {
        const shown: Record<string, string> = {};
        for (const target of ["b", "remade", "nowhere"]) {
          const asked = await principal();
          const answer = asked.isErr() ? asked : await attack((handle ?? engine.db(target)).as(asked.value), knowledge);
          shown[target] = shownOf(answer);
          cases += 1;
          const isRefused = answer.isErr() && ["forbidden", "unauthenticated"].includes(answer.error.code);
          if (shown[target].includes("canary")) faults.push(`${name}, ${call}, ${target}: leaks ${shown[target]}`);
          if (!isRefused && !isGuest) faults.push(`${name}, ${call}, ${target}: ${shown[target]}`);
        }
        if (!isGuest && shown["b"] !== shown["nowhere"]) faults.push(`${name}, ${call}: tells which databases exist`);
      }
    }
    expect(faults.slice(0, 20)).toEqual([]);
    expect(cases).toBeGreaterThan(1_500);
    valueOf(await engine.close());
    expect(await fingerprint(fileOfB)).toBe(before);
  });

  it("hear the same of a closed collection whether the database exists or not, guests too", async () => {
    const { engine, knowledge } = await openTenants();
    for (const call of ["ledger getList", "ledger create"]) {
      const [here, nowhere] = [
        await attacks[call]!(engine.db("b").as(null), knowledge),
        await attacks[call]!(engine.db("nowhere").as(null), knowledge),
      ];
      refusalOf(here, "forbidden");
      expect(shownOf(nowhere)).toBe(shownOf(here));
    }
  });

  it("cannot use a foreign token, or a tampered one, for an account of the database", async () => {
    const { engine, tokens, fileOfB } = await openTenants();
    const before = await fingerprint(fileOfB);
    const { auth } = engine.db("b");
    for (const token of tokens) {
      for (const answer of [
        await auth.me(token),
        await auth.refresh(token),
        await auth.changePassword(token, twinPassword, "a new password"),
      ]) {
        const refused = shownOf(answer);
        refusalOf(answer, "unauthenticated");
        expect(refused).not.toContain("canary");
      }
    }
    valueOf(await engine.close());
    expect(await fingerprint(fileOfB)).toBe(before);
  });

  it("are told from who belongs there: the same calls by the owner of the database show its marks", async () => {
    const { engine, owner, knowledge } = await openTenants();
    const db = engine.db("b").as(owner);
    const leaking: string[] = [];
    for (const [call, attack] of Object.entries(attacks)) {
      if (shownOf(await attack(db, knowledge)).includes("canary")) leaking.push(call);
    }
    expect(leaking.length).toBeGreaterThan(12);
  });
});

describe("a user in his own database", () => {
  it("reaches nothing of another by its ids, cursors and names", async () => {
    const { engine, ofA, knowledge } = await openTenants();
    const notes = engine.db("a").as(ofA).collection("notes");
    const { sharedId, ownId, cursor } = knowledge;
    refusalOf(await notes.getOne(ownId), "record_not_found");
    refusalOf(await notes.update(ownId, { mark: "x" }), "record_not_found");
    refusalOf(await notes.delete(ownId), "record_not_found");
    const linked = refusalOf(await notes.create({ mark: "x", peer: ownId }), "validation_failed");
    expect(linked.details.fields["peer"]?.code).toBe("relation_not_found");
    refusalOf(await notes.update(sharedId, { peer: ownId }), "validation_failed");
    refusalOf(await notes.getList(1, 2, { cursor }), "request_invalid");
    expect(valueOf(await notes.count(["id = {:id} || mark ~ 'canary'", { id: ownId }]))).toBe(0);
    const everything = await notes.getList(1, 50, { expand: "peer.owner,owner", sort: "-mark" });
    expect(valueOf(everything).items).toHaveLength(4);
    expect(shownOf(everything)).not.toContain("canary");
  });

  it("is shown what stands in his own file though the other has the same ids", async () => {
    const { engine, ofA, owner, knowledge } = await openTenants();
    const { sharedId } = knowledge;
    expect(valueOf(await engine.db("a").as(ofA).collection("notes").getOne(sharedId))["mark"]).toBe("mine 0");
    expect(valueOf(await engine.db("b").as(owner).collection("notes").getOne(sharedId))["mark"]).toBe(
      `${canaryOf.b} mine 0`,
    );
    expect(owner.record.id).toBe(ofA.record.id);
  });
});
