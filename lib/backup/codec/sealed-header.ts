// The first bytes of a sealed backup: what it is, and what its keys are derived with. Every chunk authenticates them.
// The layout is written in docs/backup-format.md; a change of it is a new version, and old ones stay readable.
import { compressions, damagedBackup, type BackupCompression, type BackupSubject } from "./backup-encoding.js";
import { keyIdBytes } from "./backup-key.js";

export interface SealedHeader {
  readonly compression: BackupCompression;
  /** Bytes of content in each chunk but the last. A power of two. */
  readonly chunkBytes: number;
  /** Names the key. 16 hexadecimal digits. */
  readonly keyId: string;
  readonly salt: Uint8Array;
}

// Not text, and with both kinds of line ends: a transfer that changes them shows at once (as PNG's).
const magic = Buffer.from("895445420d0a1a0a", "hex");
const version = 1;
/** As many as the hash of HKDF gives. */
export const saltBytes = 32;
const keyIdStart = 12;
const saltStart = keyIdStart + keyIdBytes;
export const headerBytes = saltStart + saltBytes;

/** A header may not make the reader hold more than this at once. */
const mostChunkExponent = 24;

export function encodeSealedHeader({ compression, chunkBytes, keyId, salt }: SealedHeader): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.set(magic, 0);
  header[8] = version;
  header[9] = compressions.indexOf(compression);
  header[10] = Math.log2(chunkBytes);
  header.write(keyId, keyIdStart, "hex");
  header.set(salt, saltStart);
  return header;
}

/** Throws `database_corrupt` for what is no header. Whether it is true, only the chunks can say. */
export function decodeSealedHeader(header: Buffer, subject: BackupSubject): SealedHeader {
  if (header.length < headerBytes || !header.subarray(0, magic.length).equals(magic)) {
    throw damagedBackup(subject, "it does not begin as a sealed backup does");
  }
  if (header[8] !== version) {
    throw damagedBackup(subject, `its format has version ${header[8]}, and this engine knows ${version}`);
  }
  const compression = compressions[header[9] ?? -1];
  const chunkExponent = header[10] ?? 0;
  if (compression === undefined || chunkExponent > mostChunkExponent || header[11] !== 0) {
    throw damagedBackup(subject, "its header holds values that no engine writes");
  }
  return {
    compression,
    chunkBytes: 2 ** chunkExponent,
    keyId: header.subarray(keyIdStart, saltStart).toString("hex"),
    salt: header.subarray(saltStart),
  };
}
