// Streams of bytes for tests: made of one buffer in pieces, and gathered again.

/** The bytes in pieces of the given lengths, over and over; an empty list gives them at once. */
export async function* inPieces(bytes: Uint8Array, lengths: readonly number[] = []): AsyncGenerator<Uint8Array, void> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths.length === 0 ? bytes.length : Math.max(1, lengths[turn % lengths.length]!);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** All that a stream gives; rejects with what it throws. */
export async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
