// What logins in one database cost the readers of another. Both sides hash on the threads that read the files.
import { seededRandom } from "../../support/random.js";
import { percentile, timeEach } from "../timing.js";
import { rawAndEngine } from "../variants/index.js";
import type { Workload } from "./workload.js";

/** The latency of getOne without logins and beside them, and how often a login ends meanwhile. */
export const getOneBesideLogins: Workload = {
  name: "getOne-logins",
  rows: ({ logins: { callers } }) => [
    { label: `getOne while ${callers} log in to another database, p50`, callers: 1 },
    { label: "the same, p99", callers: 1 },
    { label: "p99 when nobody logs in", callers: 1 },
    { label: "p99 with the logins : p99 without", callers: 1, unit: "times" },
    { label: "a login while getOne runs beside it", callers },
  ],
  variants: rawAndEngine,
  async run(bench, round) {
    const { scale } = bench;
    const { tenant: reads, ids } = await bench.reads();
    const { accounts, emails } = await bench.accounts();
    const random = seededRandom(round);
    let wrong = 0;
    const read = async (): Promise<void> => {
      const wanted = ids[Math.floor(random() * ids.length)]!;
      const { id } = await reads.getOne(wanted);
      if (id !== wanted) wrong += 1;
    };
    const quiet = await timeEach((made) => made >= scale.enough.getOne.calls, read);

    let ended = 0;
    let isOver = false;
    const logIn = async (email: string, account: number): Promise<void> => {
      while (!isOver) {
        if ((await accounts.login(account)) !== email) wrong += 1;
        ended += 1;
      }
    };
    const started = performance.now();
    const callers = Promise.all(emails.map(logIn));
    const { least, reads: wantedReads } = scale.logins;
    const busy = await timeEach((made) => made >= wantedReads && ended >= least, read);
    const each = ((performance.now() - started) * 1_000) / ended;
    isOver = true;
    await callers;

    const [quietP99, busyP99] = [percentile(quiet, 99), percentile(busy, 99)];
    return { figures: [percentile(busy, 50), busyP99, quietP99, busyP99 / quietP99, each], answer: wrong };
  },
};
