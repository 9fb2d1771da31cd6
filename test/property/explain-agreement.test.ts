// What explain says and what the call then does: the same, for random rules, records, callers and calls.
import { expect, it } from "vitest";
import { guest, type Collection, type Database, type ExplainRequest, type Principal } from "../../lib/index.js";
import { openTenant } from "../support/open-engine.js";
import { seededRandom, testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";

const rules = [
  null,
  "",
  "owner = @request.auth.id",
  "owner != @request.auth.id",
  "!(status = 'open') || views > 2",
  "@request.auth.id != ''",
  "@request.data.status:isset = true || status = 'open'",
  "@request.data.status:changed = false && owner.level >= 1",
  "readers ?= @request.auth.id && code = 'c'",
  "@request.auth.collection = 'users' && (views > 1 || views IS NULL)",
];
const databaseRules = [
  "@request.auth.tenantId = @request.data.dbname",
  "@request.dbname = 'client1'",
  "@request.method != 'DELETE'",
  "@request.auth.level > 1 || @request.dbname != 'x'",
];
const filters = [
  "",
  "status = 'open'",
  "views > 1 || owner.level = 2",
  "readers ?= 'nobody'",
  "code = 'c'",
  "nothing(",
];

const rounds = 25;
const callsPerRound = 24;

it("agrees with the call", { timeout: 120_000 }, async () => {
  const random = seededRandom(testSeed("explain agrees"));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const { engine, db } = await openTenant([
    { name: "users", type: "auth", fields: [{ name: "level", type: "number" }], viewRule: "level = 1", listRule: "" },
    {
      name: "posts",
      softDelete: true,
      fields: [
        { name: "status", type: "text" },
        { name: "views", type: "number", unique: true },
        { name: "code", type: "text", hidden: true },
        { name: "owner", type: "relation", collection: "users" },
        { name: "readers", type: "relation", collection: "users", multiple: true },
      ],
    },
  ]);
  valueOf(await engine.databases.create({ name: "client2" }));
  const account = async (at: Database, level: number): Promise<{ readonly id: string; readonly as: Principal }> => {
    const { id } = valueOf(
      await at.collection("users").create({ email: `u${level}@example.com`, password: "correct horse", level }),
    );
    return { id, as: valueOf(await at.auth.principalOf(id)) };
  };
  const [one, two] = [await account(db, 1), await account(db, 2)];
  const foreign = await account(engine.db("client2"), 3);
  const { id: superuserId } = valueOf(
    await engine.superusers.create({ email: "root@example.com", password: "correct horse" }),
  );
  const root: Principal = { kind: "superuser", record: { id: superuserId } };
  const callers: readonly (Principal | undefined)[] = [undefined, root, guest, one.as, two.as, one.as, foreign.as];
  const ids: string[] = ["nobody"];
  const values = (): Record<string, unknown> => ({
    ...(random() < 0.7 ? { status: pick(["open", "shut", null, ""]) } : {}),
    ...(random() < 0.7 ? { views: pick([0, 1, 2, 3, null, "many", Math.floor(random() * 1e6)]) } : {}),
    ...(random() < 0.8 ? { owner: pick([one.id, two.id, null, one.id, "nobody"]) } : {}),
    ...(random() < 0.5 ? { readers: pick([[], [one.id], [one.id, two.id]]) } : {}),
    ...(random() < 0.1 ? { code: "c" } : {}),
  });
  for (let count = 0; count < 8; count += 1) {
    const record = { owner: pick([one.id, two.id, null]), status: pick(["open", "shut"]), views: count, code: "c" };
    ids.push(valueOf(await db.collection("posts").create(record)).id);
  }
  valueOf(await db.collection("posts").delete(ids[1] as string));

  const tally: Record<string, number> = {};
  for (let round = 0; round < rounds; round += 1) {
    const posted = {
      ...{ listRule: pick(rules), viewRule: pick(rules), createRule: pick(rules) },
      ...{ updateRule: pick(rules), deleteRule: pick(rules) },
    };
    valueOf(await engine.collections.update("posts", posted));
    for (const { id } of valueOf(await engine.rules.list())) valueOf(await engine.rules.delete(id));
    for (let count = Math.floor(random() * 3); count > 0; count -= 1) {
      valueOf(await engine.rules.create({ name: `rule ${count}`, collection: "*", rule: pick(databaseRules) }));
    }
    for (let call = 0; call < callsPerRound; call += 1) {
      const caller = pick(callers);
      const posts = (caller ? db.as(caller) : db).collection("posts");
      const request = pick<() => ExplainRequest>([
        () => ({ operation: "list", filter: pick(filters) }),
        () => ({ operation: "view", id: pick(ids) }),
        () => ({ operation: "create", data: values() }),
        () => ({ operation: "update", id: pick(ids), data: values() }),
        () => ({ operation: "update", id: pick(ids), data: values() }),
        () => ({ operation: "delete", id: pick(ids) }),
      ])();
      const said = valueOf(await posts.explain(request));
      const context = JSON.stringify({ request, caller, posted, said });
      const total = valueOf(await db.collection("posts").count());
      const done = await perform(posts, request);
      const outcome =
        typeof done.count === "number"
          ? done.count === total
            ? "allowed"
            : "filtered"
          : done.code
            ? "denied"
            : "allowed";
      expect([said.outcome, said.refusal?.code, said.rows?.selected], context).toEqual([
        outcome,
        done.code,
        done.count,
      ]);
      // Whoever is refused by a rule, or gets less, is told by which; and all that decided against it is false somewhere.
      if (said.outcome === "denied" && said.refusal?.code === "forbidden" && !said.crossing) {
        expect(said.decidedBy !== null || said.reason.includes("code: unknown_field"), context).toBe(true);
      }
      if (said.outcome === "allowed" && request.operation !== "list") {
        for (const { rules: asked } of said.sections) {
          expect(
            asked.map(({ value }) => value),
            context,
          ).toEqual(asked.map(() => "true"));
        }
      }
      if (done.id !== undefined) ids.push(done.id);
      const key = `${request.operation} ${said.outcome} ${said.refusal?.code ?? ""}`;
      tally[key] = (tally[key] ?? 0) + 1;
    }
  }
  // The calls must have met all outcomes, or the agreement says little.
  const met = Object.keys(tally).map((key) => key.trim());
  const wanted = ["list filtered", "list denied forbidden", "view allowed", "view denied record_not_found"];
  expect(met).toEqual(
    expect.arrayContaining([...wanted, "create allowed", "create denied forbidden", "update allowed"]),
  );
  expect(met).toEqual(expect.arrayContaining(["update denied record_not_found", "delete allowed"]));
});

async function perform(
  posts: Collection,
  { operation, id = "", data = {}, filter = "" }: ExplainRequest,
): Promise<{ readonly code?: string; readonly count?: number; readonly id?: string }> {
  if (operation === "list") {
    const listed = await posts.getList(1, 1, { filter });
    return listed.isErr() ? { code: listed.error.code } : { count: listed.value.totalItems };
  }
  const calls = {
    view: () => posts.getOne(id),
    create: () => posts.create(data),
    update: () => posts.update(id, data),
    delete: () => posts.delete(id),
  };
  const done = await calls[operation]();
  if (done.isErr()) return { code: done.error.code };
  return operation === "create" ? { id: (done.value as { readonly id: string }).id } : {};
}
