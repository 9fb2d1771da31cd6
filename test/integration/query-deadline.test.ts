// A query that would hold its thread for long is stopped, and the others go on.
import { describe, expect, it } from "vitest";
import type { TenantEngine } from "../../lib/index.js";
import { openEngine } from "../support/open-engine.js";
import { refusalOf, valueOf } from "../support/unwrap.js";

// As many as libuv's pool has threads by default.
const heavyTenants = ["heavy1", "heavy2", "heavy3", "heavy4"];
// 60 records that all name each other: 216,000 values for each of them over three lists.
const nodes = 60;
const heavyFilter = "friends.friends.friends.title ?= 'nobody'";

async function openGraphs(queryMs: number): Promise<TenantEngine> {
  const engine = await openEngine({ limits: { queryMs } });
  valueOf(
    await engine.collections.create({
      name: "nodes",
      listRule: "",
      viewRule: "",
      fields: [
        { name: "title", type: "text" },
        { name: "friends", type: "relation", collection: "nodes", multiple: true },
      ],
    }),
  );
  for (const name of [...heavyTenants, "light"]) {
    valueOf(await engine.databases.create({ name }));
    const made = valueOf(
      await engine
        .db(name)
        .collection("nodes")
        .createMany(Array.from({ length: nodes }, () => ({}))),
    );
    const friends = made.map(({ id }) => id);
    if (name === "light") continue;
    for (const id of friends) valueOf(await engine.db(name).collection("nodes").update(id, { friends }));
  }
  return engine;
}

describe("queries that take long", () => {
  it("are stopped in every database at once, while another answers, and leave theirs in service", async () => {
    const engine = await openGraphs(30);
    const asGuest = (name: string) => engine.db(name).as(null).collection("nodes");
    const heavy = heavyTenants.map((name) => asGuest(name).count(heavyFilter));
    expect(valueOf(await asGuest("light").count())).toBe(nodes);
    for (const result of await Promise.all(heavy)) {
      const error = refusalOf(result, "database_busy");
      expect(error.message).toContain("30 ms");
      expect(error.isRetryable).toBe(true);
    }
    for (const name of heavyTenants) expect(valueOf(await asGuest(name).count("title = 'nobody'"))).toBe(0);
  });

  it("cannot lead through more than three lists", async () => {
    const engine = await openGraphs(10_000);
    const error = refusalOf(
      await engine.db("light").collection("nodes").count(`friends.${heavyFilter}`),
      "filter_invalid",
    );
    expect(error.message).toContain("at most 3 lists");
    expect(error.details.position).toBe("friends.friends.friends.".length);
    expect(valueOf(await engine.db("light").collection("nodes").count(heavyFilter))).toBe(0);
  });
});
