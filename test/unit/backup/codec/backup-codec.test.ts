// The codec's options, its refusals, and the very bytes of the format, so that later versions stay able to read them.
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  createBackupCodec,
  type BackupCodecOptions,
  type StoredContent,
} from "../../../../lib/backup/codec/backup-codec.js";
import { readBackupKey } from "../../../../lib/backup/codec/backup-key.js";
import { openSealed } from "../../../../lib/backup/codec/open-sealed.js";
import { sealContent } from "../../../../lib/backup/codec/seal-content.js";
import { gather, inPieces } from "../../../support/byte-streams.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const subject = { id: "b1", database: "client1" };
const key = randomBytes(32);
const content = Buffer.alloc(10_000, "a record and another ");

const codecOf = (options: BackupCodecOptions = {}) => valueOf(createBackupCodec(options));
const stored = (options: BackupCodecOptions): Promise<Buffer> =>
  gather(codecOf(options).encode(inPieces(content), subject));
const decode = (options: BackupCodecOptions, bytes: Uint8Array, told: Partial<StoredContent>): Promise<Buffer> =>
  gather(
    codecOf(options).decode(inPieces(bytes, [100]), {
      subject,
      encoding: codecOf().encoding,
      sizeBytes: content.length,
      ...told,
    }),
  );
const gzip = { compression: "gzip", encryption: "none" } as const;
const sealed = { compression: "none", encryption: "aes-256-gcm" } as const;

describe("the options", () => {
  it.each([
    ["compression", { compression: "lz4" }],
    ["encryption", { encryption: "secret" }],
    ["encryption", { encryption: { key, passphrase: "x" } }],
    ["encryption.key", { encryption: {} }],
    ["encryption.key", { encryption: { key: "correct horse battery staple" } }],
    ["encryption.key", { encryption: { key: randomBytes(31) } }],
    ["encryption.key", { encryption: { key: "f".repeat(63) } }],
    ["encryption.previousKeys", { encryption: { key, previousKeys: key } }],
    ["encryption.previousKeys[1]", { encryption: { key, previousKeys: [key, ""] } }],
    ["level", { level: 9 }],
  ])("are refused with the name of what is wrong: %s", (parameter, options) => {
    const refused = refusalOf(createBackupCodec(options as BackupCodecOptions), "request_invalid");
    expect(refused.details.parameter).toBe(parameter);
  });

  it("take a key as bytes, digits and base64, all the same", async () => {
    const bytes = await stored({ encryption: { key } });
    for (const text of [
      key.toString("hex"),
      key.toString("hex").toUpperCase(),
      key.toString("base64"),
      key.toString("base64url"),
    ]) {
      expect(await decode({ encryption: { key: text } }, bytes, { encoding: sealed })).toEqual(content);
    }
  });

  it("never show the key, neither in an error nor in what a logger prints of the codec", () => {
    const text = "0123456789abcdef".repeat(3);
    const refused = refusalOf(createBackupCodec({ encryption: { key: text } }), "request_invalid");
    expect(inspect(refused, { depth: 9 })).not.toContain(text);
    const shown = inspect(valueOf(readBackupKey(key, "key")), { depth: 9, showHidden: true });
    expect(shown).not.toContain(key.toString("hex"));
  });
});

describe("what is stored", () => {
  it("is the plain file without options, and a common gzip file with gzip", async () => {
    expect(await stored({})).toEqual(content);
    const zipped = await stored({ compression: "gzip" });
    expect(zipped.length).toBeLessThan(500);
    expect(zlib.gunzipSync(zipped)).toEqual(content);
  });

  it("shows nothing of a sealed content", async () => {
    const bytes = await stored({ encryption: { key } });
    expect(bytes.includes("record")).toBe(false);
    expect((await stored({ encryption: { key } })).equals(bytes)).toBe(false);
  });

  it("can be read after a change of keys", async () => {
    const bytes = await stored({ encryption: { key } });
    const changed = { encryption: { key: randomBytes(32), previousKeys: [randomBytes(32), key] } };
    expect(await decode(changed, bytes, { encoding: sealed })).toEqual(content);
    await expect(decode({ encryption: { key: randomBytes(32) } }, bytes, { encoding: sealed })).rejects.toMatchObject({
      code: "request_invalid",
      details: { parameter: "encryption.key" },
    });
  });

  it("is refused unsealed by an engine that seals, unless that is accepted", async () => {
    const sealing = (acceptUnsealed: boolean): BackupCodecOptions => ({ encryption: { key, acceptUnsealed } });
    await expect(decode(sealing(false), content, {})).rejects.toMatchObject({
      code: "request_invalid",
      details: { parameter: "encryption.acceptUnsealed" },
    });
    expect(await decode(sealing(true), content, {})).toEqual(content);
    // What claims to be sealed must be.
    await expect(decode(sealing(true), content, { encoding: sealed })).rejects.toMatchObject({
      code: "database_corrupt",
    });
  });

  it.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, -9)],
    ["empty", () => Buffer.alloc(0)],
    ["no gzip at all", () => content],
    ["altered", (bytes: Buffer) => bytes.with(20, bytes[20]! ^ 255)],
  ])("is refused as damaged when gzip data is %s", async (_, alter) => {
    const bytes = alter(await stored({ compression: "gzip" }));
    await expect(decode({}, bytes, { encoding: gzip })).rejects.toMatchObject({ code: "database_corrupt" });
  });

  it("is refused when it is longer or shorter than the manifest says, before it fills the disk", async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(50_000_000));
    const codec = codecOf();
    let given = 0;
    const giveAll = async (): Promise<void> => {
      for await (const piece of codec.decode(inPieces(bomb), { subject, encoding: gzip, sizeBytes: 100_000 })) {
        given += piece.length;
      }
    };
    await expect(giveAll()).rejects.toMatchObject({ code: "database_corrupt" });
    expect(given).toBeLessThanOrEqual(100_000);
    await expect(decode({}, content, { sizeBytes: content.length + 1 })).rejects.toMatchObject({
      code: "database_corrupt",
    });
  });

  it("under another name of its compression is refused once it has proved to be sealed so", async () => {
    const bytes = await stored({ encryption: { key }, compression: "gzip" });
    await expect(decode({ encryption: { key } }, bytes, { encoding: sealed })).rejects.toMatchObject({
      code: "database_corrupt",
      message: expect.stringContaining("another compression"),
    });
  });
});

