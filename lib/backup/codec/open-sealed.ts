// A sealed backup back into its content. Hands on only what has been authenticated, and ends without an error only
// after the chunk that was sealed as the last one. Holds two chunks at a time.
import { EngineError } from "../../base/errors.js";
import { damagedBackup, type BackupCompression, type BackupSubject } from "./backup-encoding.js";
import { deriveFileKeys, type BackupKey } from "./backup-key.js";
import { ByteSource, type ByteStream } from "./byte-source.js";
import { mostChunks, openChunk, tagBytes } from "./chunk-cipher.js";
import { bindingOf } from "./seal-content.js";
import { decodeSealedHeader, headerBytes } from "./sealed-header.js";

export interface OpenSealedOptions {
  /** The backup names the one that it needs. */
  readonly keys: readonly BackupKey[];
  readonly subject: BackupSubject;
  /** What the content must have been compressed with, so that nothing else is made of it. */
  readonly compression: BackupCompression;
}

/**
 * Throws `request_invalid` (parameter `encryption.key`) when none of the keys is the one that it was sealed with, and
 * `database_corrupt` for anything altered, cut off, moved, doubled, or sealed for another backup.
 */
export async function* openSealed(sealed: ByteStream, options: OpenSealedOptions): AsyncGenerator<Uint8Array, void> {
  const { keys, subject, compression } = options;
  const source = new ByteSource(sealed);
  try {
    const header = await source.read(headerBytes);
    const told = decodeSealedHeader(header, subject);
    const key = keys.find(({ id }) => id === told.keyId);
    if (key === undefined) throw missingKey(subject, told.keyId);
    const fileKeys = deriveFileKeys(key, told.salt, bindingOf(subject));
    const sealedBytes = told.chunkBytes + tagBytes;
    let chunk = await source.read(sealedBytes);
    for (let index = 0; index < mostChunks; index += 1) {
      const next = await source.read(chunk.length < sealedBytes ? 0 : sealedBytes);
      const isLast = next.length === 0;
      const content = openChunk(fileKeys, header, { index, isLast }, chunk);
      if (content === undefined) throw damagedBackup(subject, `chunk ${index} is not what was sealed`);
      // The header is true from here on: this chunk has authenticated it.
      if (told.compression !== compression) throw damagedBackup(subject, "its manifest names another compression");
      yield content;
      if (isLast) return;
      chunk = next;
    }
    throw damagedBackup(subject, "it has more chunks than any engine writes");
  } finally {
    await source.close();
  }
}

function missingKey({ id, database }: BackupSubject, keyId: string): EngineError {
  const message = `Backup "${id}" of database "${database}" was sealed with the key of id ${keyId}, which was not given; pass it as encryption.key, or among encryption.previousKeys.`;
  return new EngineError("request_invalid", { parameter: "encryption.key" }, { message });
}
