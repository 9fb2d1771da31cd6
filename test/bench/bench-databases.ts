// What a variant makes for the workloads, each thing when it is first asked for: before the clock runs.
import { makePosts, measuredAuthor, takenCode } from "./posts.js";
import type { Scale } from "./scale.js";
import type { Accounts, Fleet, Reader, Tenant, Variant, WideMaker } from "./variant.js";

/** A database with posts that stay. */
export interface Posts {
  readonly tenant: Tenant;
  readonly ids: readonly string[];
  /** The same records as their {@link measuredAuthor} sees them. */
  readonly own: Reader;
  /** The ids of his posts. */
  readonly ownIds: readonly string[];
}

/** A variant and everything that the workloads need. */
export interface Bench {
  readonly scale: Scale;
  /** `scale.records` posts. */
  readonly reads: () => Promise<Posts>;
  /** So many posts in a database of their own. */
  readonly sized: (records: number) => Promise<Posts>;
  /** Grows with every round. Has a ticket of the code {@link takenCode}. */
  readonly writes: () => Promise<Tenant>;
  readonly wide: () => Promise<WideMaker>;
  /** So many databases with a post each, made once. */
  readonly fleet: (databases: number) => Promise<Fleet>;
  /** `scale.logins.callers` accounts in a database of their own, and their addresses. */
  readonly accounts: () => Promise<{ readonly accounts: Accounts; readonly emails: readonly string[] }>;
}

/** Nothing is made yet. */
export function prepareBench(variant: Variant, scale: Scale): Bench {
  const sized = remembered((records) => makePostsDatabase(variant, `sized${records}`, records));
  return {
    scale,
    sized,
    reads: () => sized(scale.records),
    writes: once(async () => {
      const writes = await variant.openTenant("writes");
      await writes.issue({ code: takenCode, title: "The first" });
      return writes;
    }),
    wide: once(() => required(variant.openWideMaker)(scale.wide.collections)),
    fleet: remembered((databases) => required(variant.makeFleet)(databases)),
    accounts: once(async () => {
      const emails = Array.from({ length: scale.logins.callers }, (_, account) => `account${account}@example.com`);
      return { accounts: await required(variant.openAccounts)("accounts", emails), emails };
    }),
  };
}

async function makePostsDatabase(variant: Variant, name: string, records: number): Promise<Posts> {
  const tenant = await variant.openTenant(name);
  const ids: string[] = [];
  const ownIds: string[] = [];
  const posts = makePosts(records, 0);
  // In slices, so that not all have one moment of creation: lists sort by it.
  const slice = records / 20;
  for (let start = 0; start < posts.length; start += slice) {
    for (const { id, author } of await tenant.createMany(posts.slice(start, start + slice))) {
      ids.push(id);
      if (author === measuredAuthor) ownIds.push(id);
    }
  }
  return { tenant, ids, own: await tenant.asAuthor(measuredAuthor), ownIds };
}

/** A workload's list of variants names none that cannot do it. */
function required<Call>(call: Call | undefined): Call {
  if (call === undefined) throw new Error("the workload names a variant that has not what it needs");
  return call;
}

const once = <Made>(make: () => Promise<Made>): (() => Promise<Made>) => {
  let made: Promise<Made> | undefined;
  return () => (made ??= make());
};

function remembered<Made>(make: (size: number) => Promise<Made>): (size: number) => Promise<Made> {
  const made = new Map<number, Promise<Made>>();
  return (size) => {
    const known = made.get(size) ?? make(size);
    made.set(size, known);
    return known;
  };
}
