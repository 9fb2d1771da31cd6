// What a measurement is. A workload gives one figure for each of its rows, and an answer on which the variants must
// agree: whoever gives less may well be faster.
import type { Bench } from "./bench-databases.js";
import type { Scale } from "./scale.js";

/** What one round of a workload gives. */
export interface Measured {
  /** One for each row of the workload, in the row's unit. Less is better. */
  readonly figures: readonly number[];
  readonly answer: number;
}

/** A line of the report. */
export interface WorkloadRow {
  readonly label: string;
  readonly callers: number;
  /** `times` for how often one figure holds another. Default: microseconds. */
  readonly unit?: "times";
}

export interface Workload {
  readonly name: string;
  readonly rows: (scale: Scale) => readonly WorkloadRow[];
  readonly run: (bench: Bench, round: number) => Promise<Measured>;
}
