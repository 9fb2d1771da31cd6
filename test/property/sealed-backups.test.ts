// Sealed backups: what goes in comes out, and nothing that was tampered with is ever taken for whole. The same
// harness must catch two formats that are weaker by one thought each.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../lib/base/errors.js";
import { createBackupCodec, type BackupCodecOptions } from "../../lib/backup/codec/backup-codec.js";
import { readBackupKey } from "../../lib/backup/codec/backup-key.js";
import { openSealed } from "../../lib/backup/codec/open-sealed.js";
import { sealContent } from "../../lib/backup/codec/seal-content.js";
import { headerBytes } from "../../lib/backup/codec/sealed-header.js";
import { gather, inPieces } from "../support/byte-streams.js";
import { testSeed } from "../support/random.js";
import { valueOf } from "../support/unwrap.js";
import { acceptedOf, bitFlips, chunkMoves, lengthChanges, type SealedReader } from "./sealed-alterations.js";

const seed = testSeed("sealed-backups");
const subject = { id: "b1", database: "client1" };
const key = valueOf(readBackupKey(randomBytes(32), "key"));
// Small, so that every bit of several chunks can be tried.
const chunkBytes = 32;

const seal = (content: Uint8Array, lengths?: readonly number[]): Promise<Buffer> =>
  gather(sealContent(inPieces(content, lengths), { key, subject, compression: "none", chunkBytes }));

const reader: SealedReader = {
  headerBytes,
  sealedChunkBytes: chunkBytes + 16,
  read: (sealed) => gather(openSealed(inPieces(sealed, [7]), { keys: [key], subject, compression: "none" })),
};

/** The controls: AES-GCM with a counter but no mark on the last chunk, and with neither. */
function weakFormat(nonceOf: (index: number) => Buffer): SealedReader & { seal(content: Buffer): Buffer } {
  const secret = randomBytes(32);
  const sealedChunkBytes = chunkBytes + 16;
  return {
    headerBytes: 0,
    sealedChunkBytes,
    seal(content) {
      const parts: Buffer[] = [];
      for (let at = 0, index = 0; at < content.length; at += chunkBytes, index += 1) {
        const cipher = createCipheriv("aes-256-gcm", secret, nonceOf(index));
        parts.push(cipher.update(content.subarray(at, at + chunkBytes)), cipher.final(), cipher.getAuthTag());
      }
      return Buffer.concat(parts);
    },
    async read(sealed) {
      const parts: Buffer[] = [];
      for (let at = 0, index = 0; at < sealed.length; at += sealedChunkBytes, index += 1) {
        const chunk = sealed.subarray(at, at + sealedChunkBytes);
        const decipher = createDecipheriv("aes-256-gcm", secret, nonceOf(index), { authTagLength: 16 });
        try {
          decipher.setAuthTag(chunk.subarray(-16));
          parts.push(decipher.update(chunk.subarray(0, -16)), decipher.final());
        } catch {
          throw new EngineError("database_corrupt", { name: "", reason: "" });
        }
      }
      return Buffer.concat(parts);
    },
  };
}
const counted = (index: number): Buffer => Buffer.from(index.toString(16).padStart(24, "0"), "hex");
const content = randomBytes(3 * chunkBytes + 5);

