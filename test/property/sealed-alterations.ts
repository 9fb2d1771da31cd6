// What somebody who can write to the store may do to a sealed backup, and which of it a reader falls for.
import { isEngineError } from "../../lib/base/errors.js";

/** How one format lays its bytes out, and how it reads them back: rejects what it refuses. */
export interface SealedReader {
  readonly headerBytes: number;
  readonly sealedChunkBytes: number;
  read(sealed: Buffer): Promise<Buffer>;
}

/** One way to tamper: a name to report, and the bytes after it. */
interface Alteration {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every single bit that can be flipped. */
export function* bitFlips(sealed: Buffer): Generator<Alteration> {
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const bytes = Buffer.from(sealed);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    yield { name: `bit ${bit} flipped`, bytes };
  }
}

/** Every length that it can be cut to, and some that it can be grown to. */
export function* lengthChanges(sealed: Buffer): Generator<Alteration> {
  for (let length = 0; length < sealed.length; length += 1) {
    yield { name: `cut to ${length}`, bytes: sealed.subarray(0, length) };
  }
  for (const more of [1, 16, sealed.length]) {
    yield { name: `grown by ${more}`, bytes: Buffer.concat([sealed, Buffer.alloc(more)]) };
  }
}

/** Chunks swapped, left out, doubled, and taken from another backup of the same key. */
export function* chunkMoves(sealed: Buffer, other: Buffer, reader: SealedReader): Generator<Alteration> {
  const [header, ...chunks] = chunksOf(sealed, reader);
  const [otherHeader, ...otherChunks] = chunksOf(other, reader);
  const whole = (parts: readonly Buffer[], head = header!): Buffer => Buffer.concat([head, ...parts]);
  for (const [at, chunk] of chunks.entries()) {
    for (let to = at + 1; to < chunks.length; to += 1) {
      yield { name: `chunks ${at} and ${to} swapped`, bytes: whole(chunks.with(at, chunks[to]!).with(to, chunk)) };
    }
    yield { name: `chunk ${at} left out`, bytes: whole(chunks.toSpliced(at, 1)) };
    yield { name: `chunk ${at} doubled`, bytes: whole(chunks.toSpliced(at, 0, chunk)) };
    const stranger = otherChunks[at];
    if (stranger) yield { name: `chunk ${at} of another`, bytes: whole(chunks.with(at, stranger)) };
  }
  yield { name: "all chunks of another", bytes: whole(otherChunks) };
  yield { name: "the header of another", bytes: whole(chunks, otherHeader) };
  yield { name: "another behind it", bytes: Buffer.concat([sealed, ...otherChunks]) };
}

function chunksOf(sealed: Buffer, { headerBytes, sealedChunkBytes }: SealedReader): readonly Buffer[] {
  const parts = [sealed.subarray(0, headerBytes)];
  for (let at = headerBytes; at < sealed.length; at += sealedChunkBytes) {
    parts.push(sealed.subarray(at, at + sealedChunkBytes));
  }
  return parts;
}

/** The alterations that the reader took for a whole backup, or that it refused without a typed error. */
export async function acceptedOf(alterations: Iterable<Alteration>, reader: SealedReader): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (const { name, bytes } of alterations) {
    try {
      await reader.read(bytes);
      accepted.push(name);
    } catch (thrown) {
      const isTyped = isEngineError(thrown) && ["database_corrupt", "request_invalid"].includes(thrown.code);
      if (!isTyped) accepted.push(`${name}: ${String(thrown)}`);
    }
  }
  return accepted;
}
