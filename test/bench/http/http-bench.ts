// The API over real sockets, on each framework, beside that framework saying hello. Each server is a process of its own,
// the load comes from this one, and one server is asked at a time.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeMachine, loadAverage, type Machine } from "../machine.js";
import { renderTable, significant } from "../shown-figures.js";
import { median } from "../timing.js";
import { frameworks, type Framework } from "./frameworks.js";
import { type HttpLoad, HttpServerProcess, type Served } from "./http-server-process.js";
import { bareWork, httpWorks, manyLists, type HttpWork } from "./http-works.js";

/** How much is measured. */
export interface HttpScale {
  readonly name: string;
  readonly rows: number;
  readonly rounds: number;
  readonly load: HttpLoad;
}

export const fullHttpScale: HttpScale = { name: "http-full", rows: 100_000, rounds: 5, load: { seconds: 2 } };
/** Shows that every work is answered on every framework, and nothing about speed: so no round warms up. */
export const quickHttpScale: HttpScale = { name: "http-quick", rows: 200, rounds: 1, load: { requestsEach: 1 } };

/** One work on one framework, by rounds. */
export interface HttpSeries {
  readonly framework: Framework;
  readonly label: string;
  readonly connections: number;
  readonly bare: readonly Served[];
  readonly engine: readonly Served[];
}

export interface HttpBenchRun {
  readonly date: string;
  readonly machine: Machine;
  readonly scale: HttpScale;
  readonly load: readonly [before: number, after: number];
  readonly series: readonly HttpSeries[];
  /** {@link manyLists} on node:http by an engine that counts for every list, by rounds. */
  readonly counting: readonly Served[];
}

interface HttpBenchOptions {
  readonly scale: HttpScale;
  /** Where the databases are made, in a directory that is removed again. */
  readonly directory: string;
  readonly onProgress: (step: string) => void;
}

/** All works on all frameworks. Rejects when a request failed. */
export async function runHttpBench({ scale, directory, onProgress }: HttpBenchOptions): Promise<HttpBenchRun> {
  const date = new Date().toISOString();
  const machine = await describeMachine();
  const before = loadAverage();
  await mkdir(directory, { recursive: true });
  const home = await mkdtemp(join(directory, "http-"));
  const servers: HttpServerProcess[] = [];
  try {
    for (const framework of frameworks) {
      for (const isBare of [true, false]) {
        onProgress(`${framework}: starting ${isBare ? "the bare server" : `the API on ${scale.rows} records`}`);
        const own = join(home, `${framework.replace(":", "-")}-${isBare ? "bare" : "engine"}`);
        servers.push(await HttpServerProcess.start({ framework, isBare, directory: own, rows: scale.rows }));
      }
    }
    onProgress(`${counted}: starting the API without remembered totals`);
    const own = { directory: join(home, "counting"), rows: scale.rows, remembersTotals: false };
    const counter = await HttpServerProcess.start({ framework: counted, isBare: false, ...own });
    servers.push(counter);
    const counting: Served[] = [];
    const measured = new Map<string, Served[]>();
    // Round 0 warms up: code is compiled, pages are in memory.
    const first = "seconds" in scale.load ? 0 : 1;
    for (let round = first; round <= scale.rounds; round += 1) {
      onProgress(`round ${round} of ${scale.rounds}`);
      // Who comes first changes with the round.
      const others = servers.filter((server) => server !== counter);
      const order = round % 2 === 0 ? others : others.toReversed();
      for (const work of httpWorks) {
        for (const server of order) {
          const asked = server.input.isBare ? bareWork(work.connections) : work;
          const served = await server.serve(asked, scale.load);
          const key = keyOf(server.input.framework, server.input.isBare, work);
          if (round > 0) measured.set(key, [...(measured.get(key) ?? []), served]);
        }
        if (work !== manyLists) continue;
        const served = await counter.serve(work, scale.load);
        if (round > 0) counting.push(served);
      }
    }
    const series = frameworks.flatMap((framework) =>
      httpWorks.map((work) => ({
        framework,
        label: work.label,
        connections: work.connections,
        bare: measured.get(keyOf(framework, true, work)) ?? [],
        engine: measured.get(keyOf(framework, false, work)) ?? [],
      })),
    );
    return { date, machine, scale, load: [before, loadAverage()], series, counting };
  } finally {
    for (const server of servers) server.kill();
    await rm(home, { recursive: true, force: true });
  }
}

const counted: Framework = "node:http";

const keyOf = (framework: Framework, isBare: boolean, { label }: HttpWork): string => `${framework} ${isBare} ${label}`;

/** The machine, then a table with a line for each framework and work. */
export function renderHttpReport(run: HttpBenchRun): string {
  const { machine, scale, load, date, series, counting } = run;
  const header = ["", "connections", "hello/s", "requests/s", "p99", "API : hello (least–most)"];
  const lines = series.map(({ framework, label, connections, bare, engine }) => {
    const ratios = engine.map(({ rate }, round) => rate / bare[round]!.rate);
    return [
      `${framework}: ${label}`,
      String(connections),
      Math.round(median(bare.map(({ rate }) => rate))).toLocaleString("en"),
      Math.round(median(engine.map(({ rate }) => rate))).toLocaleString("en"),
      `${significant(median(engine.map(({ p99Ms }) => p99Ms)))} ms`,
      `${significant(median(ratios))} (${significant(Math.min(...ratios))}–${significant(Math.max(...ratios))})`,
    ];
  });
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node.slice(1)}, SQLite ${machine.sqlite};`,
    `${scale.rows.toLocaleString("en")} records; medians of ${scale.rounds} ${scale.rounds === 1 ? "round" : "rounds"}; load average ${load[0]} before, ${load[1]} after.`,
    "",
    renderTable([header, ...lines]),
    "",
    `${counted}: ${manyLists.label}, remembered totals off: ${Math.round(median(counting.map(({ rate }) => rate))).toLocaleString("en")} requests/s, p99 ${significant(median(counting.map(({ p99Ms }) => p99Ms)))} ms.`,
    `With them ${gainOf(run)} times as many (goal: 50 and more).`,
  ].join("\n");
}

/** By how much remembered totals multiply the rate of many lists: the median of the rounds. */
function gainOf({ series, counting }: HttpBenchRun): string {
  const remembering = series.find(({ framework, label }) => framework === counted && label === manyLists.label);
  const gains = (remembering?.engine ?? []).map(({ rate }, round) => rate / counting[round]!.rate);
  return significant(median(gains));
}
