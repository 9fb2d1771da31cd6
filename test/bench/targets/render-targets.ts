// The targets as a table: what was aimed at, what was measured, and whether it is met.
import type { BenchRun } from "../runner.js";
import { renderTable } from "../shown-figures.js";
import { type FiguresOf, targetsOf } from "./targets.js";

/** What became of a target. */
export interface JudgedTarget {
  readonly work: string;
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** Those that were measured. */
export function judgeTargets({ scale, series }: Pick<BenchRun, "scale" | "series">): readonly JudgedTarget[] {
  const figuresOf: FiguresOf = (workload, variant, place = 0) =>
    series.find((each) => each.workload === workload && each.place === place)?.figures[variant];
  return targetsOf(scale).flatMap(({ work, goal, measure, isMet, show }) => {
    const value = measure(figuresOf);
    return value === undefined ? [] : [{ work, goal, measured: show(value), isMet: isMet(value) }];
  });
}

/** A line for each. */
export function renderTargets(run: Pick<BenchRun, "scale" | "series">): string {
  const lines = judgeTargets(run).map(({ work, goal, measured, isMet }) => [
    work,
    goal,
    measured,
    isMet ? "yes" : "**no**",
  ]);
  return lines.length === 0 ? "None of it was measured." : renderTable([["", "goal", "measured", "met"], ...lines]);
}
