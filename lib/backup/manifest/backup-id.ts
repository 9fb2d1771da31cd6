// The names of backups. `<database>.<id>`: those of one database lie together in every store, in the order of their making.
import type { IdGenerator } from "../../base/ids.js";
import { isDatabaseName } from "../../databases/database-name.js";

// A database's name holds no dot.
const idPattern = /^[^.]+\.[0-9a-f]{32}$/;

/** A new one. Ids count on from the last one when the clock goes back. */
export const newBackupId = (database: string, newId: IdGenerator): string => `${database}.${newId()}`;

/** Whether something may be a backup's id; everything else is no key of a store. */
export const isBackupId = (id: unknown): id is string =>
  typeof id === "string" && idPattern.test(id) && isDatabaseName(databaseOfBackup(id));

/** The name that the database had. */
export const databaseOfBackup = (id: string): string => id.slice(0, id.indexOf("."));

/** What all keys of a database's backups start with. */
export const prefixOfDatabase = (database: string): string => `${database}.`;

/** The parts of a backup in a store. A backup is there if and only if its manifest is. */
export const keysOf = (id: string) =>
  ({ manifest: `${id}/manifest.json`, content: `${id}/content`, proof: `${id}/proof.json` }) as const;
