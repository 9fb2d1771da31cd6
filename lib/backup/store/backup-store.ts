// The port to a place that keeps backups: objects under keys, as a directory or an object store can do it. It knows nothing
// of what it keeps. One conformance suite runs over all implementers.
import type { Outcome } from "../../base/result.js";

/** What a store tells of one object. */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
}

/**
 * A place for backups.
 *
 * Keys have two parts, `<backup>/<part>`, each of `a-z`, `0-9`, `_`, `-` and `.`, starting with a letter or digit. Failures are
 * `EngineError`s: `storage_full`, `storage_readonly`, and `storage_failed` for a place that cannot be reached; the last may
 * come after some tries of the store's own.
 */
export interface BackupStore {
  /**
   * Keeps new content, whole and for good, or nothing at all: also when the content breaks off, which is given back as it is
   * thrown. Never replaces: `conflict` when the key is taken. What crashed half-way is never listed or given.
   */
  put(key: string, content: AsyncIterable<Uint8Array>): Outcome<{ readonly sizeBytes: number }>;
  /** Keeps a small note of at most some kilobytes, whatever was there; of two at once the later one stays, whole. */
  replace(key: string, content: Uint8Array): Outcome<void>;
  /** The content, to be read once. `backup_not_found`. What breaks while reading is thrown there as an `EngineError`. */
  get(key: string): Outcome<AsyncIterable<Uint8Array>>;
  /** All whose key starts with the prefix, `""` for all, in the order of their keys. What was put before is in it. */
  list(prefix: string): Outcome<readonly StoredObject[]>;
  /** Idempotent. */
  delete(key: string): Outcome<void>;
}
