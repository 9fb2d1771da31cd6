// Runs the rounds: each variant in its own process, all variants one after the other in each workload of each round, so
// that whatever slows the machine slows them alike. Never two at once.
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeMachine, loadAverage, type Machine } from "./machine.js";
import type { Scale } from "./scale.js";
import { VariantProcess } from "./variant-process.js";
import { type VariantName, variantNames } from "./variants/index.js";
import { workloads } from "./workloads/index.js";
import type { Measured, Workload, WorkloadRow } from "./workloads/workload.js";

export interface RunOptions {
  readonly scale: Scale;
  /** Where the databases are made, in a directory that is removed again. On a disk that keeps what it is told. */
  readonly directory: string;
  /** Only workloads whose names contain this. Default: all. */
  readonly only?: string | undefined;
  /** See {@link VariantProcess}. */
  readonly profiles?: string | undefined;
  readonly onProgress: (step: string) => void;
}

/** One line of the report with everything that was measured for it. */
export interface Series extends WorkloadRow {
  readonly workload: string;
  /** Its place among the rows of the workload. */
  readonly place: number;
  /** Of each measured round; the rounds of all variants belong together by their place. Who takes no part is not there. */
  readonly figures: Readonly<Partial<Record<VariantName, readonly number[]>>>;
}

export interface BenchRun {
  readonly date: string;
  readonly machine: Machine;
  readonly scale: Scale;
  /** The load average before and after: what else the machine had to do. */
  readonly load: readonly [before: number, after: number];
  /** How long it took. */
  readonly seconds: number;
  readonly series: readonly Series[];
}

/** All workloads on all variants. Rejects when a call failed or the variants' answers differ. */
export async function runBench(options: RunOptions): Promise<BenchRun> {
  const { scale, profiles } = options;
  const started = performance.now();
  const date = new Date().toISOString();
  const machine = await describeMachine();
  const loadBefore = loadAverage();
  const chosen = workloads.filter(({ name }) => name.includes(options.only ?? ""));
  if (chosen.length === 0) throw new Error(`no workload is called like "${options.only ?? ""}"`);
  await mkdir(options.directory, { recursive: true });
  const directory = await mkdtemp(join(options.directory, "databases-"));
  const processes: VariantProcess[] = [];
  try {
    for (const variant of variantNames) {
      if (!chosen.some(({ variants }) => variants.includes(variant))) continue;
      const own = join(directory, variant.replaceAll(/\W+/g, "-"));
      processes.push(await VariantProcess.start({ variant, scale, directory: own, profiles }));
    }
    const collected = new Map(chosen.map(({ name }) => [name, [] as Round[]]));
    for (const isFirst of [true, false]) {
      const phase = chosen.filter((workload) => (workload.isFirst ?? false) === isFirst);
      await runRounds(phase, processes, collected, options);
    }
    for (const variant of processes) await variant.close();
    const series = chosen.flatMap((workload) => seriesOf(workload, scale, collected.get(workload.name)!));
    const seconds = Math.round((performance.now() - started) / 1_000);
    return { date, machine, scale, load: [loadBefore, loadAverage()], seconds, series };
  } finally {
    for (const variant of processes) variant.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

type Round = ReadonlyMap<VariantName, Measured>;

async function runRounds(
  phase: readonly Workload[],
  processes: readonly VariantProcess[],
  collected: ReadonlyMap<string, Round[]>,
  { scale, onProgress }: RunOptions,
): Promise<void> {
  if (phase.length === 0) return;
  // Each variant makes the databases that it needs when it first needs them: in round 0, which warms up, or else in round 1,
  // before the clock runs.
  const first = scale.warmsUp ? 0 : 1;
  for (let round = first; round <= scale.rounds; round += 1) {
    for (const workload of phase) {
      if (workload.isOnce && round > first) continue;
      const started = performance.now();
      const measured = await runRound(processes, workload, round);
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      onProgress(`round ${round} of ${scale.rounds}: ${workload.name}, ${seconds} s`);
      if (round > 0 || workload.isOnce) collected.get(workload.name)!.push(measured);
    }
  }
}

async function runRound(processes: readonly VariantProcess[], workload: Workload, round: number): Promise<Round> {
  const { name, variants } = workload;
  const measured = new Map<VariantName, Measured>();
  const taking = processes.filter((variant) => variants.includes(variant.name));
  // Who comes first changes with the round: the second finds a warmer disk and a warmer processor.
  const order = round % 2 === 0 ? taking : taking.toReversed();
  for (const variant of order) measured.set(variant.name, await variant.run(name, round));
  const answers = new Set([...measured.values()].map(({ answer }) => answer));
  if (answers.size > 1) throw new Error(`the variants' answers to ${name} differ: ${[...answers].join(", ")}`);
  return measured;
}

function seriesOf(workload: Workload, scale: Scale, rounds: readonly Round[]): Series[] {
  return workload.rows(scale).map((row, place) => {
    const figures: Partial<Record<VariantName, number[]>> = {};
    for (const variant of workload.variants) {
      const measured = rounds.map((round) => round.get(variant)!.figures[place]);
      const known = measured.filter((figure): figure is number => typeof figure === "number");
      if (known.length > 0) figures[variant] = known;
    }
    return { ...row, workload: workload.name, place, figures };
  });
}
