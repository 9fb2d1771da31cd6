// tenant-engine/client: the public names. Runs in browsers, and in Node from 20.19 on.
export { TenantClient, TenantClient as VskiClient } from "./tenant-client.js";
export { ClientError } from "./client-error.js";
export type {
  ClientErrorCode,
  ClientErrorParts,
  ConnectionErrorCode,
  FieldProblem,
  ServerErrorCode,
} from "./client-error.js";
export type { DatabaseClient } from "./database-client.js";
export type { CollectionClient } from "./collection-client.js";
export type { AccountOf, AuthClient, LoginOptions, SignedIn, SignInOptions } from "./auth-client.js";
export type { Batch, BatchAnswer, BatchCollection, BatchRequest } from "./batch.js";
export type { CallOptions } from "./call-options.js";
export type { FilterInput, FilterValue } from "./filter-text.js";
export type { GetFirstOptions, IterateOptions, ListOptions, SelectionOptions } from "./read-options.js";
export type { RecordInput, RecordOf, RecordPage, SystemFields } from "./record-types.js";
export type { ClientOptions, SendRequest } from "./request-sender.js";

export type { Settings } from "./settings.js";
export type { DatabaseDescription, DatabaseSettings } from "./database-settings.js";
export type {
  CollectionChange,
  CollectionDefinition,
  CollectionSettings,
  DescribedCollection,
  FieldDefinition,
  FieldTypeName,
  JsonValue,
  ListCollectionsOptions,
} from "./collection-settings.js";
export type { DatabaseRule, DatabaseRuleDefinition, RecordOperation, RuleSettings } from "./rule-settings.js";
export type { DatabaseStats, EngineStats } from "./server-stats.js";
export type {
  BackupDescription,
  BackupSettings,
  ListBackupsOptions,
  RestoreBackupOptions,
  RestoredBackup,
} from "./backup-settings.js";
