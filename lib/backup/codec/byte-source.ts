// Reads a stream in pieces of a wanted length. Must never hold more than one piece and what the stream gave last.

/** Where bytes come from, in pieces of any length. */
export type ByteStream = AsyncIterable<Uint8Array>;

export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #hasEnded = false;

  constructor(stream: ByteStream) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** The next `length` bytes; fewer only at the end, then none. Rejects with what the stream throws. */
  async read(length: number): Promise<Buffer> {
    const piece = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0 && !(await this.#refill())) break;
      const taken = this.#rest.subarray(0, length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return piece.subarray(0, filled);
  }

  /** Lets go of the stream, wherever it stands. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#iterator.return?.();
  }

  async #refill(): Promise<boolean> {
    if (this.#hasEnded) return false;
    const next = await this.#iterator.next();
    if (next.done === true) {
      this.#hasEnded = true;
      return false;
    }
    this.#rest = next.value;
    return true;
  }
}
