// engine.backups: copies of databases that can be proven and restored.
import type { EngineError } from "../base/errors.js";
import { ok, type ResultAsync } from "../base/result.js";
import type { BackupContext } from "../backup/backup-context.js";
import { createBackup, type CreateBackupOptions } from "../backup/create-backup.js";
import { deleteBackup } from "../backup/delete-backup.js";
import { downloadBackup, type BackupDownload } from "../backup/download-backup.js";
import type { BackupDescription } from "../backup/describe-backup.js";
import type { LocalNotes } from "../backup/local-notes.js";
import { litestreamConfig, type LitestreamOptions } from "../backup/litestream/litestream-config.js";
import {
  restoreFromReplica,
  type RestoredFromReplica,
  type RestoreFromReplicaOptions,
} from "../backup/litestream/restore-from-replica.js";
import { listBackups } from "../backup/list-backups.js";
import { verifyBackup, type VerifiedBackup, type VerifyBackupOptions } from "../backup/verify-backup.js";
import { pruneBackups, type PruneOptions, type PruneReport } from "../backup/retention/prune-backups.js";
import type { RetentionPolicy } from "../backup/retention/retention-policy.js";
import { BackupSchedules, type BackupScheduleStatus } from "../backup/schedule/backup-schedules.js";
import type { BackupScheduleOptions } from "../backup/schedule/schedule-options.js";
import { createAll, type CreateAllOptions, type CreateAllReport } from "../backup/sets/create-all.js";
import { deleteSet } from "../backup/sets/delete-set.js";
import {
  restoreAll,
  type RestoreAllContext,
  type RestoreAllOptions,
  type RestoreAllReport,
} from "../backup/sets/restore-all.js";
import { drillSet, type DrillOptions, type DrillReport } from "../backup/sets/drill-set.js";
import type { BackupSetDescription } from "../backup/sets/describe-set.js";
import { listSets } from "../backup/sets/list-sets.js";
import { expireReplaced } from "../backup/restore/expire-replaced.js";
import { previewRestore, type PreviewRestoreOptions, type RestorePreview } from "../backup/restore/preview-restore.js";
import { restoreBackup, type RestoreBackupOptions, type RestoredBackup } from "../backup/restore/restore-backup.js";
import { callEngine, type EngineCore } from "./run-in-database.js";

/** Backups of databases, in the store of the option `backups`: by default the directory `backups` in the data directory. */
export class Backups {
  readonly #core: EngineCore;
  readonly #context: BackupContext;
  readonly #schedules: BackupSchedules;
  readonly #storageAt: RestoreAllContext["storageAt"];
  readonly #dataDir: string;

  /** @internal */
  constructor(
    core: EngineCore,
    context: BackupContext,
    {
      notes,
      storageAt,
      dataDir,
    }: { readonly notes: LocalNotes; readonly dataDir: string } & Pick<RestoreAllContext, "storageAt">,
  ) {
    this.#core = core;
    this.#context = context;
    this.#storageAt = storageAt;
    this.#dataDir = dataDir;
    this.#schedules = new BackupSchedules(context, notes, (set) => drillSet(this.#restoring, { set }));
  }

