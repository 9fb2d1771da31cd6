// From a database's file to the bytes that a store keeps, and back: compressed, then sealed. Streams both ways in
// bounded memory. Must never hand on sealed content that is not authenticated, nor take an unsealed backup for a sealed one.
import { readCallOptions } from "../../base/call-options.js";
import { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import {
  compressions,
  damagedBackup,
  type BackupCompression,
  type BackupEncoding,
  type BackupSubject,
} from "./backup-encoding.js";
import { readBackupKey, type BackupKey } from "./backup-key.js";
import type { ByteStream } from "./byte-source.js";
import { compress, compressionProblem, decompress } from "./compression.js";
import { openSealed } from "./open-sealed.js";
import { sealContent } from "./seal-content.js";

/** Seals backups with AES-256-GCM. Whoever loses the key loses the backups: keep it where they are not. */
export interface BackupEncryption {
  /** 32 random bytes, as bytes, as 64 hexadecimal digits or as base64. Make one with `openssl rand -hex 32`. No password. */
  readonly key: Uint8Array | string;
  /** Keys of before: what was sealed with one of them can still be read. */
  readonly previousKeys?: readonly (Uint8Array | string)[];
  /**
   * Whether backups that are not sealed can still be read. Default false: else whoever can write to the store could put
   * one of his own making in the place of a sealed one. True while backups of before the first key are kept.
   */
  readonly acceptUnsealed?: boolean;
}

/** How backups are stored. */
export interface BackupCodecOptions {
  /** Default `none`: a backup is then a plain SQLite file. `zstd` needs Node 22.15 or newer. */
  readonly compression?: BackupCompression;
  /** Default: backups are not sealed. */
  readonly encryption?: BackupEncryption;
}

/** What the manifest says of the stored bytes. */
export interface StoredContent {
  readonly subject: BackupSubject;
  readonly encoding: BackupEncoding;
  /** Bytes of the database's file. */
  readonly sizeBytes: number;
}

/** Encodes by its options and decodes what any engine with these keys has encoded. */
export interface BackupCodec {
  /** How `encode` encodes. */
  readonly encoding: BackupEncoding;
  /** The bytes to be stored. Throws what `content` throws. */
  encode(content: ByteStream, subject: BackupSubject): ByteStream;
  /**
   * The content again. Pieces may be used only after the stream has ended without an error: it throws
   * `database_corrupt` for damage, `request_invalid` for a missing key, a missing zstd, or an unsealed backup that is
   * not accepted, and what `stored` throws.
   */
  decode(stored: ByteStream, content: StoredContent): ByteStream;
}

// Rotated once a month for five years; each is tried by its name, so more would cost nothing but the room.
const mostPreviousKeys = 64;

/** `request_invalid` naming the option. */
export function createBackupCodec(options: BackupCodecOptions = {}): Result<BackupCodec, EngineError> {
  const read = readCallOptions(options, { compression: "any", encryption: "any" });
  if (read.isErr()) return err(read.error);
  const { compression = "none", encryption } = read.value;
  if (!compressions.includes(compression)) {
    return invalid("compression", `compression is one of ${compressions.join(", ")}.`);
  }
  const problem = compressionProblem(compression);
  if (problem) return err(problem);
  const keys = encryption === undefined ? ok(undefined) : readEncryption(encryption);
  return keys.map((keys) => new EncodingCodec(compression, keys));
}

interface SealingKeys {
  readonly key: BackupKey;
  /** The one to seal with, then those of before. */
  readonly all: readonly BackupKey[];
  readonly acceptUnsealed: boolean;
}

function readEncryption(encryption: BackupEncryption): Result<SealingKeys, EngineError> {
  const read = readCallOptions(encryption, { key: "any", previousKeys: "any", acceptUnsealed: "boolean" });
  if (read.isErr()) return invalid("encryption", `encryption: ${read.error.message}`);
  const { key: given, previousKeys = [], acceptUnsealed = false } = read.value;
  const key = readBackupKey(given, "encryption.key");
  if (key.isErr()) return err(key.error);
  if (!Array.isArray(previousKeys) || previousKeys.length > mostPreviousKeys) {
    return invalid("encryption.previousKeys", `encryption.previousKeys is a list of at most ${mostPreviousKeys} keys.`);
  }
  const all = [key.value];
  for (const [index, previous] of previousKeys.entries()) {
    const former = readBackupKey(previous, `encryption.previousKeys[${index}]`);
    if (former.isErr()) return err(former.error);
    all.push(former.value);
  }
  return ok({ key: key.value, all, acceptUnsealed });
}

class EncodingCodec implements BackupCodec {
  readonly encoding: BackupEncoding;
  readonly #keys: SealingKeys | undefined;

  constructor(compression: BackupCompression, keys: SealingKeys | undefined) {
    this.encoding = { compression, encryption: keys ? "aes-256-gcm" : "none" };
    this.#keys = keys;
  }

  encode(content: ByteStream, subject: BackupSubject): ByteStream {
    const { compression } = this.encoding;
    const compressed = compress(content, compression);
    return this.#keys ? sealContent(compressed, { key: this.#keys.key, subject, compression }) : compressed;
  }

  async *decode(stored: ByteStream, { encoding, subject, sizeBytes }: StoredContent): AsyncGenerator<Uint8Array, void> {
    const { compression } = encoding;
    const problem = compressionProblem(compression);
    if (problem) throw problem;
    const compressed =
      encoding.encryption === "none" ? this.#plain(stored, subject) : this.#open(stored, encoding, subject);
    let left = sizeBytes;
    for await (const piece of decompress(compressed, compression, subject)) {
      left -= piece.length;
      // A few bytes of compressed data can stand for a disk full of zeros.
      if (left < 0) throw damagedBackup(subject, `it holds more than the ${sizeBytes} bytes of its manifest`);
      yield piece;
    }
    if (left > 0) throw damagedBackup(subject, `${left} of the ${sizeBytes} bytes of its manifest are missing`);
  }

  #plain(stored: ByteStream, { id, database }: BackupSubject): ByteStream {
    if (!this.#keys || this.#keys.acceptUnsealed) return stored;
    const message = `Backup "${id}" of database "${database}" is not sealed, but this engine seals its backups, so somebody else may have put it there. If it is from before the first key, set encryption.acceptUnsealed.`;
    throw new EngineError("request_invalid", { parameter: "encryption.acceptUnsealed" }, { message });
  }

  #open(stored: ByteStream, { compression }: BackupEncoding, subject: BackupSubject): ByteStream {
    return openSealed(stored, { keys: this.#keys?.all ?? [], subject, compression });
  }
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });
