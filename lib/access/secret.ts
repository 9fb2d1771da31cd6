// The one secret of a data directory, and the keys derived from it. A key of one database says nothing of another's.
import { hkdfSync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { EngineError } from "../base/errors.js";
import { err, ok, type Outcome } from "../base/result.js";

const fileName = ".secret";
// 256 bits, as many as the hash of HS256 has.
const secretBytes = 32;
const keyBytes = 32;

/** The secret kept in a data directory, made at the first call. `storage_failed` when it cannot be read or kept. */
export async function loadSecret(dataDir: string): Outcome<string> {
  const path = join(dataDir, fileName);
  try {
    return ok(await readFile(path, "utf8"));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") return unusable(thrown);
  }
  try {
    const secret = randomBytes(secretBytes).toString("hex");
    await writeFileAtomic(path, secret, { mode: 0o600 });
    return ok(secret);
  } catch (thrown) {
    return unusable(thrown);
  }
}

/** A key for one purpose in one database, or in one collection of it (HKDF-SHA-256). */
export function deriveKey(secret: string, purpose: string, databaseId: string, collectionId?: string): Uint8Array {
  const place = collectionId === undefined ? purpose : `${purpose} ${collectionId}`;
  return new Uint8Array(hkdfSync("sha256", secret, databaseId, `tenant-engine ${place}`, keyBytes));
}

const unusable = (cause: unknown) =>
  err(
    new EngineError(
      "storage_failed",
      {},
      {
        message: `The secret of the data directory (its file ${fileName}) cannot be read or written; check the directory's permissions, or pass jwtSecret.`,
        cause,
      },
    ),
  );
