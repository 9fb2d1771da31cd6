// To which moment a replica goes back, by what Litestream prints of it.
import { describe, expect, it } from "vitest";
import { planMoment, readGenerations } from "../../../../lib/backup/litestream/plan-moment.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const snapshots = `replica  generation        index  size  created
file     aaaaaaaaaaaaaaaa  0      354   2026-11-25T10:00:00Z
file     bbbbbbbbbbbbbbbb  0      354   2026-11-25T12:00:00Z
file     bbbbbbbbbbbbbbbb  4      354   2026-11-25T13:00:00Z
`;
const wal = `replica  generation        index  offset  size  created
file     aaaaaaaaaaaaaaaa  0      0       450   2026-11-25T10:00:00Z
file     aaaaaaaaaaaaaaaa  1      4120    450   2026-11-25T11:00:00Z
file     bbbbbbbbbbbbbbbb  5      0       450   2026-11-25T13:30:00Z
`;
const generations = readGenerations(snapshots, wal);
const plan = (at?: string) => planMoment("client1", generations, at === undefined ? undefined : Date.parse(at));

describe("a moment", () => {
  it.each([
    // Within a stretch: as asked.
    ["2026-11-25T10:30:00Z", "aaaaaaaaaaaaaaaa", "2026-11-25T10:30:00.000Z", "2026-11-25T10:30:00.000Z", false],
    ["2026-11-25T12:00:00Z", "bbbbbbbbbbbbbbbb", "2026-11-25T12:00:00.000Z", "2026-11-25T12:00:00.000Z", false],
    // Between two stretches, and after the last write: the end of the one before.
    ["2026-11-25T11:30:00Z", "aaaaaaaaaaaaaaaa", undefined, "2026-11-25T11:00:00.000Z", true],
    ["2026-11-26T00:00:00Z", "bbbbbbbbbbbbbbbb", undefined, "2026-11-25T13:30:00.000Z", true],
    // In the very second of the end.
    ["2026-11-25T13:30:00.500Z", "bbbbbbbbbbbbbbbb", undefined, "2026-11-25T13:30:00.000Z", false],
    [undefined, "bbbbbbbbbbbbbbbb", undefined, "2026-11-25T13:30:00.000Z", false],
  ])("%s is in the replica as %s, %s", (at, generation, timestamp, restoredTo, isClamped) => {
    expect(valueOf(plan(at))).toEqual({ generation, timestamp, restoredTo, isClamped });
  });

  it("before the first one is refused, and so is every moment of an empty replica", () => {
    expect(refusalOf(plan("2026-11-25T09:59:59Z"), "backup_not_found").message).toContain("2026-11-25T10:00:00.000Z");
    refusalOf(planMoment("client1", readGenerations("", ""), undefined), "backup_not_found");
    refusalOf(planMoment("client1", readGenerations("no snapshots\n", "x y z\n"), 0), "backup_not_found");
  });
});
