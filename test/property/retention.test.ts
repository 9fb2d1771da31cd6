// Retention against an oracle, and what must hold whatever the policy: the newest stays, the last proven one stays,
// nothing that a kept set needs goes, and doing it twice removes nothing more.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planRetention, type RetainedItem } from "../../lib/backup/retention/plan-retention.js";
import { readRetentionPolicy, type RetentionPolicy } from "../../lib/backup/retention/retention-policy.js";
import { testSeed } from "../support/random.js";
import { refusalOf, valueOf } from "../support/unwrap.js";
import { keptByOracle } from "./retention-oracle.js";

const seed = testSeed("retention");
const runs = 2_000;

// Some months around two turns of the year and a leap day; half of the moments lie at or beside midnight.
const start = Date.UTC(2023, 11, 20);
const spanHours = 24 * 90;
const moment = fc.oneof(
  fc.integer({ min: 0, max: spanHours * 3_600 }).map((seconds) => start + seconds * 1_000),
  fc
    .tuple(fc.integer({ min: 0, max: spanHours / 24 }), fc.integer({ min: -1, max: 1 }))
    .map(([day, beside]) => start + day * 86_400_000 + beside),
);

const backups = fc
  .array(fc.record({ series: fc.constantFrom("a", "b"), at: moment, isProven: fc.boolean() }), {
    maxLength: 25,
    size: "max",
  })
  .map((made) =>
    made.map(({ series, at, isProven }, index): RetainedItem => {
      return { id: `backup${String(index).padStart(2, "0")}`, series, createdAt: new Date(at).toISOString(), isProven };
    }),
  );

const items = fc
  .tuple(backups, fc.array(fc.tuple(moment, fc.boolean(), fc.array(fc.nat(24), { maxLength: 4 })), { maxLength: 6 }))
  .map(([singles, sets]) => [
    ...singles,
    ...sets.map(([at, isProven, members], index): RetainedItem => {
      const needs = members.flatMap((member) => singles[member]?.id ?? "gone");
      return { id: `set${index}`, series: "sets of all", createdAt: new Date(at).toISOString(), isProven, needs };
    }),
  ]);

const count = fc.integer({ min: 0, max: 6 });
const policies = fc.record({ keepLast: count, keepDaily: count, keepWeekly: count, keepMonthly: count });

const holds = (property: (items: readonly RetainedItem[], policy: Required<RetentionPolicy>) => void): void => {
  fc.assert(fc.property(items, policies, property), { seed, numRuns: runs });
};

describe("what a policy keeps", () => {
  it("is what the oracle keeps", () => {
    let removals = 0;
    holds((all, policy) => {
      const { kept, removed } = planRetention(all, policy);
      expect([...kept.keys()].sort()).toEqual([...keptByOracle(all, policy)].sort());
      expect(removed).toHaveLength(all.length - kept.size);
      removals += removed.length;
    });
    // Else a plan that keeps everything would pass.
    expect(removals).toBeGreaterThan(runs / 4);
  });

  it("always holds the newest and the last proven one of each series, and what a kept set needs", () => {
    holds((all, policy) => {
      const { kept } = planRetention(all, policy);
      for (const series of new Set(all.map((item) => item.series))) {
        const ordered = all
          .filter((item) => item.series === series)
          .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
        expect(kept.has(ordered.at(-1)!.id)).toBe(true);
        const proven = ordered.filter(({ isProven }) => isProven).at(-1);
        if (proven) expect(kept.has(proven.id)).toBe(true);
      }
      for (const { id, needs = [] } of all) {
        if (!kept.has(id)) continue;
        for (const needed of needs.filter((each) => each !== "gone")) expect(kept.has(needed)).toBe(true);
      }
    });
  });

  it("stays the same when it is done again, and grows with the policy", () => {
    holds((all, policy) => {
      const { kept } = planRetention(all, policy);
      const again = planRetention(
        all.filter(({ id }) => kept.has(id)),
        policy,
      );
      expect(again.removed).toEqual([]);
      const more = planRetention(all, {
        ...policy,
        keepLast: policy.keepLast + 1,
        keepMonthly: policy.keepMonthly + 1,
      });
      for (const id of kept.keys()) expect(more.kept.has(id)).toBe(true);
    });
  });

  it("does not hang on the order in which backups are listed, and goes oldest first", () => {
    holds((all, policy) => {
      const plan = planRetention(all, policy);
      expect(planRetention([...all].reverse(), policy)).toEqual(plan);
      const times = plan.removed.map((id) => all.find((item) => item.id === id)!.createdAt);
      expect(times).toEqual([...times].sort());
    });
  });
});

describe("a policy", () => {
  it("says why each is kept", () => {
    const backup = (id: string, createdAt: string, isProven = false): RetainedItem => ({
      id,
      series: "a",
      createdAt,
      isProven,
    });
    const plan = planRetention(
      [
        backup("old", "2026-10-31T23:59:59.999Z"),
        backup("proven", "2026-11-01T00:00:00.000Z", true),
        backup("gone", "2026-11-22T23:00:00.000Z"),
        backup("sunday", "2026-11-22T23:59:00.000Z"),
        backup("monday", "2026-11-23T00:00:00.000Z"),
      ],
      { keepLast: 1, keepDaily: 0, keepWeekly: 2, keepMonthly: 2 },
    );
    expect([...plan.kept].map(([id, reasons]) => [id, [...reasons].sort().join()])).toEqual([
      ["monday", "last,monthly,newest,weekly"],
      ["sunday", "weekly"],
      ["old", "monthly"],
      ["proven", "proven"],
    ]);
    expect(plan.removed).toEqual(["gone"]);
  });

  it.each([
    ["keepLast", { keepLast: -1 }],
    ["keepDaily", { keepLast: 1, keepDaily: 1.5 }],
    ["keepWeekly", { keepWeekly: "7" }],
    ["keepMonthly", { keepMonthly: Number.NaN }],
    ["keepYearly", { keepLast: 1, keepYearly: 3 }],
    ["policy", {}],
    ["policy", { keepLast: 0, keepDaily: 0 }],
    ["options", null],
  ])("is refused with the name of what is wrong: %s", (parameter, policy) => {
    const refused = refusalOf(readRetentionPolicy(policy as RetentionPolicy), "request_invalid");
    expect(refused.details.parameter).toBe(parameter);
  });

  it("may say only some of it", () => {
    expect(valueOf(readRetentionPolicy({ keepDaily: 7 }))).toEqual({
      keepLast: 0,
      keepDaily: 7,
      keepWeekly: 0,
      keepMonthly: 0,
    });
  });
});
