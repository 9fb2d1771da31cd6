// What one database holds and what it is doing. Counting opens it; how it stood before that is what is told.
import { formatTimestamp } from "../base/clock.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import { getDatabase } from "../databases/find-database.js";
import type { Fleet } from "../databases/fleet.js";
import { countRecords } from "../records/count-records.js";
import type { RecordContext } from "../records/record-context.js";
import type { StoreQueues } from "../storage/storage.js";

/** One database at one moment, as `engine.stats.get(name)` and `db.stats()` give it. */
export interface DatabaseStats {
  readonly name: string;
  /** Bytes on disk, write-ahead log included. */
  readonly sizeBytes: number;
  /** The most bytes it may have, its write-ahead log not counted; null without a limit. */
  readonly maxBytes: number | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string | null;
  readonly schemaVersion: number;
  /** Whether it has yet to catch up with the schema: its own records keep it from that. */
  readonly isBehind: boolean;
  /** Whether it was open before this call. */
  readonly isOpen: boolean;
  /** When it was last lent out or given back; null when it was not open. RFC 3339, UTC. */
  readonly lastUsedAt: string | null;
  /** Calls that were at work in it. */
  readonly leases: number;
  /** What waited in line in it. */
  readonly waiting: StoreQueues;
  /** Its live collections with the number of their live records. */
  readonly collections: Readonly<Record<string, { readonly records: number }>>;
}

/** Runs work in the database of which the figures are wanted. */
export type InDatabase = <T>(work: (context: RecordContext) => Outcome<T>) => PromiseLike<Result<T, EngineError>>;

/** `database_name_invalid`, `database_not_found`, `database_corrupt` for a foreign file. */
export async function databaseStats(fleet: Fleet, name: string, inDatabase: InDatabase): Outcome<DatabaseStats> {
  const use = fleet.pool.use(name);
  const waiting = fleet.pool.peek(name)?.store.queues ?? { reads: 0, writes: 0 };
  const counted = await inDatabase(async (context) => {
    const collections = await countCollections(context);
    // Open for as long as it is counted.
    const maxBytes = fleet.pool.peek(name)?.store.maxBytes ?? null;
    return collections.map((found) => ({ collections: found, maxBytes, schemaVersion: context.catalog.version }));
  });
  if (counted.isErr()) return err(counted.error);
  const described = await getDatabase(fleet, name);
  if (described.isErr()) return err(described.error);
  const { sizeBytes, createdAt } = described.value;
  const { collections, maxBytes, schemaVersion } = counted.value;
  return ok({
    ...{ name, sizeBytes, maxBytes, createdAt, schemaVersion },
    isBehind: schemaVersion < fleet.schema.newest.version,
    isOpen: use !== undefined,
    lastUsedAt: use === undefined ? null : formatTimestamp(use.lastUsed),
    leases: use?.leases ?? 0,
    waiting,
    collections,
  });
}

async function countCollections(context: RecordContext): Outcome<DatabaseStats["collections"]> {
  const counts: [string, { records: number }][] = [];
  for (const name of context.catalog.collections.keys()) {
    if (context.catalog.live(name, context.scope) === undefined) continue;
    const records = await countRecords(context, name, "");
    if (records.isErr()) return err(records.error);
    counts.push([name, { records: records.value }]);
  }
  return ok(Object.fromEntries(counts));
}
