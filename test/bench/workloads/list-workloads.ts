// Lists as a browser asks for them: twenty records, a user's own, filtered and sorted, and how many there are in all.
import { likeListFilter, listFilter } from "../posts.js";
import { type Enough, percentile, timeCalls, timeEach } from "../timing.js";
import { perPage, type PostFilter, type PostPage, type Reader } from "../variant.js";
import { inProcess } from "../variants/index.js";
import { shown, type Workload } from "./workload.js";

// Seeds of filters: each use has its own, so that none finds a total that another made.
const seeds = { different: 100, besideWrites: 200, sized: 300 } as const;

const listOf = (records: number): string => `list of ${perPage} with totals, own of ${shown(records)}`;

/** Filters that nobody has asked for before, and then one that somebody has. */
export const listAlone: Workload = {
  name: "list-1",
  rows: ({ records }) => [
    { label: `${listOf(records)}, first time`, callers: 1 },
    { label: `${listOf(records)}, asked again`, callers: 1 },
  ],
  variants: inProcess,
  async run(bench, round) {
    const { own } = await bench.reads();
    return measureFirstAndThen(own, bench.scale.enough, round);
  },
};

const totalOf = (text: string): number => {
  const { totalItems, items } = JSON.parse(text) as PostPage;
  return totalItems * (perPage + 1) + items.length;
};

async function measureFirstAndThen(
  reader: Reader,
  enough: { readonly slowList: Enough; readonly fastList: Enough },
  seed: number,
) {
  // Statements are compiled before the clock runs, on all sides.
  const answer = totalOf(await reader.list(listFilter));
  const filters = likeListFilter(enough.slowList.calls, seed);
  const first = await timeCalls(enough.slowList, 1, (index) => reader.list(filters[index]!));
  const then = await timeCalls(enough.fastList, 1, () => reader.list(listFilter));
  return { figures: [first, then], answer };
}

const busyCallers = 64;

/** Many who ask for the same, or each for something else, again and again. */
export const listBusy = (kind: "same" | "different"): Workload => ({
  name: `list-${busyCallers}-${kind}`,
  rows: ({ records }) => [
    { label: `${listOf(records)}, ${kind === "same" ? "all the same" : "each another filter"}`, callers: busyCallers },
  ],
  variants: inProcess,
  async run(bench) {
    const { own } = await bench.reads();
    const filters: readonly PostFilter[] =
      kind === "same" ? [listFilter] : likeListFilter(busyCallers, seeds.different);
    const answers = await Promise.all(filters.map(async (filter) => totalOf(await own.list(filter))));
    const each = await timeCalls(bench.scale.enough.fastList, busyCallers, (_, caller) =>
      own.list(filters[caller % filters.length]!),
    );
    return { figures: [each], answer: answers.reduce((sum, answer) => sum + answer, 0) };
  },
});

// Often enough that a total that a write throws away is of little use.
const listsForAWrite = 100;

/** As {@link listBusy}, while one of a hundred calls changes a record. */
export const listBesideWrites: Workload = {
  name: "list-64-writes",
  rows: ({ records }) => [
    { label: `${listOf(records)}, each another filter, a write among 100`, callers: busyCallers },
  ],
  variants: inProcess,
  async run(bench, round) {
    const { tenant, own, ownIds } = await bench.reads();
    const filters = likeListFilter(busyCallers, seeds.besideWrites);
    await Promise.all(filters.map((filter) => own.list(filter)));
    const calls = bench.scale.listsBesideWrites;
    const each = await timeCalls({ calls }, busyCallers, (index, caller) => {
      if (index % listsForAWrite !== listsForAWrite - 1) return own.list(filters[caller]!);
      // Some come into the filter, some leave it. Others in each round.
      const written = round * calls + index;
      return tenant.setViews(ownIds[written % ownIds.length]!, written % (2 * listFilter.leastViews));
    });
    return { figures: [each], answer: totalOf(await own.list(filters[0]!)) };
  },
};

/** What the number of records does to a list. */
export const listBySize: Workload = {
  name: "list-sizes",
  rows: ({ sizes }) =>
    sizes.flatMap((size) => [
      { label: `${listOf(size)} by size, first time`, callers: 1 },
      { label: `${listOf(size)} by size, asked again`, callers: 1 },
    ]),
  variants: inProcess,
  async run(bench, round) {
    const figures: number[] = [];
    let answer = 0;
    for (const size of bench.scale.sizes) {
      const { own } = await bench.sized(size);
      const measured = await measureFirstAndThen(own, bench.scale.enough, seeds.sized + round);
      figures.push(...measured.figures);
      answer += measured.answer;
    }
    return { figures, answer };
  },
};

/** What one tenant's slow lists cost another. */
export const getOneBesideFlood: Workload = {
  name: "getOne-flood",
  rows: ({ flood: { callers } }) => [
    { label: `getOne p99 while another tenant asks for ${callers} slow lists at once`, callers: 1 },
    { label: "p99 when nobody does", callers: 1 },
    { label: "p99 with the slow lists : p99 without", callers: 1, unit: "times" },
  ],
  variants: inProcess,
  async run(bench, round) {
    const { tenant: flooded } = await bench.reads();
    const { tenant: quiet, ids } = await bench.sized(bench.scale.sizes[0]!);
    const { callers, reads, ms } = bench.scale.flood;
    let wrong = 0;
    const read = async (index: number): Promise<void> => {
      const wanted = ids[index % ids.length]!;
      if ((await quiet.getOne(wanted)).id !== wanted) wrong += 1;
    };
    const before = await timeEach((made) => made >= reads, read);
    let isOver = false;
    const flood = Array.from({ length: callers }, async (_, caller) => {
      // Another word each time: nobody may answer from memory.
      for (let asked = 0; !isOver; asked += 1) await flooded.search(`number ${round}${caller}${asked}`);
    });
    const until = performance.now() + ms;
    const busy = await timeEach((made) => made >= reads || (made > 0 && performance.now() > until), read);
    isOver = true;
    await Promise.all(flood);
    const [busyP99, quietP99] = [percentile(busy, 99), percentile(before, 99)];
    return { figures: [busyP99, quietP99, busyP99 / quietP99], answer: wrong };
  },
};
