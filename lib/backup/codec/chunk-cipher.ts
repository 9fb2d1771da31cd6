// One chunk of a sealed backup, encrypted and back. The nonce counts the chunks and marks the last one: so a chunk
// opens only in its own place, and only a stream with its own end opens whole (the STREAM construction).
import { createCipheriv, createDecipheriv } from "node:crypto";
import { noncePrefixBytes, type FileKeys } from "./backup-key.js";

/** The authentication tag of GCM in full length. */
export const tagBytes = 16;

// The counter has four bytes.
export const mostChunks = 2 ** 32;

const cipherName = "aes-256-gcm";

/** Where a chunk stands. */
export interface ChunkPlace {
  /** From zero on. */
  readonly index: number;
  readonly isLast: boolean;
}

/** The chunk with its tag behind it. */
export function sealChunk(keys: FileKeys, header: Buffer, place: ChunkPlace, content: Uint8Array): Buffer {
  const cipher = createCipheriv(cipherName, keys.secret, nonceOf(keys, place), { authTagLength: tagBytes });
  cipher.setAAD(header);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** The content, or undefined when a single bit of chunk, header or place is not what was sealed. */
export function openChunk(keys: FileKeys, header: Buffer, place: ChunkPlace, sealed: Buffer): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv(cipherName, keys.secret, nonceOf(keys, place), { authTagLength: tagBytes });
  decipher.setAAD(header);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const content = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    // Only here the tag is compared; what came before must not leave this function without it.
    return Buffer.concat([content, decipher.final()]);
  } catch {
    return undefined;
  }
}

function nonceOf({ noncePrefix }: FileKeys, { index, isLast }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(noncePrefixBytes + 5);
  nonce.set(noncePrefix, 0);
  nonce.writeUInt32BE(index, noncePrefixBytes);
  nonce[noncePrefixBytes + 4] = isLast ? 1 : 0;
  return nonce;
}
