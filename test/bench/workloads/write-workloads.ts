// Records made one by one and many at once. All are on the disk when a call ends, but for the variant that says otherwise.
import { makePosts, makeTickets } from "../posts.js";
import { timeCalls, timeOnce } from "../timing.js";
import { inProcess, withNormal } from "../variants/index.js";
import { shown, type Workload } from "./workload.js";

/** So many callers. */
export const create = (callers: number): Workload => ({
  name: `create-${callers}`,
  rows: () => [{ label: "create", callers }],
  variants: withNormal,
  async run(bench, round) {
    const writes = await bench.writes();
    const { few, many } = bench.scale.creates;
    const posts = makePosts(callers > few / 4 ? many : few, round * callers);
    let wrong = 0;
    const each = await timeCalls({ calls: posts.length }, callers, async (index) => {
      const { title } = await writes.create(posts[index]!);
      if (title !== posts[index]!.title) wrong += 1;
    });
    return { figures: [each], answer: wrong };
  },
});

const clashingCallers = 500;

/** What those that fail cost the others. */
export const createClashing: Workload = {
  name: "create-clashing",
  rows: () => [
    { label: "create with a unique field, none fails", callers: clashingCallers },
    { label: "the same, one of ten fails", callers: clashingCallers },
  ],
  variants: inProcess,
  async run(bench, round) {
    const writes = await bench.writes();
    let made = 0;
    const measure = (clashing: boolean): Promise<number> => {
      const tickets = makeTickets(bench.scale.creates.many, `${round}-${clashing}`, { clashing });
      return timeCalls({ calls: tickets.length }, clashingCallers, async (index) => {
        if (await writes.issue(tickets[index]!)) made += 1;
      });
    };
    return { figures: [await measure(false), await measure(true)], answer: made };
  },
};

/** In one transaction. */
export const createMany: Workload = {
  name: "createMany",
  rows: ({ createManyRows }) => [{ label: `createMany of ${shown(createManyRows)}, each record`, callers: 1 }],
  variants: inProcess,
  async run(bench, round) {
    const writes = await bench.writes();
    const rows = makePosts(bench.scale.createManyRows, round);
    let made = 0;
    const whole = await timeOnce(async () => {
      made = (await writes.createMany(rows)).length;
    });
    return { figures: [whole / rows.length], answer: made };
  },
};
