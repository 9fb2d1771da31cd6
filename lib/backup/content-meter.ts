// Counts and hashes bytes on their way, and holds them against what a manifest promises.
import { createHash } from "node:crypto";
import { damagedBackup, type BackupSubject } from "./codec/backup-encoding.js";
import type { ContentMark } from "./manifest/backup-manifest.js";

/** Content on its way, and what it was once it has passed. */
export interface MeteredContent {
  readonly content: AsyncIterable<Uint8Array>;
  /** Of what has passed so far. Once: the hash ends with it. */
  mark(): ContentMark;
}

/** `onPassed` hears of each piece, in bytes so far. */
export function metered(source: AsyncIterable<Uint8Array>, onPassed?: (bytes: number) => void): MeteredContent {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const pass = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      hash.update(piece);
      sizeBytes += piece.length;
      yield piece;
      onPassed?.(sizeBytes);
    }
  };
  return { content: pass(), mark: () => ({ sizeBytes, sha256: hash.digest("hex") }) };
}

/**
 * The same content, ended by `database_corrupt` as soon as it is more than promised, and at its end when it is less or other:
 * whoever writes it down never takes it for whole, nor who counts its bytes, because the last piece is held back until the
 * hash is known. `what` begins the reason.
 */
export async function* asPromised(
  source: AsyncIterable<Uint8Array>,
  promised: ContentMark,
  subject: BackupSubject,
  what: string,
): AsyncGenerator<Uint8Array> {
  const meter = metered(source);
  let passed = 0;
  let last: Uint8Array | undefined;
  for await (const piece of meter.content) {
    passed += piece.length;
    if (passed > promised.sizeBytes) throw damagedBackup(subject, `${what} is longer than its manifest says`);
    if (piece.length === 0) continue;
    if (last !== undefined) yield last;
    last = piece;
  }
  const { sizeBytes, sha256 } = meter.mark();
  if (sizeBytes < promised.sizeBytes) {
    throw damagedBackup(subject, `${what} is cut off: ${sizeBytes} of ${promised.sizeBytes} bytes are there`);
  }
  if (sha256 !== promised.sha256) throw damagedBackup(subject, `${what} is not what was stored: its hash differs`);
  if (last !== undefined) yield last;
}
