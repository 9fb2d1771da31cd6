// Content into a sealed backup: a header, then chunks, each encrypted and authenticated. Holds two chunks at a time.
import { randomBytes } from "node:crypto";
import { EngineError } from "../../base/errors.js";
import type { RandomBytes } from "../../base/ids.js";
import type { BackupCompression, BackupSubject } from "./backup-encoding.js";
import { deriveFileKeys, type BackupKey } from "./backup-key.js";
import { ByteSource, type ByteStream } from "./byte-source.js";
import { mostChunks, sealChunk } from "./chunk-cipher.js";
import { encodeSealedHeader, saltBytes } from "./sealed-header.js";

export interface SealOptions {
  readonly key: BackupKey;
  readonly subject: BackupSubject;
  /** How the content was compressed before; the reader is told. */
  readonly compression: BackupCompression;
  /** A power of two. Default 65,536: a tag costs 0.02 %, and opening one chunk blocks for some 50 µs. */
  readonly chunkBytes?: number;
  /** Default: the system's source. */
  readonly random?: RandomBytes;
}

const defaultChunkBytes = 65_536;

/** What a key is bound to beside the salt: the subject, its parts kept apart. */
export const bindingOf = ({ database, id }: BackupSubject): string => JSON.stringify([database, id]);

export async function* sealContent(content: ByteStream, options: SealOptions): AsyncGenerator<Uint8Array, void> {
  const { key, subject, compression, chunkBytes = defaultChunkBytes, random = randomBytes } = options;
  const salt = random(saltBytes);
  const header = encodeSealedHeader({ compression, chunkBytes, keyId: key.id, salt });
  const keys = deriveFileKeys(key, salt, bindingOf(subject));
  const source = new ByteSource(content);
  try {
    yield header;
    let chunk = await source.read(chunkBytes);
    for (let index = 0; index < mostChunks; index += 1) {
      const next = await source.read(chunk.length < chunkBytes ? 0 : chunkBytes);
      const isLast = next.length === 0;
      yield sealChunk(keys, header, { index, isLast }, chunk);
      if (isLast) return;
      chunk = next;
    }
    // 256 TiB at the default size of a chunk: SQLite's files end at 281 TB, so this is a bug or a stream without end.
    throw new EngineError(
      "storage_failed",
      { name: subject.database },
      { message: "The content is too long to seal." },
    );
  } finally {
    await source.close();
  }
}
