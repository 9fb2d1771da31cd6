// What a variant makes before anything is measured.
import { makePosts, measuredAuthor } from "./posts.js";
import type { Scale } from "./scale.js";
import type { Accounts, Fleet, Reader, Tenant, Variant } from "./variant.js";

/** A variant with everything made that the workloads need. */
export interface Bench {
  readonly scale: Scale;
  /** Holds `scale.records` records that stay as they are. */
  readonly reads: Tenant;
  readonly ids: readonly string[];
  /** The same records as their {@link measuredAuthor} sees them. */
  readonly ownReads: Reader;
  /** The ids of his posts. */
  readonly ownIds: readonly string[];
  /** Grows with every round. */
  readonly writes: Tenant;
  readonly fleet: Fleet;
  /** `scale.logins.callers` accounts in a database of their own. */
  readonly accounts: Accounts;
  /** Their addresses. */
  readonly emails: readonly string[];
}

/** Makes the databases of a variant. */
export async function prepareBench(variant: Variant, scale: Scale): Promise<Bench> {
  const reads = await variant.openTenant("reads");
  const ids: string[] = [];
  const ownIds: string[] = [];
  const posts = makePosts(scale.records, 0);
  // In slices, so that not all have one moment of creation: lists sort by it.
  const slice = scale.records / 20;
  for (let start = 0; start < posts.length; start += slice) {
    for (const { id, author } of await reads.createMany(posts.slice(start, start + slice))) {
      ids.push(id);
      if (author === measuredAuthor) ownIds.push(id);
    }
  }
  const ownReads = await reads.asAuthor(measuredAuthor);
  const writes = await variant.openTenant("writes");
  const fleet = await variant.makeFleet(scale.databases);
  const emails = Array.from({ length: scale.logins.callers }, (_, account) => `account${account}@example.com`);
  const accounts = await variant.openAccounts("accounts", emails);
  return { scale, reads, ids, ownReads, ownIds, writes, fleet, accounts, emails };
}
