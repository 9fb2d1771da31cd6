// What backups of a database cost those who write to it.
import { makePosts } from "../posts.js";
import { percentile, timeEach } from "../timing.js";
import { rawAndEngine } from "../variants/index.js";
import type { Workload } from "./workload.js";

/** The latency of create without backups and beside them, one after the other without a pause, and how long one takes. */
export const createBesideBackups: Workload = {
  name: "create-backups",
  rows: () => [
    { label: "create while backups of its database run, p50", callers: 1 },
    { label: "create while backups of its database run, p99", callers: 1 },
    { label: "p99 when no backup runs", callers: 1 },
    { label: "p99 with the backups : p99 without", callers: 1, unit: "times" },
    { label: "a backup while create runs beside it", callers: 1 },
  ],
  variants: rawAndEngine,
  async run(bench, round) {
    const { scale } = bench;
    const writes = await bench.writes();
    const { least, writes: wanted } = scale.backups;
    const posts = makePosts(wanted, round);
    let wrong = 0;
    let next = 0;
    const write = async (): Promise<void> => {
      const post = posts[next++ % posts.length]!;
      if ((await writes.create(post)).title !== post.title) wrong += 1;
    };
    const quiet = await timeEach((made) => made >= wanted, write);

    let ended = 0;
    let isOver = false;
    const backUp = async (): Promise<void> => {
      while (!isOver) {
        await writes.backUp();
        ended += 1;
      }
    };
    const started = performance.now();
    const backups = backUp();
    const busy = await timeEach((made) => made >= wanted && ended >= least, write);
    const each = ((performance.now() - started) * 1_000) / ended;
    isOver = true;
    await backups;

    const [quietP99, busyP99] = [percentile(quiet, 99), percentile(busy, 99)];
    return { figures: [percentile(busy, 50), busyP99, quietP99, busyP99 / quietP99, each], answer: wrong };
  },
};