describe("a sealed backup", () => {
  it("comes back as it was, at and around every border of chunks and whatever pieces it arrives in", async () => {
    const nearBorder = fc
      .tuple(fc.nat(4), fc.integer({ min: -1, max: 1 }))
      .map(([chunks, beside]) => Math.max(0, chunks * chunkBytes + beside));
    const lengths = fc.array(fc.integer({ min: 1, max: 3 * chunkBytes }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(nearBorder, fc.nat(200)), lengths, lengths, async (size, written, readBack) => {
        const original = randomBytes(size);
        const sealed = await seal(original, written);
        // A full last chunk is the last one: no empty one follows it.
        expect(sealed.length).toBe(headerBytes + size + 16 * Math.max(1, Math.ceil(size / chunkBytes)));
        const opened = openSealed(inPieces(sealed, readBack), { keys: [key], subject, compression: "none" });
        expect((await gather(opened)).equals(original)).toBe(true);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("is refused after any single flipped bit", async () => {
    expect(await acceptedOf(bitFlips(await seal(content)), reader)).toEqual([]);
  });

  it.each([3 * chunkBytes, 3 * chunkBytes + 5])("of %i bytes is refused at any other length", async (size) => {
    expect(await acceptedOf(lengthChanges(await seal(content.subarray(0, size))), reader)).toEqual([]);
  });

  it("is refused with its chunks moved, left out, doubled, or taken from another of the same key", async () => {
    for (const size of [3 * chunkBytes, 3 * chunkBytes + 5, 2 * chunkBytes]) {
      const [sealed, other] = [await seal(content.subarray(0, size)), await seal(randomBytes(size))];
      expect(await acceptedOf(chunkMoves(sealed, other, reader), reader)).toEqual([]);
    }
  });

  it("is refused under another key and as another backup's", async () => {
    const sealed = await seal(content);
    const strangers = [valueOf(readBackupKey(randomBytes(32), "key"))];
    const readAs = (keys: readonly (typeof key)[], named: typeof subject): Promise<Buffer> =>
      gather(openSealed(inPieces(sealed), { keys, subject: named, compression: "none" }));
    await expect(readAs(strangers, subject)).rejects.toMatchObject({
      code: "request_invalid",
      details: { parameter: "encryption.key" },
    });
    await expect(readAs([], subject)).rejects.toMatchObject({ code: "request_invalid" });
    for (const named of [
      { ...subject, id: "b2" },
      { ...subject, database: "client2" },
      { id: "", database: "client1b1" },
    ]) {
      await expect(readAs([key], named)).rejects.toMatchObject({ code: "database_corrupt" });
    }
    // The control: with its own key among others, and as itself, it opens.
    expect((await readAs([...strangers, key], subject)).equals(content)).toBe(true);
  });

  it("hands nothing on before it is authenticated, and does not end where it was cut", async () => {
    const sealed = await seal(content);
    sealed[headerBytes + (chunkBytes + 16) + 3]! ^= 1;
    const seen: Uint8Array[] = [];
    const opened = openSealed(inPieces(sealed), { keys: [key], subject, compression: "none" });
    await expect(
      (async () => {
        for await (const piece of opened) seen.push(piece);
      })(),
    ).rejects.toMatchObject({ code: "database_corrupt" });
    expect(Buffer.concat(seen).equals(content.subarray(0, chunkBytes))).toBe(true);
  });
});

describe("the harness", () => {
  it("catches a format without the mark of the last chunk (control)", async () => {
    const weak = weakFormat(counted);
    const sealed = weak.seal(content.subarray(0, 3 * chunkBytes));
    expect(await acceptedOf(bitFlips(sealed), weak)).toEqual([]);
    expect(await acceptedOf(lengthChanges(sealed), weak)).toContain(`cut to ${2 * (chunkBytes + 16)}`);
  });

  it("catches a format without a counter (control)", async () => {
    const weak = weakFormat(() => Buffer.alloc(12));
    const moves = chunkMoves(weak.seal(content), weak.seal(randomBytes(100)), weak);
    expect(await acceptedOf(moves, weak)).toEqual(
      expect.arrayContaining(["chunks 0 and 1 swapped", "chunk 0 doubled", "chunk 0 of another"]),
    );
  });
});

describe("the codec", () => {
  const all: readonly BackupCodecOptions[] = [
    {},
    { compression: "gzip" },
    { encryption: { key: randomBytes(32) } },
    { compression: "gzip", encryption: { key: randomBytes(32) } },
  ];

  it.each(all)("gives back what it was given (%#)", async (options) => {
    const codec = valueOf(createBackupCodec(options));
    // Around the border of the real chunks; half of it can be compressed.
    const sizes = fc.oneof(fc.nat(2_000), fc.constantFrom(65_535, 65_536, 65_537, 131_072));
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 3 }),
        async (size, lengths) => {
          const original = Buffer.concat([randomBytes(size >> 1), Buffer.alloc(size - (size >> 1), "record")]);
          const stored = await gather(codec.encode(inPieces(original, lengths), subject));
          const decoded = codec.decode(inPieces(stored, lengths), {
            subject,
            encoding: codec.encoding,
            sizeBytes: size,
          });
          expect((await gather(decoded)).equals(original)).toBe(true);
        },
      ),
      { seed, numRuns: 30 },
    );
  });
});
