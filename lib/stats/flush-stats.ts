// Writes the figures of this moment into the `_stats` collections: the engine's into database stats, those of each open
// tenant into its own. Their number is bounded; nothing is opened for it.
import { formatTimestamp } from "../base/clock.js";
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome, type Result } from "../base/result.js";
import { isReservedName } from "../databases/database-name.js";
import type { Fleet } from "../databases/fleet.js";
import { countRecords } from "../records/count-records.js";
import { createManyRecords } from "../records/create-many-records.js";
import { deleteRecord } from "../records/delete-record.js";
import { listRecords } from "../records/list-records.js";
import type { RecordContext } from "../records/record-context.js";
import { databaseStats, type InDatabase } from "./database-stats.js";
import type { EngineStats } from "./engine-stats.js";

/** What `stats.flush` has written. */
export interface FlushReport {
  /** Samples in database stats. */
  readonly engineSamples: number;
  /** Tenants' databases that have got samples: those that were open. */
  readonly databases: number;
  /** Those whose samples could not be written; they stop no other. */
  readonly failed: readonly { readonly name: string; readonly error: EngineError }[];
}

/** Runs work in a database by name, as the engine itself. */
export type InNamedDatabase = (name: string) => InDatabase;

interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

const statsDatabase = "stats";
const statsCollection = "_stats";

// About a dozen samples a flush: once a minute, the engine's are those of three days.
const keptOfEngine = 50_000;
// A tenant's file is not to grow by its statistics: 1,000 samples are about 200 kB.
const keptOfTenant = 1_000;

/** The first error that keeps the engine's own samples from being written. */
export async function flushStats(fleet: Fleet, stats: EngineStats, inDatabase: InNamedDatabase): Outcome<FlushReport> {
  const at = formatTimestamp(fleet.clock.now());
  const samples = engineSamples(stats);
  const written = await writeSamples(inDatabase(statsDatabase), samples, at, keptOfEngine);
  if (written.isErr()) return err(written.error);
  const failed: { name: string; error: EngineError }[] = [];
  let databases = 0;
  // One after the other: whoever waits for one of them waits for one commit.
  for (const name of fleet.pool.openNames.filter((open) => !isReservedName(open))) {
    const done = await flushTenant(fleet, name, inDatabase(name), at);
    if (done.isOk()) databases += 1;
    else failed.push({ name, error: done.error });
  }
  return ok({ engineSamples: samples.length, databases, failed });
}

async function flushTenant(fleet: Fleet, name: string, inDatabase: InDatabase, at: string): Outcome<void> {
  const stats = await databaseStats(fleet, name, inDatabase);
  if (stats.isErr()) return err(stats.error);
  const { sizeBytes, collections } = stats.value;
  const counts = Object.entries(collections).map(([collection, { records }]) => ({
    ...{ name: "records", value: records, labels: { collection } },
  }));
  return writeSamples(inDatabase, [{ name: "sizeBytes", value: sizeBytes }, ...counts], at, keptOfTenant);
}

function engineSamples({ databases, pool, nativeCalls, memory }: EngineStats): readonly Sample[] {
  const closes = Object.entries(pool.closes).map(([reason, value]) => ({ name: "closes", value, labels: { reason } }));
  const measured = memory === null ? {} : { rssBytes: memory.rssBytes, heapUsedBytes: memory.heapUsedBytes };
  const { open, opens, failedOpens, waits, refusals } = pool;
  const figures = {
    ...{ databases: databases.total, behind: databases.behind, open, opens, failedOpens, waits, refusals },
    ...{ callsWaiting: nativeCalls.waiting, ...measured },
  };
  return [...Object.entries(figures).map(([name, value]) => ({ name, value })), ...closes];
}

function writeSamples(inDatabase: InDatabase, samples: readonly Sample[], at: string, kept: number): Outcome<void> {
  return Promise.resolve(
    inDatabase(async (context) => {
      const own: RecordContext = { ...context, mayWriteSystem: true };
      const database = context.databaseName;
      const rows = samples.map((sample) => ({ ...sample, at, database }));
      const created = await createManyRecords(own, statsCollection, rows);
      return created.isErr() ? err(created.error) : dropOldest(own, kept);
    }),
  );
}

async function dropOldest(context: RecordContext, kept: number): Outcome<void> {
  const total: Result<number, EngineError> = await countRecords(context, statsCollection, "");
  if (total.isErr()) return err(total.error);
  const tooMany = Math.min(total.value - kept, context.services.limits.perPage);
  if (tooMany <= 0) return ok(undefined);
  const oldest = await listRecords(context, statsCollection, 1, tooMany, { skipTotal: true, fields: "id" });
  if (oldest.isErr()) return err(oldest.error);
  for (const { id } of oldest.value.items) {
    const deleted = await deleteRecord(context, statsCollection, String(id));
    if (deleted.isErr() && deleted.error.code !== "record_not_found") return err(deleted.error);
  }
  return ok(undefined);
}
