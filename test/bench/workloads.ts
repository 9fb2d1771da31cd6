// What is measured, the same for all variants.
import { seededRandom } from "../support/random.js";
import { createBesideBackups } from "./backups-workload.js";
import type { Bench } from "./bench-databases.js";
import { getOneBesideLogins } from "./logins-workload.js";
import { listFilter, makePosts } from "./posts.js";
import { timeCalls, timeOnce } from "./timing.js";
import { perPage } from "./variant.js";
import type { Workload } from "./workload.js";

// One alone, a busy server's handful, and more than any pool has places.
const callerCounts = [1, 8, 64] as const;

/** Whose calls are measured: trusted code's, or a user's under an owner rule. */
type Caller = "trusted" | "user";

const getOne = (callers: number, caller: Caller): Workload => ({
  name: caller === "user" ? `getOne-user-${callers}` : `getOne-${callers}`,
  rows: () => [{ label: caller === "user" ? "getOne as a user under an owner rule" : "getOne", callers }],
  async run(bench, round) {
    const { reader, ids } = readsOf(bench, caller);
    const random = seededRandom(round);
    const wanted = Array.from({ length: bench.scale.calls.getOne }, () => ids[Math.floor(random() * ids.length)]!);
    let right = 0;
    const each = await timeCalls(wanted.length, callers, async (index) => {
      const { id } = await reader.getOne(wanted[index]!);
      if (id === wanted[index]) right += 1;
    });
    return { figures: [each], answer: right };
  },
});

const getList = (caller: Caller): Workload => ({
  name: caller === "user" ? "getList-user" : "getList",
  rows: ({ records }) => {
    const call = `getList(${perPage})`;
    const trusted = `${call}, filter and totals over ${records.toLocaleString("en")} records`;
    return [{ label: caller === "user" ? `the same ${call} as a user under an owner rule` : trusted, callers: 1 }];
  },
  async run(bench) {
    const { reader } = readsOf(bench, caller);
    let answer = 0;
    const each = await timeCalls(bench.scale.calls.getList, 1, async () => {
      const { totalItems, items } = await reader.getList(listFilter);
      answer = totalItems * (perPage + 1) + items.length;
    });
    return { figures: [each], answer };
  },
});

const readsOf = ({ reads, ids, ownReads, ownIds }: Bench, caller: Caller) =>
  caller === "user" ? { reader: ownReads, ids: ownIds } : { reader: reads, ids };

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
    return { figures: [each], answer: right };
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
    return { figures: [each / createMany.rows], answer: made };
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
    return { figures: [each], answer: read };
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
    return { figures: [returned, returned + migrated], answer: 0 };
  },
};

/** In the order of the report. */
export const workloads: readonly Workload[] = [
  ...callerCounts.map((callers) => getOne(callers, "trusted")),
  getOne(1, "user"),
  getOneBesideLogins,
  getList("trusted"),
  getList("user"),
  ...callerCounts.map(create),
  createBesideBackups,
  createMany,
  coldOpen,
  schemaChange,
];
