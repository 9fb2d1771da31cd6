// Records read one by one.
import type { Bench } from "../bench-databases.js";
import { seededRandom } from "../../support/random.js";
import { timeCalls } from "../timing.js";
import type { Reader } from "../variant.js";
import { inProcess } from "../variants/index.js";
import type { Workload } from "./workload.js";

/** By trusted code. */
export const getOne = (callers: number): Workload => ({
  name: `getOne-${callers}`,
  rows: () => [{ label: "getOne", callers }],
  variants: inProcess,
  async run(bench, round) {
    const { tenant, ids } = await bench.reads();
    return measure(tenant, ids, callers, bench, round);
  },
});

/** By a user, of whose records a rule speaks. */
export const getOneAsUser = (callers: number): Workload => ({
  name: `getOne-user-${callers}`,
  rows: () => [{ label: "getOne as a user under an owner rule", callers }],
  variants: inProcess,
  async run(bench, round) {
    const { own, ownIds } = await bench.reads();
    return measure(own, ownIds, callers, bench, round);
  },
});

async function measure(reader: Reader, ids: readonly string[], callers: number, { scale }: Bench, round: number) {
  const random = seededRandom(round);
  const wanted = Array.from({ length: scale.enough.getOne.calls }, () => ids[Math.floor(random() * ids.length)]!);
  let wrong = 0;
  const each = await timeCalls(scale.enough.getOne, callers, async (index) => {
    const expected = wanted[index % wanted.length]!;
    const { id } = await reader.getOne(expected);
    if (id !== expected) wrong += 1;
  });
  return { figures: [each], answer: wrong };
}
