// What a measurement is. A workload gives one figure for each of its rows, and an answer on which the variants must
// agree: whoever gives less may well be faster.
import type { Bench } from "../bench-databases.js";
import type { Scale } from "../scale.js";
import type { VariantName } from "../variants/index.js";

/** What one round of a workload gives. */
export interface Measured {
  /** One for each row of the workload, in the row's unit. Less is better. Null: this variant has no such row. */
  readonly figures: readonly (number | null)[];
  readonly answer: number;
}

/** A line of the report. */
export interface WorkloadRow {
  readonly label: string;
  readonly callers: number;
  /** `times` for how often one figure holds another, `MB` for memory. Default: microseconds. */
  readonly unit?: "times" | "MB";
}

export interface Workload {
  readonly name: string;
  readonly rows: (scale: Scale) => readonly WorkloadRow[];
  /** Who does it. */
  readonly variants: readonly VariantName[];
  /** Whether all its rounds come before those of the others, which change what it measures. Default false. */
  readonly isFirst?: boolean;
  /** Measured once, in a process that is fresh anyway, because it takes as long as all others of a round. Default false. */
  readonly isOnce?: boolean;
  readonly run: (bench: Bench, round: number) => Promise<Measured>;
}

/** As a number is written in a label. */
export const shown = (count: number): string => count.toLocaleString("en");
