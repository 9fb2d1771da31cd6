// Runs the rounds: each variant in its own process, all variants one after the other in each workload of each round, so
// that whatever slows the machine slows them alike. Never two at once.
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeMachine, loadAverage, type Machine } from "./machine.js";
import type { Scale } from "./scale.js";
import { VariantProcess } from "./variant-process.js";
import { type VariantName, variantNames } from "./variants/index.js";
import type { Measured, Workload, WorkloadRow } from "./workload.js";
import { workloads } from "./workloads.js";

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
  /** Of each measured round; the rounds of all variants belong together by their place. */
  readonly figures: Readonly<Record<VariantName, readonly number[]>>;
}

export interface BenchRun {
  readonly date: string;
  readonly machine: Machine;
  readonly scale: Scale;
  /** The load average before and after: what else the machine had to do. */
  readonly load: readonly [before: number, after: number];
  readonly series: readonly Series[];
}

/** All workloads on all variants. Rejects when a call failed or the variants' answers differ. */
export async function runBench(options: RunOptions): Promise<BenchRun> {
  const { scale, onProgress } = options;
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
      onProgress(`${variant}: making ${scale.databases} databases`);
      const { profiles } = options;
      processes.push(await VariantProcess.start({ variant, scale, directory: join(directory, variant), profiles }));
    }
    const collected = new Map(chosen.map(({ name }) => [name, [] as Round[]]));
    // Round 0 warms up: code is compiled, pages are in memory.
    for (let round = 0; round <= scale.rounds; round += 1) {
      for (const workload of chosen) {
        onProgress(`round ${round} of ${scale.rounds}: ${workload.name}`);
        const measured = await runRound(processes, workload, round);
        if (round > 0) collected.get(workload.name)!.push(measured);
      }
    }
    for (const variant of processes) await variant.close();
    const series = chosen.flatMap((workload) => seriesOf(workload, scale, collected.get(workload.name)!));
    return { date, machine, scale, load: [loadBefore, loadAverage()], series };
  } finally {
    for (const variant of processes) variant.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

type Round = ReadonlyMap<VariantName, Measured>;

async function runRound(processes: readonly VariantProcess[], { name }: Workload, round: number): Promise<Round> {
  const measured = new Map<VariantName, Measured>();
  // Who comes first changes with the round: the second finds a warmer disk and a warmer processor.
  const order = round % 2 === 0 ? processes : processes.toReversed();
  for (const variant of order) measured.set(variant.name, await variant.run(name, round));
  const answers = new Set([...measured.values()].map(({ answer }) => answer));
  if (answers.size > 1) throw new Error(`the variants' answers to ${name} differ: ${[...answers].join(", ")}`);
  return measured;
}

function seriesOf(workload: Workload, scale: Scale, rounds: readonly Round[]): Series[] {
  return workload.rows(scale).map((row, place) => ({
    ...row,
    workload: workload.name,
    figures: Object.fromEntries(
      variantNames.map((variant) => [variant, rounds.map((round) => round.get(variant)!.figures[place]!)]),
    ) as Record<VariantName, number[]>,
  }));
}
