// Objects of a store that are read whole: manifests and proofs.
import { EngineError, isEngineError } from "../../base/errors.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { BackupStore } from "../store/backup-store.js";

// A manifest has one line for each table: a hundred thousand of them fit.
const mostBytes = 8 * 1_048_576;

/** The object's bytes. `backup_not_found`; `payload_too_large` when it is no small one. */
export async function readSmall(store: BackupStore, key: string): Outcome<Uint8Array> {
  const got = await store.get(key);
  if (got.isErr()) return err(got.error);
  try {
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const piece of got.value) {
      sizeBytes += piece.length;
      if (sizeBytes > mostBytes) return err(new EngineError("payload_too_large", { limitBytes: mostBytes }));
      pieces.push(piece);
    }
    return ok(Buffer.concat(pieces));
  } catch (thrown) {
    if (isEngineError(thrown)) return err(thrown);
    throw thrown;
  }
}

/** Undefined for what is no JSON. */
export function parseJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content)) as unknown;
  } catch {
    return undefined;
  }
}
