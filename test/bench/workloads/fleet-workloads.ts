// Many databases: what their number costs, and what a change of the schema costs them.
import { seededRandom } from "../../support/random.js";
import { median, percentile, timeCalls, timeEach, timeOnce } from "../timing.js";
import { engineOnly, inProcess, rawAndEngine } from "../variants/index.js";
import { shown, type Workload } from "./workload.js";

/** A database of many collections. */
export const createDatabase: Workload = {
  name: "create-database",
  rows: ({ wide: { collections } }) => [{ label: `create a database of ${collections} collections, p50`, callers: 1 }],
  variants: inProcess,
  async run(bench, round) {
    const wide = await bench.wide();
    const { databases } = bench.scale.wide;
    const times = await timeEach(
      (made) => made >= databases,
      (index) => wide.make(`wide${round}x${index}`),
    );
    return { figures: [percentile(times, 50)], answer: times.length };
  },
};

export const coldOpen: Workload = {
  name: "cold-open",
  rows: () => [{ label: "open of a cold database and a getOne", callers: 1 }],
  variants: rawAndEngine,
  async run(bench, round) {
    const { fleets, coldOpens } = bench.scale;
    const fleet = await bench.fleet(fleets.some);
    await fleet.start();
    let read = 0;
    const each = await timeCalls({ calls: coldOpens }, 1, async (index) => {
      // Others in each round, until all had their turn.
      const { title } = await fleet.readPost((round * coldOpens + index) % fleets.some);
      if (title !== "") read += 1;
    });
    await fleet.stop();
    return { figures: [each], answer: read };
  },
};

/** Until an app may go on, until a database that lags has answered, until none lags any more. */
export const schemaChange: Workload = {
  name: "schema-change",
  rows: ({ fleets: { some } }) => [
    { label: `schema change with ${shown(some)} databases, until the app goes on`, callers: 1 },
    { label: "open of a cold database that lags, and a getOne, p99", callers: 1 },
    { label: "migrateAll, each cold database", callers: 1 },
  ],
  variants: rawAndEngine,
  async run(bench, round) {
    const { fleets, coldOpens } = bench.scale;
    const fleet = await bench.fleet(fleets.some);
    await fleet.start();
    const returned = await timeOnce(() => fleet.addField(`added${round}`));
    // Of the raw driver none lags: the change has been through all files.
    const touched = await timeEach((made) => made >= coldOpens, fleet.readPost.bind(fleet));
    let migrated = 0;
    const whole = await timeOnce(async () => {
      migrated = await fleet.migrateAll();
    });
    await fleet.stop();
    const each = migrated === 0 ? returned / fleets.some : whole / migrated;
    return { figures: [returned, percentile(touched, 99), each], answer: 0 };
  },
};

/** What an engine does with few and with many databases before it serves the first. */
export const openEngine: Workload = {
  name: "engine-open",
  rows: ({ fleets: { few, many } }) =>
    [few, many].map((databases) => ({ label: `engine opens with ${shown(databases)} databases`, callers: 1 })),
  variants: engineOnly,
  async run({ scale, fleet }) {
    const figures: number[] = [];
    for (const databases of [scale.fleets.few, scale.fleets.many]) {
      const opened = await fleet(databases);
      const times = await timeEachStopped(scale.opens, opened.start.bind(opened), opened.stop.bind(opened));
      figures.push(median(times));
    }
    return { figures, answer: 0 };
  },
};

async function timeEachStopped(
  count: number,
  start: () => Promise<void>,
  stop: () => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let made = 0; made < count; made += 1) {
    times.push(await timeOnce(start));
    await stop();
  }
  return times;
}

/** Whether a change of the schema knows how many databases there are. */
export const schemaChangeByFleet: Workload = {
  name: "schema-fleets",
  rows: ({ fleets: { few, many } }) =>
    [few, many].map((databases) => ({
      label: `schema change with ${shown(databases)} databases, until it returns`,
      callers: 1,
    })),
  variants: engineOnly,
  async run({ scale, fleet }, round) {
    const figures: number[] = [];
    for (const databases of [scale.fleets.few, scale.fleets.many]) {
      const changed = await fleet(databases);
      await changed.start();
      // A server that has been up for a moment.
      await changed.readPost(0);
      const times = await timeEach(
        (made) => made >= scale.opens,
        (index) => changed.addField(`field${round}x${index}`),
      );
      await changed.stop();
      figures.push(median(times));
    }
    return { figures, answer: 0 };
  },
};

/** Reads at random over more and more tenants; beyond the cap of open databases most find theirs closed. */
export const readAcrossTenants: Workload = {
  name: "tenants",
  rows: ({ spread: { tenants } }) =>
    tenants.flatMap((count) => [
      { label: `getOne of one of ${shown(count)} tenants, p50`, callers: 1 },
      { label: `the same of ${shown(count)}, p99`, callers: 1 },
    ]),
  variants: rawAndEngine,
  // Before databases lag.
  isFirst: true,
  async run({ scale, fleet }, round) {
    const figures: (number | null)[] = [];
    const { tenants, reads } = scale.spread;
    const some = await fleet(scale.fleets.some);
    // Who keeps every file open would run out of descriptors with more.
    const spread = Number.isFinite(some.mostOpen) ? await fleet(scale.fleets.many) : some;
    await spread.start();
    for (const count of tenants) {
      if (spread === some && count > scale.fleets.some) {
        figures.push(null, null);
        continue;
      }
      const random = seededRandom(round);
      const any = (): number => Math.floor(random() * count);
      // What can be open is open before the clock runs.
      for (let database = 0; database < Math.min(count, spread.mostOpen); database += 1) {
        await spread.readPost(database);
      }
      const times = await timeEach(
        (made) => made >= reads,
        () => spread.readPost(any()),
      );
      figures.push(percentile(times, 50), percentile(times, 99));
    }
    await spread.stop();
    return { figures, answer: 0 };
  },
};

// Three times what is alive. Node's own limit is gigabytes, so it lets garbage lie for long.
const smallHeap = 96;

/** Whether memory grows with the databases that were ever touched. */
export const memory: Workload = {
  name: "memory",
  rows: ({ fleets: { many }, memoryPasses }) => {
    const passes = Array.from({ length: memoryPasses }, (_, pass) => `after pass ${pass + 1}`);
    const kept = `with --max-old-space-size=${smallHeap}`;
    const moments = [...passes, "the most meanwhile", ...passes.map((pass) => `${kept}, ${pass}`)];
    return moments.map((when) => {
      return { label: `memory (RSS), ${shown(many)} databases touched in turn, ${when}`, callers: 4, unit: "MB" };
    });
  },
  variants: engineOnly,
  isFirst: true,
  isOnce: true,
  async run({ scale, fleet }) {
    const touched = await fleet(scale.fleets.many);
    const { after, most } = await touched.memoryOfPasses!(scale.memoryPasses);
    const kept = await touched.memoryOfPasses!(scale.memoryPasses, smallHeap);
    return { figures: [...after, most, ...kept.after], answer: 0 };
  },
};
