// The records that the differential test asks about, and the values that its expressions compare with: edges of every
// type. All texts hold Zq, so that one that got into SQL would be seen.
import type { Sample } from "../support/query-fixture.js";

/** The clock stands here. */
export const now = Date.UTC(2026, 1, 14, 10, 20, 30, 400);

export const texts = [
  "",
  "Zqalpha",
  "zqALPHA",
  "Zqbeta",
  "Zq%",
  "Zq_x",
  "Zqax",
  "Zq\\y",
  "Zq'q\"",
  "Zqé",
  "ZQÉ",
  "Zq\u{1F600}",
  "Zq\uFFFD",
  "7770017",
  "1",
  "Zq//x",
  "Zq alpha beta",
];
export const numbers = [
  ...[0, 1, -1, 1.5, 0.1, 0.3, 0.1 + 0.2, 1e21, 2 ** 53, -(2 ** 53), 2 ** 31, 5e-324, 1.7976931348623157e308],
  ...[7770017, 1700000000000, 0.1234567890123456, 1 / 3, 1e15 / 7, -7770017.25],
];
// SQLite's reader of JSON errs in the last bit of long fractions, so documents hold short ones.
export const jsonNumbers = [0, 1, -1, 1.5, 0.1, 2 ** 53, 7770017];
export const days = ["2026-02-14", "2026-02-13", "2026-01-01", "2025-12-31", "2024-02-29", "0000-01-01", "9999-12-31"];
export const moments = [
  ...["2026-02-14T10:20:30.400Z", "2026-02-14T10:20:30.399Z", "2026-02-14T00:00:00.000Z", "2026-02-14T23:59:59.999Z"],
  ...["2026-02-01T00:00:00.000Z", "2026-02-28T23:59:59.999Z", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"],
];
export const momentSpellings = [
  ...["2026-02-14", "2026-02-14 00:00:00Z", "2026-02-14T11:20:30.4+01:00", "2026-01-01T00:00:00.000000Z"],
];
export const selected = ["Zqred", "Zqgreen", "Zqblue"];
const postIds = Array.from({ length: 36 }, (_, index) => `zqpost${index}`);
export const peopleIds = Array.from({ length: 9 }, (_, index) => `zqperson${index}`);
const teamIds = ["zqteam0", "zqteam1", "zqteam2"];

/** The same choices on every run: the expressions vary, the records need not. */
function chooser(seed: number) {
  let state = seed;
  const below = (bound: number): number => {
    // The constants of Numerical Recipes' generator; the upper bits are the better ones.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const maybe = <T>(values: readonly T[]): T | null => (below(5) === 0 ? null : one(values));
  const some = <T>(values: readonly T[]): readonly T[] => values.filter(() => below(3) === 0);
  return { one, maybe, some };
}

const { one, maybe, some } = chooser(20260214);

const scalars = [...texts, ...jsonNumbers, true, false, null];
function document(): unknown {
  const inner = (): unknown => one<() => unknown>([() => one(scalars), () => ({ Zq: 1 }), () => [1, "Zqalpha"]])();
  return one<() => unknown>([
    () => null,
    () => one(scalars),
    () => [inner(), inner()],
    () => ({ a: inner() }),
    () => ({ a: inner(), list: some([...scalars, { Zq: 2 }, []]), n: { b: inner() } }),
    () => ({ a: inner(), list: some(["Zqred", "Zqalpha", 1]), n: { b: one(scalars) } }),
    () => ({ list: one(scalars), n: [one(scalars)] }),
  ])();
}

export const teams: readonly Sample[] = teamIds.map((id) => ({
  ...{ id, label: maybe(texts), size: maybe(numbers), crew: some(peopleIds) },
}));

export const people: readonly Sample[] = peopleIds.map((id, index) => ({
  ...{ id, deleted: index % 4 === 3 ? "2026-01-01T00:00:00.000Z" : null, name: maybe(texts), age: maybe(numbers) },
  ...{ born: maybe(days), active: maybe([true, false]), skills: some(selected), meta: document() },
  ...{ boss: maybe([...peopleIds, "zqnobody"]), team: maybe(teamIds), friends: some([...peopleIds, "zqnobody"]) },
}));

export const posts: readonly Sample[] = postIds.map((id) => ({
  ...{ id, created: one(moments), updated: one(moments), title: maybe(texts), body: maybe(texts) },
  ...{ mail: maybe(["zq@a.example", "Zq@A.example"]), link: maybe(["https://zq.example/", "http://zq.example/%"]) },
  ...{ views: maybe(numbers), open: maybe([true, false]), day: maybe(days), at: maybe(moments) },
  ...{ kind: maybe(["Zqnews", "Zqnote"]), tags: one([null, [], some(selected), some(selected)]), meta: document() },
  ...{
    author: maybe([...peopleIds, "zqnobody"]),
    reviewers: one([[], some(peopleIds), some([...peopleIds, "zqnobody"])]),
  },
}));
