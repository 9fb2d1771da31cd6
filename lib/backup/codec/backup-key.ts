// The keys that backups are sealed with: read from what a caller gives, never shown, never stored.
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { ok, refuse, type Result } from "../../base/result.js";
import type { EngineError } from "../../base/errors.js";

/** A key, and the name by which a sealed backup tells which one it needs. */
export interface BackupKey {
  /** Not bytes: a key that lands in a log by mistake shows nothing. */
  readonly secret: KeyObject;
  /** 16 hexadecimal digits. Says nothing of the key. */
  readonly id: string;
}

/** What opens one sealed backup. */
export interface FileKeys {
  readonly secret: KeyObject;
  readonly noncePrefix: Buffer;
}

/** AES-256. */
const keyBytes = 32;
/** Tells the few keys of one installation apart. */
export const keyIdBytes = 8;
/** With the counter's four bytes and the mark of the last chunk: the twelve bytes of a GCM nonce. */
export const noncePrefixBytes = 7;

/**
 * The key that a caller gave: 32 bytes, or the same as 64 hexadecimal digits or as base64. `request_invalid` naming the
 * parameter. Passwords are refused: they hold too little to withstand a search by whoever has the backup.
 */
export function readBackupKey(given: unknown, parameter: string): Result<BackupKey, EngineError> {
  const bytes = given instanceof Uint8Array ? given : typeof given === "string" ? readKeyText(given) : undefined;
  if (bytes?.length !== keyBytes) {
    return refuse(
      "request_invalid",
      { parameter },
      {
        message: `${parameter} is a key of ${keyBytes} random bytes, as bytes, as ${2 * keyBytes} hexadecimal digits or as base64; make one with "openssl rand -hex ${keyBytes}". A password is none.`,
      },
    );
  }
  const secret = createSecretKey(bytes);
  const id = Buffer.from(hkdfSync("sha256", secret, "", "tenant-engine backup key id", keyIdBytes)).toString("hex");
  return ok({ secret, id });
}

function readKeyText(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  // 32 bytes are 43 characters, in either alphabet, with or without the sign that fills up to 44.
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** The keys of one sealed backup. A salt of its own makes that no nonce is ever used twice under one key. */
export function deriveFileKeys(key: BackupKey, salt: Uint8Array, binding: string): FileKeys {
  const derived = Buffer.from(
    hkdfSync("sha256", key.secret, salt, `tenant-engine sealed backup 1 ${binding}`, keyBytes + noncePrefixBytes),
  );
  return { secret: createSecretKey(derived.subarray(0, keyBytes)), noncePrefix: derived.subarray(keyBytes) };
}
