// What a backup says of itself. Written last, never changed; read without trust.
import type { EngineError } from "../../base/errors.js";
import { createAjv, type ValidateFunction } from "../../base/json-schema.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import { compressions, damagedBackup, type BackupEncoding } from "../codec/backup-encoding.js";
import type { BackupStore } from "../store/backup-store.js";
import { databaseOfBackup, keysOf } from "./backup-id.js";
import { parseJson, readSmall } from "./small-object.js";

/** The format of manifests that this engine writes. A greater one is refused. */
const manifestFormat = 1;

/** How many bytes, and which. */
export interface ContentMark {
  readonly sizeBytes: number;
  /** SHA-256, 64 characters of [0-9a-f]. */
  readonly sha256: string;
}

/** The manifest of one backup. */
export interface BackupManifest {
  readonly format: typeof manifestFormat;
  readonly id: string;
  /** Every write that was acknowledged before is in the backup. RFC 3339, UTC. */
  readonly createdAt: string;
  readonly database: { readonly name: string; readonly id: string; readonly createdAt: string };
  readonly schemaVersion: number;
  readonly madeWith: {
    /** Version of tenant-engine. */
    readonly engine: string;
    /** The store of databases and its version, e.g. "sqlite" and "3.52.0". */
    readonly store: string;
    readonly storeVersion: string;
    /** Format of the database file. */
    readonly fileFormat: number;
  };
  /** Rows of each table: the records of each collection, soft-deleted ones too, and what the engine keeps for itself. */
  readonly rows: Readonly<Record<string, number>>;
  /** The database as it was copied. */
  readonly copy: ContentMark;
  /** The bytes that the store keeps, made of the copy by the encoding. */
  readonly stored: ContentMark & { readonly encoding: BackupEncoding };
}

const text = { type: "string" } as const;
// The one form in which the engine writes times.
const moment = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" } as const;
const count = { type: "integer", minimum: 0 } as const;
const mark = { sizeBytes: count, sha256: { type: "string", pattern: "^[0-9a-f]{64}$" } } as const;
const shape = (properties: Record<string, object>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});

const schema = shape({
  format: { const: manifestFormat },
  id: text,
  createdAt: moment,
  database: shape({ name: text, id: { type: "string", pattern: "^[0-9a-f]{32}$" }, createdAt: moment }),
  schemaVersion: count,
  madeWith: shape({ engine: text, store: text, storeVersion: text, fileFormat: count }),
  rows: { type: "object", additionalProperties: count },
  copy: shape(mark),
  stored: shape({
    ...mark,
    encoding: shape({ compression: { enum: compressions }, encryption: { enum: ["none", "aes-256-gcm"] } }),
  }),
});

let compiled: ValidateFunction | undefined;

/** The manifest as the store keeps it. */
export const encodeManifest = (manifest: BackupManifest): Uint8Array =>
  Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);

/** `database_corrupt` with the reason when the text is not this backup's manifest. */
function parseManifest(id: string, manifest: Uint8Array): Result<BackupManifest, EngineError> {
  const parsed = parseJson(manifest);
  const { format } = (parsed ?? {}) as { readonly format?: unknown };
  if (typeof format === "number" && format > manifestFormat) {
    return unusable(
      id,
      `its manifest has format ${format}, this engine knows ${manifestFormat}: a newer engine made it`,
    );
  }
  compiled ??= createAjv().compile(schema);
  if (!compiled(parsed)) return unusable(id, "its manifest cannot be read");
  const found = parsed as BackupManifest;
  if (found.id !== id || found.database.name !== databaseOfBackup(id)) {
    return unusable(id, "its manifest is that of another backup");
  }
  return ok(found);
}

/** `backup_not_found`, `database_corrupt`, and the store's own failures. */
export async function readManifest(store: BackupStore, id: string): Outcome<BackupManifest> {
  const found = await readSmall(store, keysOf(id).manifest);
  if (found.isOk()) return parseManifest(id, found.value);
  return found.error.is("payload_too_large") ? unusable(id, "its manifest cannot be read") : err(found.error);
}

const unusable = (id: string, reason: string): Result<never, EngineError> =>
  err(damagedBackup({ id, database: databaseOfBackup(id) }, reason));
