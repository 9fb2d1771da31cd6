// Backups in a bucket of Amazon S3, or of any server that speaks its language. What `tenant-engine/backup-s3` exports.
import { EngineError } from "../../../base/errors.js";
import { NameLocks } from "../../../base/name-locks.js";
import { err, ok, toEngineError, type Outcome, type Result } from "../../../base/result.js";
import type { BackupStore, StoredObject } from "../backup-store.js";
import { connectS3, type S3Connection } from "./s3-client.js";
import { startDownload } from "./s3-download.js";
import { isMissing, readS3Failure, translateS3Error } from "./s3-errors.js";
import { resolveS3Options, type ResolvedS3Options, type S3BackupStoreOptions } from "./s3-options.js";
import { uploadNew } from "./s3-upload.js";

export type { S3BackupStoreOptions, S3Credentials } from "./s3-options.js";

/**
 * A store of backups in a bucket. Needs the package `@aws-sdk/client-s3` beside the engine, and asks for nothing before its first use.
 * `request_invalid` naming a bad option; a missing package is told by the first call.
 *
 * @example
 * ```ts
 * const store = createS3BackupStore({ bucket: "acme-backups", prefix: "production", region: "eu-central-1" });
 * if (store.isErr()) throw store.error;
 * const engine = await TenantEngine.open({ backups: { store: store.value } });
 * ```
 */
export function createS3BackupStore(options: S3BackupStoreOptions): Result<BackupStore, EngineError> {
  return resolveS3Options(options).map((resolved) => new S3BackupStore(resolved));
}

class S3BackupStore implements BackupStore {
  readonly #options: ResolvedS3Options;
  /** Where a server does not keep the condition of a write, two puts of this process must not race for a key. */
  readonly #puts = new NameLocks();
  #connecting: Promise<S3Connection> | undefined;

  constructor(options: ResolvedS3Options) {
    this.#options = options;
  }

  put(key: string, content: AsyncIterable<Uint8Array>): Outcome<{ readonly sizeBytes: number }> {
    return this.#ask(async (connection) => {
      const { bucket, partBytes } = this.#options;
      const target = { bucket, key: this.#keyOf(key), partBytes };
      const uploaded = await this.#puts.hold(key, () => uploadNew(connection, target, ownErrors(content)));
      if (uploaded === "taken") throw new EngineError("conflict", { id: backupOf(key) });
      return uploaded;
    });
  }

  replace(key: string, content: Uint8Array): Outcome<void> {
    return this.#ask(async ({ client, sdk }) => {
      const Key = this.#keyOf(key);
      await client.send(new sdk.PutObjectCommand({ Bucket: this.#options.bucket, Key, Body: content }));
    });
  }

  get(key: string): Outcome<AsyncIterable<Uint8Array>> {
    return this.#ask(async (connection) => {
      const { bucket, maxAttempts: attempts } = this.#options;
      try {
        return (await startDownload(connection, { bucket, key: this.#keyOf(key), attempts })).content;
      } catch (thrown) {
        if (isMissing(readS3Failure(thrown))) throw new EngineError("backup_not_found", { id: backupOf(key) });
        throw thrown;
      }
    });
  }

  list(prefix: string): Outcome<readonly StoredObject[]> {
    return this.#ask(async ({ client, sdk }) => {
      const { bucket, prefix: own } = this.#options;
      const found: StoredObject[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: own + prefix, ContinuationToken }),
        );
        for (const { Key = "", Size = 0 } of page.Contents ?? []) {
          const key = Key.slice(own.length);
          if (isKey(key)) found.push({ key, sizeBytes: Size });
        }
        ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    });
  }

  delete(key: string): Outcome<void> {
    return this.#ask(async ({ client, sdk }) => {
      const Key = this.#keyOf(key);
      try {
        await client.send(new sdk.DeleteObjectCommand({ Bucket: this.#options.bucket, Key }));
      } catch (thrown) {
        // S3 itself calls it done, some other servers do not.
        if (!isMissing(readS3Failure(thrown))) throw thrown;
      }
    });
  }

  #keyOf(key: string): string {
    if (isKey(key)) return this.#options.prefix + key;
    throw new EngineError("request_invalid", { parameter: "key" }, { message: "A key is <backup>/<part>." });
  }

  async #ask<T>(work: (connection: S3Connection) => Promise<T>): Outcome<T> {
    try {
      this.#connecting ??= connectS3(this.#options);
      const connection = await this.#connecting.catch((thrown: unknown) => {
        this.#connecting = undefined;
        throw thrown;
      });
      return ok(await work(connection));
    } catch (thrown) {
      return err(translateS3Error(thrown, this.#options.bucket));
    }
  }
}

const isKey = (key: string): boolean => /^[a-z0-9][a-z0-9._-]{0,127}\/[a-z0-9][a-z0-9._-]{0,127}$/.test(key);

/** What the content throws is not the bucket's failure: it goes through as it is, or as a bug of ours. */
async function* ownErrors(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* content;
  } catch (thrown) {
    throw toEngineError(thrown);
  }
}

const backupOf = (key: string): string => key.split("/")[0] ?? "";
