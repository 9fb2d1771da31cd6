// What is measured, the same for all variants. A workload gives one figure for each of its rows, and an answer on which
// the variants must agree: whoever gives less may well be faster.
import { seededRandom } from "../support/random.js";
import { listFilter, makePosts } from "./posts.js";
import type { Scale } from "./scale.js";
import { timeCalls, timeOnce } from "./timing.js";
import { type Fleet, perPage, type Tenant, type Variant } from "./variant.js";

/** A variant with everything made that the workloads need. */
export interface Bench {
  readonly scale: Scale;
  /** Holds `scale.records` records that stay as they are. */
  readonly reads: Tenant;
  readonly ids: readonly string[];
  /** Grows with every round. */
  readonly writes: Tenant;
  readonly fleet: Fleet;
}

/** What one round of a workload gives. */
export interface Measured {
  /** Microseconds, one for each row of the workload. */
  readonly microseconds: readonly number[];
  readonly answer: number;
}

/** A line of the report. */
export interface WorkloadRow {
  readonly label: string;
  readonly callers: number;
}

export interface Workload {
  readonly name: string;
  readonly rows: (scale: Scale) => readonly WorkloadRow[];
  readonly run: (bench: Bench, round: number) => Promise<Measured>;
}

// One alone, a busy server's handful, and more than any pool has places.
const callerCounts = [1, 8, 64] as const;

const getOne = (callers: number): Workload => ({
  name: `getOne-${callers}`,
  rows: () => [{ label: "getOne", callers }],
  async run({ reads, ids, scale }, round) {
    const random = seededRandom(round);
    const wanted = Array.from({ length: scale.calls.getOne }, () => ids[Math.floor(random() * ids.length)]!);
    let right = 0;
    const each = await timeCalls(wanted.length, callers, async (index) => {
      const { id } = await reads.getOne(wanted[index]!);
      if (id === wanted[index]) right += 1;
    });
    return { microseconds: [each], answer: right };
  },
});

const getList: Workload = {
  name: "getList",
  rows: ({ records }) => [
    { label: `getList(${perPage}), filter and totals over ${records.toLocaleString("en")} records`, callers: 1 },
  ],
  async run({ reads, scale }) {
    let answer = 0;
    const each = await timeCalls(scale.calls.getList, 1, async () => {
      const { totalItems, items } = await reads.getList(listFilter);
      answer = totalItems * (perPage + 1) + items.length;
    });
    return { microseconds: [each], answer };
  },
};

const create = (callers: number): Workload => ({
  name: `create-${callers}`,
  rows: () => [{ label: "create", callers }],
  async run({ writes, scale }, round) {
    const posts = makePosts(scale.calls.create, round * callers);
    let right = 0;
    const each = await timeCalls(posts.length, callers, async (index) => {
      const { title } = await writes.create(posts[index]!);
      if (title === posts[index]!.title) right += 1;
    });
    return { microseconds: [each], answer: right };
  },
});

const createMany: Workload = {
  name: "createMany",
  rows: ({ createMany: { rows } }) => [
    { label: `createMany of ${rows.toLocaleString("en")}, each record`, callers: 1 },
  ],
  async run({ writes, scale: { createMany } }, round) {
    const posts = makePosts(createMany.rows, round);
    let made = 0;
    const each = await timeCalls(createMany.calls, 1, async () => {
      made += (await writes.createMany(posts)).length;
    });
    return { microseconds: [each / createMany.rows], answer: made };
  },
};

const coldOpen: Workload = {
  name: "cold-open",
  rows: () => [{ label: "open of a cold database and a getOne", callers: 1 }],
  async run({ fleet, scale }, round) {
    await fleet.start();
    let read = 0;
    const each = await timeCalls(scale.coldOpens, 1, async (index) => {
      // Others in each round, until all had their turn.
      const { title } = await fleet.readPost((round * scale.coldOpens + index) % scale.databases);
      if (title !== "") read += 1;
    });
    await fleet.stop();
    return { microseconds: [each], answer: read };
  },
};

const schemaChange: Workload = {
  name: "schema-change",
  rows: ({ databases }) => [
    { label: `schema change with ${databases.toLocaleString("en")} databases, until the app goes on`, callers: 1 },
    { label: `the same, until all ${databases.toLocaleString("en")} files are changed`, callers: 1 },
  ],
  async run({ fleet }, round) {
    await fleet.start();
    const returned = await timeOnce(() => fleet.addField(`added${round}`));
    const migrated = await timeOnce(() => fleet.migrateAll());
    await fleet.stop();
    return { microseconds: [returned, returned + migrated], answer: 0 };
  },
};

/** In the order of the report. */
export const workloads: readonly Workload[] = [
  ...callerCounts.map(getOne),
  getList,
  ...callerCounts.map(create),
  createMany,
  coldOpen,
  schemaChange,
];

/** Makes the databases of a variant. */
export async function prepareBench(variant: Variant, scale: Scale): Promise<Bench> {
  const reads = await variant.openTenant("reads");
  const ids: string[] = [];
  const posts = makePosts(scale.records, 0);
  // In slices, so that not all have one moment of creation: lists sort by it.
  const slice = scale.records / 20;
  for (let start = 0; start < posts.length; start += slice) {
    ids.push(...(await reads.createMany(posts.slice(start, start + slice))).map(({ id }) => id));
  }
  const writes = await variant.openTenant("writes");
  const fleet = await variant.makeFleet(scale.databases);
  return { scale, reads, ids, writes, fleet };
}
