// The public names of tenant-engine, listed one by one. Adapters and apps import from here and nothing deeper.
export { TenantEngine } from "./engine/tenant-engine.js";
export type { BackupOptions, EngineOptions } from "./engine/engine-options.js";
export type { Backups } from "./engine/backups.js";
export type { FleetAnswer, FleetQuestion } from "./engine/ask-databases.js";
export type { Databases, DatabaseDefinition } from "./engine/databases.js";
export type { Collections, CollectionChange, ListCollectionsOptions } from "./engine/collections.js";
export type { Rules } from "./engine/rules.js";
export type { Database } from "./engine/database.js";
export type { AuthOptions, DatabaseAuth, LoginOptions } from "./engine/database-auth.js";
export type { SuperuserDefinition, SuperuserDescription, Superusers } from "./engine/superusers.js";
export type { Collection, RecordInput, RecordOf, SystemFields } from "./engine/collection.js";
export type { Settled, Transaction } from "./engine/transaction.js";
export type { Stats } from "./engine/stats.js";

export { EngineError, errorCodes } from "./base/errors.js";
export type { ErrorCode, ErrorDetails, ExpressionProblem, FieldProblem } from "./base/errors.js";
export type { Clock } from "./base/clock.js";
export type { EngineLimits } from "./base/limits.js";
export type { LogCall, Logger } from "./base/logger.js";
export type { Progress, ProgressListener } from "./base/progress.js";
export { err, ok, Result, ResultAsync } from "./base/result.js";
export { engineVersion } from "./base/version.js";
export type { Outcome } from "./base/result.js";

export type { DatabaseRuleDefinition } from "./databases/rules/change-database-rules.js";
export type { DatabaseRule, RecordOperation } from "./access/rule-book.js";
export type { DatabaseDescription } from "./databases/register/describe-database.js";
export type { DatabaseChange } from "./databases/update-database.js";
export type { CloseReason, PoolFigures } from "./databases/open/pool-figures.js";
export type { MigrateAllOptions } from "./databases/migrate-all-options.js";
export type { UpgradeTrial } from "./databases/try-upgrade.js";
export type { MigratedDatabase, MigrationFailure, MigrationReport, MigrationState } from "./databases/migrate-all.js";
export type { MigrationJob } from "./engine/migration-job.js";

export { createDirectoryStore } from "./backup/store/directory-store.js";
export type { DirectoryStoreOptions } from "./backup/store/directory-store.js";
export type { BackupCodecOptions, BackupEncryption } from "./backup/codec/backup-codec.js";
export type { BackupCompression } from "./backup/codec/backup-encoding.js";
export type { BackupStore, StoredObject } from "./backup/store/backup-store.js";
export type { CreateBackupOptions } from "./backup/create-backup.js";
export type { RestoredFromReplica, RestoreFromReplicaOptions } from "./backup/litestream/restore-from-replica.js";
export type { LitestreamOptions, LitestreamReplica } from "./backup/litestream/litestream-config.js";
export type { BackupDescription } from "./backup/describe-backup.js";
export type { RetentionReason } from "./backup/retention/plan-retention.js";
export type { KeptBackup, PruneFailure, PruneOptions, PruneReport } from "./backup/retention/prune-backups.js";
export type { RetentionPolicy } from "./backup/retention/retention-policy.js";
export type { BackupScheduleStatus } from "./backup/schedule/backup-schedules.js";
export type { BackupScheduleOptions } from "./backup/schedule/schedule-options.js";
export type { ScheduledBackup, ScheduledRun, ToldError } from "./backup/schedule/run-summary.js";
export type { JobRun, JobStatus } from "./backup/schedule/timed-job.js";
export type { BackupDownload } from "./backup/download-backup.js";
export type { BackupFailure, CreateAllOptions, CreateAllReport } from "./backup/sets/create-all.js";
export type { DrillOptions, DrillReport } from "./backup/sets/drill-set.js";
export type { RestoreAllOptions, RestoreAllReport } from "./backup/sets/restore-all.js";
export type { BackupSetDescription } from "./backup/sets/describe-set.js";
export type { VerifiedBackup, VerifyBackupOptions } from "./backup/verify-backup.js";
export type { CollectionPreview, PreviewRestoreOptions, RestorePreview } from "./backup/restore/preview-restore.js";
export type { ReplacedDatabase, RestoreBackupOptions, RestoredBackup } from "./backup/restore/restore-backup.js";

export type {
  CollectionDefinition,
  CollectionIndex,
  CollectionRules,
  FieldDefinition,
  JsonValue,
  RuleName,
} from "./schema/collection.js";
export { ruleNames } from "./schema/collection.js";
export type { DescribedCollection } from "./schema/definitions/describe-collection.js";
export type { DescribedField } from "./schema/definitions/describe-field.js";
export type { RecordSchemas } from "./schema/definitions/record-schemas.js";
export { fieldTypeNames } from "./schema/field-type-names.js";
export type { FieldTypeName } from "./schema/field-type-names.js";

export { guest } from "./access/principal.js";
export { readPrincipal } from "./access/read-principal.js";
export type { AuthRecord, Guest, Principal, Superuser, User } from "./access/principal.js";
export type { AccountView, SignedIn } from "./records/auth/signed-in.js";
export type { CreateManyOptions } from "./records/create-many-records.js";
export type { CountOptions } from "./records/count-records.js";
export type {
  ExplainedCounts,
  ExplainedCrossing,
  ExplainedExpression,
  ExplainedNode,
  ExplainedOperand,
  ExplainedRule,
  ExplainedSection,
  ExplainedStatement,
  ExplainedValue,
  Explanation,
  ExplainRequest,
  IndexHint,
  UnindexableHint,
  RuleReference,
} from "./records/explain/explanation.js";
export type { GetFirstOptions, GetOptions } from "./records/get-record.js";
export type { IterateOptions } from "./records/iterate-records.js";
export type { ListOptions, RecordPage } from "./records/pages/list-plan.js";
export type { FilterInput } from "./records/pages/record-filter.js";
export type { PlainRecord } from "./records/rows/plain-record.js";
export type { PathList } from "./records/selection/field-selection.js";
export type { SelectionOptions } from "./records/selection/record-selection.js";

export type { DatabaseStats } from "./stats/database-stats.js";
export type { EngineStats, MemoryStats } from "./stats/engine-stats.js";
export type { StorageLoad, StoreQueues } from "./storage/storage.js";
export type { FlushReport } from "./stats/flush-stats.js";
