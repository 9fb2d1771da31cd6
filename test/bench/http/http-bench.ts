// The API over real sockets, on each framework, beside that framework saying hello. Each server is a process of its own,
// the load comes from this one, and one server is asked at a time.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeMachine, loadAverage, type Machine } from "../machine.js";
import { renderTable, significant } from "../shown-figures.js";
import { median } from "../timing.js";
import { frameworks, type Framework } from "./frameworks.js";
import type { Serving } from "./http-server-child.js";
import { type HttpLoad, HttpServerProcess, type Served } from "./http-server-process.js";
import { bareWork, httpWorks, manyLists, type HttpWork } from "./http-works.js";

/** How much is measured. */
export interface HttpScale {
  readonly name: string;
  readonly rows: number;
  readonly rounds: number;
  readonly load: HttpLoad;
}

export const fullHttpScale: HttpScale = {
  name: "http-full",
  rows: 100_000,
  rounds: 5,
  load: { seconds: 2, unmeasuredSeconds: 1 },
};
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
  /** The works that were also written by hand, on node:http, by rounds. */
  readonly byHand: readonly { readonly label: string; readonly served: readonly Served[] }[];
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
      for (const serves of framework === plain ? everything : everywhere) {
        onProgress(`${framework}: starting a server: ${serves}, ${scale.rows} records`);
        const own = join(home, String(servers.length));
        servers.push(await HttpServerProcess.start({ framework, serves, directory: own, rows: scale.rows }));
      }
    }
    const measured = new Map<string, Served[]>();
    // Round 0 warms up: code is compiled, pages are in memory.
    const first = "seconds" in scale.load ? 0 : 1;
    for (let round = first; round <= scale.rounds; round += 1) {
      onProgress(`round ${round} of ${scale.rounds}`);
      // Who comes first changes with the round.
      const order = round % 2 === 0 ? servers : servers.toReversed();
      for (const work of httpWorks) {
        for (const server of order) {
          const { framework, serves } = server.input;
          if (!answers(serves, work)) continue;
          const served = await server.serve(serves === "hello" ? bareWork(work.connections) : work, scale.load);
          const key = keyOf(framework, serves, work);
          if (round > 0) measured.set(key, [...(measured.get(key) ?? []), served]);
        }
      }
    }
    const series = frameworks.flatMap((framework) =>
      httpWorks.map((work) => ({
        framework,
        label: work.label,
        connections: work.connections,
        bare: measured.get(keyOf(framework, "hello", work)) ?? [],
        engine: measured.get(keyOf(framework, "the API", work)) ?? [],
      })),
    );
    const counting = measured.get(keyOf(plain, "the API without remembered totals", manyLists)) ?? [];
    const byHand = httpWorks
      .filter((work) => answers("by hand", work))
      .map((work) => ({ label: work.label, served: measured.get(keyOf(plain, "by hand", work)) ?? [] }));
    return { date, machine, scale, load: [before, loadAverage()], series, counting, byHand };
  } finally {
    for (const server of servers) server.kill();
    await rm(home, { recursive: true, force: true });
  }
}

const plain: Framework = "node:http";
const everywhere: readonly Serving[] = ["hello", "the API"];
const everything: readonly Serving[] = [...everywhere, "the API without remembered totals", "by hand"];

function answers(serves: Serving, work: HttpWork): boolean {
  if (serves === "by hand") return work.isByHand === true;
  return serves !== "the API without remembered totals" || work === manyLists;
}

const keyOf = (framework: Framework, serves: Serving, { label }: HttpWork): string => `${framework} ${serves} ${label}`;

/** The machine, then a table with a line for each framework and work. */
export function renderHttpReport(run: HttpBenchRun): string {
  const { machine, scale, load, date, series, counting, byHand } = run;
  const header = ["", "connections", "hello/s", "requests/s", "p99", "API : hello (least–most)"];
  const lines = series.map(({ framework, label, connections, bare, engine }) => {
    return [
      `${framework}: ${label}`,
      String(connections),
      rateOf(bare),
      rateOf(engine),
      `${significant(median(engine.map(({ p99Ms }) => p99Ms)))} ms`,
      ratiosOf(engine, bare),
    ];
  });
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node.slice(1)}, SQLite ${machine.sqlite};`,
    `${scale.rows.toLocaleString("en")} records; medians of ${scale.rounds} ${scale.rounds === 1 ? "round" : "rounds"}; load average ${load[0]} before, ${load[1]} after.`,
    "",
    renderTable([header, ...lines]),
    "",
    `${plain} and npm sqlite3 by hand, without rules and validation, beside the API:`,
    "",
    renderTable([
      ["", "by hand/s", "requests/s", "API : by hand (least–most)"],
      ...byHand.map(({ label, served }) => {
        const api = servedBy(run, label);
        return [label, rateOf(served), rateOf(api), ratiosOf(api, served)];
      }),
    ]),
    "",
    `${plain}: ${manyLists.label}, remembered totals off: ${rateOf(counting)} requests/s, p99 ${significant(median(counting.map(({ p99Ms }) => p99Ms)))} ms.`,
    `With them ${ratiosOf(servedBy(run, manyLists.label), counting)} times as many (goal: 50 and more).`,
  ].join("\n");
}

/** What the API on node:http came to in a work, by rounds. */
const servedBy = ({ series }: HttpBenchRun, label: string): readonly Served[] =>
  series.find((each) => each.framework === plain && each.label === label)?.engine ?? [];

const rateOf = (served: readonly Served[]): string =>
  Math.round(median(served.map(({ rate }) => rate))).toLocaleString("en");

/** The median of the rounds, the least and the most. */
function ratiosOf(served: readonly Served[], than: readonly Served[]): string {
  const ratios = served.map(({ rate }, round) => rate / than[round]!.rate);
  return `${significant(median(ratios))} (${significant(Math.min(...ratios))}–${significant(Math.max(...ratios))})`;
}
