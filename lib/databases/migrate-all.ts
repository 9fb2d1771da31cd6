// Brings every database to the newest schema. One that fails is reported and stops no other.
import pLimit from "p-limit";
import { readCallOptions } from "../base/call-options.js";
import { readConcurrency } from "../base/concurrency.js";
import type { EngineError } from "../base/errors.js";
import type { ProgressListener } from "../base/progress.js";
import { err, ok, type Outcome } from "../base/result.js";
import { isDatabaseName } from "./database-name.js";
import type { Fleet } from "./fleet.js";
import { leaseDatabase } from "./open/lease-database.js";
import { listDatabases } from "./find-database.js";

/** Options of `databases.migrateAll`. */
export interface MigrateAllOptions {
  /** Called after each database. */
  readonly onProgress?: ProgressListener;
  /** How many databases at once, 1 to 64. Default 4: each runs its DDL on a thread of libuv's pool, which has four. */
  readonly concurrency?: number;
}

/** What became of one database. */
export interface MigrationFailure {
  readonly name: string;
  readonly error: EngineError;
}

/** What `databases.migrateAll` has come to. */
export interface MigrationReport {
  /** The version that all but the failed ones now stand at. */
  readonly schemaVersion: number;
  readonly total: number;
  /** How many were behind and have caught up. */
  readonly migrated: number;
  /** How many stood there already. */
  readonly current: number;
  readonly failed: readonly MigrationFailure[];
}

const defaultConcurrency = 4;

/** `request_invalid` for a concurrency out of range. Foreign files are no databases and left out. */
export async function migrateAll(fleet: Fleet, options: MigrateAllOptions = {}): Outcome<MigrationReport> {
  const read = readCallOptions(options, { onProgress: "function", concurrency: "any" });
  if (read.isErr()) return err(read.error);
  const { onProgress, concurrency: wanted = defaultConcurrency } = read.value;
  const concurrency = readConcurrency(wanted);
  if (concurrency.isErr()) return err(concurrency.error);
  const listed = await listDatabases(fleet);
  if (listed.isErr()) return err(listed.error);
  const databases = listed.value.filter(({ name, status }) => status === "ready" && isDatabaseName(name));
  const target = fleet.schema.newest.version;
  const failed: MigrationFailure[] = [];
  let done = 0;
  let migrated = 0;
  const limit = pLimit(concurrency.value);
  await Promise.all(
    databases.map(({ name, schemaVersion }) =>
      limit(async () => {
        const error = await migrateOne(fleet, name);
        done += 1;
        if (error) failed.push({ name, error });
        else if (schemaVersion !== null && schemaVersion < target) migrated += 1;
        onProgress?.({ done, total: databases.length, failed: failed.length, current: name });
      }),
    ),
  );
  const current = databases.length - migrated - failed.length;
  return ok({ schemaVersion: target, total: databases.length, migrated, current, failed });
}

async function migrateOne(fleet: Fleet, name: string): Promise<EngineError | undefined> {
  const touched = await leaseDatabase(fleet, name, undefined, async (database) => {
    const caughtUp = await database.catchUp({ again: true });
    // The lease noted the version that the database stood at before.
    fleet.register.noteSchemaVersion(name, database.catalog.version);
    return caughtUp.isErr() ? err(caughtUp.error) : ok(database.lagReason);
  });
  return touched.isErr() ? touched.error : touched.value;
}
