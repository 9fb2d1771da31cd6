// What is aimed at. A target is a goal of the benchmark, not a test: missing one fails nothing, and is said.
import type { Scale } from "../scale.js";
import { showDuration, significant } from "../shown-figures.js";
import { median } from "../timing.js";
import type { VariantName } from "../variants/index.js";

/** Figures of a variant by rounds, in the row of a workload; undefined when they were not measured. */
export type FiguresOf = (workload: string, variant: VariantName, place?: number) => readonly number[] | undefined;

export interface Target {
  readonly work: string;
  readonly goal: string;
  /** One value; undefined when a part of it was not measured. */
  readonly measure: (figuresOf: FiguresOf) => number | undefined;
  readonly isMet: (value: number) => boolean;
  readonly show: (value: number) => string;
}

const engine = "engine" satisfies VariantName;

/** Round by round, because the rounds ran side by side. */
function ratio(upper: readonly number[] | undefined, lower: readonly number[] | undefined): number | undefined {
  if (!upper || !lower || upper.length === 0 || lower.length === 0) return undefined;
  return median(upper.map((figure, round) => figure / lower[round]!));
}

const names: Readonly<Record<VariantName, string>> = {
  raw: "raw",
  better: "better-sqlite3",
  "better, NORMAL": "better-sqlite3 NORMAL",
  engine: "engine",
};

const times = (value: number): string => `${significant(value)} ×`;

/** The engine's speed against another's: at least so many times. */
const atLeast = (work: string, workload: string, least: number, variant: VariantName = "raw", place = 0): Target => ({
  work,
  goal: `at least ${least} × the speed of ${names[variant]}`,
  measure: (figuresOf) => ratio(figuresOf(workload, variant, place), figuresOf(workload, engine, place)),
  isMet: (value) => value >= least,
  show: times,
});

/** The engine's time against another's: at most so many times. */
const atMost = (work: string, workload: string, most: number, place = 0): Target => ({
  work,
  goal: `at most ${most} × the time of raw`,
  measure: (figuresOf) => ratio(figuresOf(workload, engine, place), figuresOf(workload, "raw", place)),
  isMet: (value) => value <= most,
  show: times,
});

/** A row of the engine against another row of its own: at most so many times. */
const against = (
  work: string,
  goal: string,
  workload: string,
  places: readonly [number, number],
  most: number,
): Target => ({
  work,
  goal,
  measure: (figuresOf) => ratio(figuresOf(workload, engine, places[0]), figuresOf(workload, engine, places[1])),
  isMet: (value) => value <= most,
  show: times,
});

/** A time of the engine's, in milliseconds at most. */
const within = (work: string, goal: string, workload: string, mostMs: number, place = 0): Target => ({
  work,
  goal,
  measure: (figuresOf) => medianOr(figuresOf(workload, engine, place)),
  isMet: (value) => value <= mostMs * 1_000,
  show: showDuration,
});

const medianOr = (figures: readonly number[] | undefined): number | undefined => figures && median(figures);

/** In the order of the report. */
export function targetsOf({ records, createManyRows, wide, fleets, memoryPasses, flood }: Scale): readonly Target[] {
  const shown = (count: number): string => count.toLocaleString("en");
  const list = `list of 20, own of ${shown(records)}, with totals`;
  const many = `${shown(fleets.many)} databases`;
  const passes = Array.from({ length: memoryPasses }, (_, pass) => pass);
  const held = (figuresOf: FiguresOf): readonly number[] =>
    passes.flatMap((pass) => figuresOf("memory", engine, pass) ?? []);
  return [
    atMost("getOne, owner rule, 1 caller", "getOne-user-1", 1.5),
    atLeast("getOne, owner rule, 64 callers", "getOne-user-64", 8),
    atLeast("the same", "getOne-user-64", 1, "better"),
    atMost(`${list}, 1 caller, first time`, "list-1", 1),
    atMost("the same, asked again", "list-1", 0.15, 1),
    atLeast(`${list}, 64 callers, the same list`, "list-64-same", 50),
    atLeast(`${list}, 64 callers, different filters`, "list-64-different", 10),
    atLeast("the same with 1 write among 100 lists", "list-64-writes", 5),
    atLeast("create, durable, 64 callers", "create-64", 7),
    atLeast("the same", "create-64", 5, "better"),
    atLeast("the same", "create-64", 2, "better, NORMAL"),
    atLeast("create, durable, 500 callers", "create-500", 10),
    {
      work: "the same with 10 % that fail on a unique field",
      goal: "at least 0.6 × the rate without failures",
      measure: (figuresOf) => ratio(figuresOf("create-clashing", engine, 0), figuresOf("create-clashing", engine, 1)),
      isMet: (value) => value >= 0.6,
      show: times,
    },
    atMost("create, durable, 1 caller", "create-1", 1.3),
    atLeast(`createMany of ${shown(createManyRows)}`, "createMany", 3),
    within(`create a database of ${wide.collections} collections`, "at most 2 ms, median", "create-database", 2),
    within(`engine opens with ${many}`, "under 300 ms", "engine-open", 300, 1),
    against("the same", `at most 1.5 × the time with ${shown(fleets.few)}`, "engine-open", [1, 0], 1.5),
    against(
      `schema change returns, ${many}`,
      `at most 1.5 × the time with ${shown(fleets.few)}`,
      "schema-fleets",
      [1, 0],
      1.5,
    ),
    {
      work: "migrateAll",
      goal: "at least 400 cold databases a second",
      measure: (figuresOf) => {
        const each = medianOr(figuresOf("schema-change", engine, 2));
        return each && 1_000_000 / each;
      },
      isMet: (value) => value >= 400,
      show: (value) => `${significant(value)} a second`,
    },
    within("first touch of a cold, lagging database", "at most 15 ms, p99", "schema-change", 15, 1),
    {
      work: `memory, ${many} touched once, 256 open`,
      goal: `at most 250 MB after each of ${memoryPasses} passes`,
      measure: (figuresOf) => (held(figuresOf).length > 0 ? Math.max(...held(figuresOf)) : undefined),
      isMet: (value) => value <= 250,
      show: (value) => `${significant(value)} MB`,
    },
    {
      work: "the same",
      goal: "flat: the last pass at most 1.1 × the first",
      measure: (figuresOf) => ratio(held(figuresOf).slice(-1), held(figuresOf).slice(0, 1)),
      isMet: (value) => value <= 1.1,
      show: times,
    },
    {
      work: `getOne p99 while another tenant asks for ${flood.callers} slow lists at once`,
      goal: "at most 5 × p99 when nobody does",
      measure: (figuresOf) => medianOr(figuresOf("getOne-flood", engine, 2)),
      isMet: (value) => value <= 5,
      show: times,
    },
  ];
}