  /**
   * Makes a backup of one database while it is in use; writers go on. Every write that was acknowledged before the call is
   * in it, soft-deleted records too. `database_name_invalid`, `database_not_found`, `database_corrupt`, `storage_full`;
   * after a failure nothing is left.
   *
   * @example
   * ```ts
   * const made = await engine.backups.create("client1");
   * if (made.isOk()) console.log(made.value.id, made.value.sizeBytes);
   * ```
   */
  create(name: string, options: CreateBackupOptions = {}): ResultAsync<BackupDescription, EngineError> {
    return callEngine(this.#core, () => createBackup(this.#context, name, options));
  }

  /**
   * Makes a set: a backup of every database, from which {@link Backups.restoreAll} makes a whole data directory again. Databases
   * that were not written to since their last backup are not copied; the set takes that one. A database that fails is in the
   * report and stops no other.
   *
   * @returns what has come of it; `request_invalid` naming a bad option; `database_not_found` and `database_name_invalid` for a name
   * in `databases`; `conflict` when `signal` ended it; the `storage_…` codes of the store.
   * @example
   * ```ts
   * const report = await engine.backups.createAll({ onProgress: ({ done, total }) => console.log(`${done} of ${total}`) });
   * if (report.isOk() && report.value.failed.length > 0) console.error(report.value.failed);
   * ```
   */
  createAll(options: CreateAllOptions = {}): ResultAsync<CreateAllReport, EngineError> {
    return callEngine(this.#core, () => createAll(this.#context, options));
  }

  /** All sets that `createAll` has made, oldest first. */
  listSets(): ResultAsync<readonly BackupSetDescription[], EngineError> {
    return callEngine(this.#core, () => listSets(this.#context));
  }

  /**
   * Makes a whole data directory out of a set, beside this engine's own: every database as it was, brought to the set's
   * newest schema. Tokens of before do not work there. Where no engine runs, take {@link TenantEngine.restoreAll}.
   *
   * @returns what has come of it, with the databases that could not be restored; `backup_not_found` when there is no such
   * set; `conflict` when the directory is not empty; `database_corrupt` when the set or its default database cannot be used;
   * `request_invalid`; the `storage_…` codes. After an error remove the directory: no engine opens there.
   */
  restoreAll(options: RestoreAllOptions): ResultAsync<RestoreAllReport, EngineError> {
    return callEngine(this.#core, () => restoreAll(this.#restoring, options));
  }

  /**
   * Rehearses a restore: restores a part of the newest set into a scratch directory, checks and counts it, and removes it. The
   * date and what came of it stand in {@link Backups.list} and {@link Backups.listSets} from then on. Databases whose backups were
   * proven longest ago come first, so that drills go through the whole fleet.
   *
   * @returns what has come of it, with the databases that could not be restored; `backup_not_found` when there is no set;
   * `database_corrupt` when the set or its default database cannot be used; `request_invalid`; the `storage_…` codes.
   */
  drill(options: DrillOptions = {}): ResultAsync<DrillReport, EngineError> {
    return callEngine(this.#core, () => drillSet(this.#restoring, options));
  }

  get #restoring(): RestoreAllContext {
    const { fleet, store, codec } = this.#context;
    const { clock, logger, newId } = fleet;
    return { store, codec, clock, logger, newId, storageAt: this.#storageAt };
  }

  /**
   * Removes the backups and sets that the policy does not keep. Whatever it says, the newest backup of each database and the
   * last proven one stay, and so does what a kept set needs. With `dryRun` nothing is removed, and the report says what would be.
   *
   * @returns what has come of it; `request_invalid` naming what is wrong with the policy; the `storage_…` codes of the store.
   * @example
   * ```ts
   * const pruned = await engine.backups.prune({ keepDaily: 7, keepWeekly: 4 }, { dryRun: true });
   * if (pruned.isOk()) console.log(pruned.value.removed);
   * ```
   */
  prune(policy: RetentionPolicy, options: PruneOptions = {}): ResultAsync<PruneReport, EngineError> {
    return callEngine(this.#core, () => pruneBackups(this.#context, policy, options));
  }

  /**
   * Backs up all databases at the moments of a cron text from now on, and removes what the policy does not keep. A moment
   * that was missed because the engine was not running is made up for once; one that comes while the former run goes on is left out.
   * Errors are logged and stand in {@link Backups.schedules}; a run ends early when the engine is closed.
   *
   * @returns how it stands; `request_invalid` naming what is wrong.
   * @example
   * ```ts
   * const scheduled = await engine.backups.schedule({ cron: "0 3 * * *", policy: { keepDaily: 7, keepWeekly: 4 } });
   * if (scheduled.isOk()) console.log(scheduled.value.nextRunAt);
   * ```
   */
  schedule(options: BackupScheduleOptions): ResultAsync<BackupScheduleStatus, EngineError> {
    return callEngine(this.#core, () => this.#schedules.start(options));
  }

  /** How the schedules of this engine stand, with what their last runs came to. */
  schedules(): ResultAsync<readonly BackupScheduleStatus[], EngineError> {
    return callEngine(this.#core, async () => ok(this.#schedules.statuses));
  }

  /** Ends the schedule of the name, default "default", after a run that is under way was told to end. Whether there was one. */
  unschedule(name = "default"): ResultAsync<boolean, EngineError> {
    return callEngine(this.#core, async () => ok(await this.#schedules.end(name)));
  }

  /**
   * The text of a configuration of Litestream for all databases of now but `workflows`, which is made again by itself. Open
   * the engine with `litestream: true`. Litestream reads its configuration once: write it anew and start Litestream again after a
   * database was made.
   *
   * @returns YAML; `request_invalid` naming what is wrong.
   */
  litestreamConfig(options: LitestreamOptions): ResultAsync<string, EngineError> {
    return callEngine(this.#core, () => litestreamConfig(this.#context, this.#dataDir, options));
  }

  /**
   * Puts a database back as it was at a moment, out of a replica of Litestream, or makes a new one of it with `as`. Litestream's
   * program is run for it. A moment that the replica has nothing for, such as any after the last write, is brought to the
   * nearest one before, and the answer says so. Its state may be up to a second older than the moment, never later.
   *
   * @returns what has come of it; `backup_not_found` when the replica has nothing at or before the moment; `storage_failed` with
   * Litestream's words when it fails; and what {@link Backups.restore} can end in.
   */
  restoreFromReplica(name: string, options: RestoreFromReplicaOptions): ResultAsync<RestoredFromReplica, EngineError> {
    return callEngine(this.#core, () => restoreFromReplica(this.#context, this.#dataDir, name, options));
  }

  /** Removes a set, and none of the backups in it. `backup_not_found`. */
  deleteSet(id: string): ResultAsync<void, EngineError> {
    return callEngine(this.#core, () => deleteSet(this.#context, id));
  }

  /** All backups, or those of the database that has, or had, the name; by database, oldest first. */
  list(database?: string): ResultAsync<readonly BackupDescription[], EngineError> {
    return callEngine(this.#core, () => listBackups(this.#context, database));
  }

  /**
   * Proves a backup without touching the live database: fetches it whole, compares its hashes, opens it as a file that
   * nobody trusts, checks every page and counts every table. `list` shows when a backup was last proven.
   *
   * @returns what was looked at; `backup_not_found`; `database_corrupt` with the reason in `details` when the backup is
   * damaged; the `storage_…` codes of the disk and the store.
   */
  verify(id: string, options: VerifyBackupOptions = {}): ResultAsync<VerifiedBackup, EngineError> {
    return callEngine(this.#core, () => verifyBackup(this.#context, id, options));
  }

  /**
   * Puts a backup in the place of its database, or makes a new database of it with `as`. The backup is made ready aside
   * first, and trusted in nothing: only tables and indexes that the schema makes, brought to the newest schema. Then calls on
   * the database wait for the moment of the exchange; those that take longer than `drainMs` are stopped with
   * `database_busy`. After a crash at any moment it is wholly the old or wholly the new. Tokens, cursors and handles of before
   * end: take a new handle with {@link TenantEngine.db}. A deleted database comes back.
   *
   * @returns what has come of it; what was replaced is kept for `backups.keepReplacedMs`. `backup_not_found`;
   * `database_corrupt` with the reason for a backup that cannot be trusted; `conflict` for one of a newer schema than this data
   * directory's; `database_reserved` for one of a reserved database; `database_exists` and `database_name_invalid` for `as`;
   * `database_busy` when what uses the database cannot be stopped; `storage_full`. After each of them nothing has changed.
   * @example
   * ```ts
   * const restored = await engine.backups.restore(id);
   * const copy = await engine.backups.restore(id, { as: "client1-copy" });
   * ```
   */
  restore(id: string, options: RestoreBackupOptions = {}): ResultAsync<RestoredBackup, EngineError> {
    return callEngine(this.#core, () => restoreBackup(this.#context, id, options));
  }

  /**
   * Tells what {@link Backups.restore} in place would change, and changes nothing: for each collection how many records
   * would be added, changed and removed. Ends in what `restore` can end in.
   */
  preview(id: string, options: PreviewRestoreOptions = {}): ResultAsync<RestorePreview, EngineError> {
    return callEngine(this.#core, () => previewRestore(this.#context, id, options));
  }

  /**
   * Removes what restores have replaced and whose time is over.
   *
   * @internal Runs when the engine opens.
   */
  async expireReplaced(): Promise<void> {
    await expireReplaced(this.#context);
  }

  /**
   * The bytes of a backup as the store keeps them, compressed and encrypted as they are, for taking them elsewhere.
   * `backup_not_found`; `database_corrupt` when the content is missing; the `storage_…` codes of the store.
   *
   * @example
   * ```ts
   * const download = await engine.backups.download(id);
   * if (download.isErr()) return console.error(download.error.message);
   * for await (const piece of download.value.content) console.log(piece.length);
   * ```
   */
  download(id: string): ResultAsync<BackupDownload, EngineError> {
    return callEngine(this.#core, () => downloadBackup(this.#context, id));
  }

  /** Removes a backup for good. `backup_not_found`. */
  delete(id: string): ResultAsync<void, EngineError> {
    return callEngine(this.#core, () => deleteBackup(this.#context, id));
  }

  /**
   * Stops the schedules, and keeps what the next run of the engine can use.
   *
   * @internal Runs when the engine closes.
   */
  async stop(): Promise<void> {
    await this.#schedules.stop();
    await this.#context.memory.save();
  }
}
