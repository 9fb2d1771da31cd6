// The schemas that routes name in their descriptions. What they look like stands in api-schemas.ts, and for records in
// the collections.

/** A schema that is the same for all collections. */
export type FixedSchema =
  | "Health"
  | "Database"
  | "DatabaseInput"
  | "DatabaseChange"
  | "DatabaseList"
  | "Collection"
  | "CollectionInput"
  | "CollectionChange"
  | "CollectionPage"
  | "BatchInput"
  | "BatchAnswer"
  | "Login"
  | "PasswordIdentity"
  | "Registration"
  | "PasswordChange"
  | "SignedIn"
  | "Account"
  | "Rule"
  | "RuleInput"
  | "RuleChange"
  | "RuleList"
  | "Backup"
  | "BackupInput"
  | "BackupList"
  | "BackupContent"
  | "RestoreInput"
  | "RestoredBackup"
  | "Stats"
  | "OpenApi";

/** A schema that each collection has its own of. */
export type CollectionSchema = "Record" | "RecordCreate" | "RecordUpdate" | "RecordPage" | "SignedInRecord";

export type SchemaReference = FixedSchema | CollectionSchema;