describe("streams", () => {
  async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
    yield bytes;
    throw new RangeError("the disk is gone");
  }

  it.each([{}, { compression: "gzip" }, { encryption: { key } }] as const)(
    "pass an error of what feeds them on as it is (%#)",
    async (options) => {
      const codec = codecOf(options);
      await expect(gather(codec.encode(failing(content), subject))).rejects.toThrow("the disk is gone");
      const bytes = await stored(options);
      const half = failing(bytes.subarray(0, bytes.length >> 1));
      const decoded = codec.decode(half, { subject, encoding: codec.encoding, sizeBytes: content.length });
      await expect(gather(decoded)).rejects.toThrow("the disk is gone");
    },
  );

  it("let go of what feeds them when their reader leaves", async () => {
    for (const options of [{}, { compression: "gzip" }, { encryption: { key } }] as const) {
      let isClosed = false;
      const endless = async function* (): AsyncGenerator<Uint8Array, void> {
        try {
          for (;;) yield randomBytes(65_536);
        } finally {
          isClosed = true;
        }
      };
      for await (const piece of codecOf(options).encode(endless(), subject)) if (piece.length > 100) break;
      await expect.poll(() => isClosed).toBe(true);
    }
  });

  it("hold a bounded part of a long content", async () => {
    const codec = codecOf({ compression: "gzip", encryption: { key } });
    let fed = 0;
    const long = async function* (): AsyncGenerator<Uint8Array, void> {
      for (; fed < 16_000_000; fed += 64_000) yield randomBytes(64_000);
    };
    let stored = 0;
    let ahead = 0;
    for await (const piece of codec.encode(long(), subject)) {
      stored += piece.length;
      // Random bytes do not shrink: what was fed and is not stored is held somewhere.
      ahead = Math.max(ahead, fed - stored);
    }
    expect(ahead).toBeLessThan(2_000_000);
  });
});

describe("zstd", () => {
  it("works where this Node has it and is refused with the reason elsewhere", async () => {
    const zstd = { compression: "zstd", encryption: "none" } as const;
    if ("createZstdCompress" in zlib) {
      const bytes = await stored({ compression: "zstd" });
      expect(bytes.length).toBeLessThan(500);
      expect(await decode({}, bytes, { encoding: zstd })).toEqual(content);
      await expect(decode({}, bytes.subarray(0, -5), { encoding: zstd })).rejects.toMatchObject({
        code: "database_corrupt",
      });
    } else {
      const refused = refusalOf(createBackupCodec({ compression: "zstd" }), "request_invalid");
      expect(refused.message).toContain("22.15");
      await expect(decode({}, content, { encoding: zstd })).rejects.toMatchObject({ code: "request_invalid" });
    }
  });
});

describe("the format", () => {
  // Written by version 1 of the format: what any later engine must still read. Never to be changed.
  const known = {
    key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    salt: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
    content: "The quick brown fox jumps over the lazy dog",
    sealed:
      "895445420d0a1a0a010004006068843c744b0786808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f" +
      "cf41b4bcc80f73267686bb0d75bd9470d42e9f23371d924943eaad32af84bf70" +
      "8849df3949571ed79e53eb763ae3843608fec53dc713f6f87c4e6fc4d94f76cb" +
      "b27703d76836f36f99bc8dad4dd3c56b82ecbb13f0806a466a9f85",
  };
  const knownKey = valueOf(readBackupKey(known.key, "key"));

  it("writes the known bytes for known input", async () => {
    const bytes = await gather(
      sealContent(inPieces(Buffer.from(known.content)), {
        key: knownKey,
        subject,
        compression: "none",
        chunkBytes: 16,
        random: () => Buffer.from(known.salt, "hex"),
      }),
    );
    expect(bytes.toString("hex")).toBe(known.sealed);
  });

  it("reads the known bytes", async () => {
    const bytes = Buffer.from(known.sealed, "hex");
    const opened = await gather(openSealed(inPieces(bytes), { keys: [knownKey], subject, compression: "none" }));
    expect(opened.toString()).toBe(known.content);
  });
});
