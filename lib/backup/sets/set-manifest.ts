// What a set says of itself: which backup of each database belongs to it. Written once, never changed; read without trust.
import type { EngineError } from "../../base/errors.js";
import { createAjv, type ValidateFunction } from "../../base/json-schema.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { isDatabaseName } from "../../databases/database-name.js";
import { databaseOfBackup, isBackupId } from "../manifest/backup-id.js";
import { parseJson, readSmall } from "../manifest/small-object.js";
import type { BackupStore } from "../store/backup-store.js";
import { keysOfSet } from "./set-id.js";

/** The format of sets that this engine writes. A greater one is refused. */
const setFormat = 1;

/** A database as a set holds it. */
export interface SetMember {
  readonly name: string;
  /** The backup that it is restored from; older than the set where nothing was written since. */
  readonly backup: string;
}

/** The manifest of a set. */
export interface SetManifest {
  readonly format: typeof setFormat;
  readonly id: string;
  /** Every write that was acknowledged before is in it. RFC 3339, UTC. */
  readonly createdAt: string;
  /** Version of tenant-engine. */
  readonly engine: string;
  /** Whether it was made of some databases by name, instead of all. */
  readonly isChosen: boolean;
  /** By name. The default database is always among them: it holds the schema, the rules and the register. */
  readonly databases: readonly SetMember[];
  /** Databases that should be in it and are not, and why. */
  readonly failed: readonly { readonly name: string; readonly code: string }[];
}

const text = { type: "string" } as const;
const listOf = (properties: Record<string, object>) => ({
  type: "array",
  items: { type: "object", properties, required: Object.keys(properties) },
});
const schema = {
  type: "object",
  properties: {
    format: { const: setFormat },
    id: text,
    createdAt: { type: "string", format: "date-time" },
    engine: text,
    isChosen: { type: "boolean" },
    databases: listOf({ name: text, backup: text }),
    failed: listOf({ name: text, code: text }),
  },
  required: ["format", "id", "createdAt", "engine", "isChosen", "databases", "failed"],
};
let compiled: ValidateFunction | undefined;

/** The manifest as the store keeps it. */
export const encodeSetManifest = (manifest: SetManifest): Uint8Array =>
  Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);

/** `backup_not_found`; `database_corrupt` with the reason when the text is not this set's manifest; the store's own failures. */
export async function readSetManifest(store: BackupStore, id: string): Outcome<SetManifest> {
  const found = await readSmall(store, keysOfSet(id).manifest);
  if (found.isOk()) return parseSetManifest(id, found.value);
  return found.error.is("payload_too_large") ? unusableSet(id, "its manifest cannot be read") : err(found.error);
}

function parseSetManifest(id: string, manifest: Uint8Array): Result<SetManifest, EngineError> {
  const parsed = parseJson(manifest);
  const { format } = (parsed ?? {}) as { readonly format?: unknown };
  if (typeof format === "number" && format > setFormat) {
    return unusableSet(id, `its manifest has format ${format}, this engine knows ${setFormat}: a newer engine made it`);
  }
  compiled ??= createAjv().compile(schema);
  if (!compiled(parsed)) return unusableSet(id, "its manifest cannot be read");
  const found = parsed as SetManifest;
  if (found.id !== id) return unusableSet(id, "its manifest is that of another set");
  const names = new Set(found.databases.map(({ name }) => name));
  const isSound = found.databases.every(
    ({ name, backup }) => isDatabaseName(name) && isBackupId(backup) && databaseOfBackup(backup) === name,
  );
  return isSound && names.size === found.databases.length
    ? ok(found)
    : unusableSet(id, "its manifest names what cannot be a backup of a database");
}

/** A set that is there and cannot be used. */
const unusableSet = (id: string, reason: string): Result<never, EngineError> =>
  refuse(
    "database_corrupt",
    { name: id, reason },
    { message: `The set of backups "${id}" cannot be used: ${reason}. Take another one.` },
  );
