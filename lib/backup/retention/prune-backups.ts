// Removes the backups and sets that a policy does not keep, and what crashed backups have left in the store.
import { readCallOptions } from "../../base/call-options.js";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { BackupContext } from "../backup-context.js";
import { deleteBackup } from "../delete-backup.js";
import type { BackupDescription } from "../describe-backup.js";
import { listBackups } from "../list-backups.js";
import { isBackupId, keysOf } from "../manifest/backup-id.js";
import { deleteSet } from "../sets/delete-set.js";
import { listSets } from "../sets/list-sets.js";
import { isSetId, keysOfSet } from "../sets/set-id.js";
import { readSetManifest } from "../sets/set-manifest.js";
import { planRetention, type RetainedItem, type RetentionReason } from "./plan-retention.js";
import { readRetentionPolicy, type RetentionPolicy } from "./retention-policy.js";

/** Options of `backups.prune`. */
export interface PruneOptions {
  /** Whether only to tell what would be removed. Default false. */
  readonly dryRun?: boolean;
}

/** A backup or a set that stays, and every reason for it. */
export interface KeptBackup {
  readonly id: string;
  readonly reasons: readonly RetentionReason[];
}

/** What could not be removed. */
export interface PruneFailure {
  readonly id: string;
  readonly error: EngineError;
}

/** What `backups.prune` has come to. */
export interface PruneReport {
  readonly dryRun: boolean;
  /** Ids of backups and sets that were removed (or would be), oldest first. */
  readonly removed: readonly string[];
  /** Bytes that the removed backups took in the store. */
  readonly freedBytes: number;
  readonly kept: readonly KeptBackup[];
  /** Ids of those that were found damaged: they count for nothing and are never removed here; look at them, and delete them. */
  readonly unusable: readonly string[];
  /** Parts of backups that a crash cut off. They were never listed; those of the last week stay, for they may be in the making. */
  readonly leftovers: readonly string[];
  readonly failed: readonly PruneFailure[];
}

// No upload takes longer, and nobody waits for the room sooner.
const unfinishedForMs = 7 * 24 * 60 * 60 * 1_000;

/** `request_invalid` naming what is wrong with the policy; what the store cannot do. What fails for one is in the report. */
export async function pruneBackups(
  context: BackupContext,
  policy: RetentionPolicy,
  options: PruneOptions = {},
): Outcome<PruneReport> {
  const read = readCallOptions(options, { dryRun: "boolean" });
  if (read.isErr()) return err(read.error);
  const { dryRun = false } = read.value;
  const complete = readRetentionPolicy(policy);
  if (complete.isErr()) return err(complete.error);
  const found = await findItems(context);
  if (found.isErr()) return err(found.error);
  const { items, backups, unusable, leftovers } = found.value;
  const { kept, removed } = planRetention(items, complete.value);
  const failed: PruneFailure[] = [];
  // Sets first: cut off in between, no set is left without its backups.
  const inOrder = [...removed.filter(isSetId), ...removed.filter((id) => !isSetId(id))];
  if (!dryRun) {
    for (const id of inOrder) {
      const deleted = await (isSetId(id) ? deleteSet(context, id) : deleteBackup(context, id));
      // Somebody else has done it meanwhile.
      if (deleted.isErr() && !deleted.error.is("backup_not_found")) failed.push({ id, error: deleted.error });
    }
    for (const key of leftovers) {
      const deleted = await context.store.delete(key);
      if (deleted.isErr()) failed.push({ id: key, error: deleted.error });
    }
  }
  const gone = removed.filter((id) => !failed.some((failure) => failure.id === id));
  return ok({
    dryRun,
    removed: gone,
    freedBytes: gone.reduce((sum, id) => sum + (backups.get(id)?.storedBytes ?? 0), 0),
    kept: [...kept].map(([id, reasons]) => ({ id, reasons: [...reasons] })),
    unusable,
    leftovers,
    failed,
  });
}

interface FoundItems {
  readonly items: readonly RetainedItem[];
  readonly backups: ReadonlyMap<string, BackupDescription>;
  readonly unusable: readonly string[];
  readonly leftovers: readonly string[];
}

async function findItems(context: BackupContext): Outcome<FoundItems> {
  const [backups, sets, leftovers] = [
    await listBackups(context),
    await listSets(context),
    await findLeftovers(context),
  ];
  if (backups.isErr()) return err(backups.error);
  if (sets.isErr()) return err(sets.error);
  if (leftovers.isErr()) return err(leftovers.error);
  const items: RetainedItem[] = [];
  const unusable: string[] = [];
  for (const { id, database, createdAt, provenAt, problem } of backups.value) {
    // What cannot be restored must not push out what can.
    if (createdAt === null || problem !== null) unusable.push(id);
    else items.push({ id, series: database, createdAt, isProven: provenAt !== null });
  }
  for (const { id, createdAt, isChosen, provenAt, problem } of sets.value) {
    const manifest = await readSetManifest(context.store, id);
    if (createdAt === null || problem !== null || manifest.isErr()) {
      unusable.push(id);
      continue;
    }
    const members = manifest.value.databases;
    // A set of some is no replacement for a set of all, nor for a set of others.
    const series = isChosen ? `set of ${members.map(({ name }) => name).join(" ")}` : "set of all";
    items.push({ id, series, createdAt, isProven: provenAt !== null, needs: members.map(({ backup }) => backup) });
  }
  const byId = new Map(backups.value.map((backup) => [backup.id, backup]));
  return ok({ items, backups: byId, unusable, leftovers: leftovers.value });
}

/** Keys of backups and sets without a manifest that were begun long ago, by the time in their ids. */
async function findLeftovers({ store, fleet }: BackupContext): Outcome<readonly string[]> {
  const objects = await store.list("");
  if (objects.isErr()) return err(objects.error);
  const keys = objects.value.map(({ key }) => key);
  const present = new Set(keys);
  const before = fleet.clock.now() - unfinishedForMs;
  return ok(
    keys.filter((key) => {
      const id = key.slice(0, key.indexOf("/"));
      const manifest = isBackupId(id) ? keysOf(id).manifest : isSetId(id) ? keysOfSet(id).manifest : undefined;
      return manifest !== undefined && !present.has(manifest) && timeOf(id) < before;
    }),
  );
}

/** When an id was made: the first 48 bits of a UUID of version 7 are milliseconds since 1970. */
const timeOf = (id: string): number => Number.parseInt(id.slice(-32, -20), 16);
