// How large one database may become. SQLite itself keeps the limit, on the writer's connection; here it is set, lifted for
// what makes room, and told from a disk that is full. Sets nothing on connections that only read.
import { EngineError } from "../../../base/errors.js";
import type { DriverError } from "../driver.js";
import type { Connection } from "./connection.js";

export interface SizeLimitParts {
  /** The database, for messages. */
  readonly name: string;
  readonly pageBytes: number;
  /** The database's own limit; null when it has none. */
  readonly own: number | null;
  /** What holds for a database without its own. */
  readonly fallback: number | null;
  /** What the disk has left, in bytes. */
  readonly freeBytes: () => Promise<number>;
}

// SQLite's own greatest number of pages: https://www.sqlite.org/limits.html, point 12
const mostPages = 4_294_967_294;

// A commit also writes into the log, which is merged from 4 MiB on and may be left with 8; four times the smaller. With
// less than that left, and what the limit still allows, it is the disk that is full.
const spareDiskBytes = 16_777_216;

export class SizeLimit {
  readonly #parts: SizeLimitParts;
  #own: number | null;

  constructor(parts: SizeLimitParts) {
    this.#parts = parts;
    this.#own = parts.own;
  }

  /** The limit that holds, in bytes; null when there is none. */
  get maxBytes(): number | null {
    return this.#own ?? this.#parts.fallback;
  }

  /** The database's own limit; null when it has none. */
  get own(): number | null {
    return this.#own;
  }

  /** The database's own limit was changed. Whoever changed it applies it. */
  set own(maxBytes: number | null) {
    this.#own = maxBytes;
  }

  /** For a writer that was just opened. */
  async begin(writer: Connection): Promise<void> {
    if (this.maxBytes !== null) await this.apply(writer);
  }

  /** SQLite counts pages, and takes the present size where that is more: then nothing can be added, nor is anything cut. */
  apply(writer: Connection): Promise<void> {
    const { maxBytes } = this;
    return setPages(writer, maxBytes === null ? mostPages : Math.floor(maxBytes / this.#parts.pageBytes));
  }

  /** Runs work for which the limit does not hold: it makes room, or the database could not be used without it. */
  async lifted<T>(writer: Connection, work: () => Promise<T>): Promise<T> {
    if (this.maxBytes === null) return work();
    await setPages(writer, mostPages);
    try {
      return await work();
    } finally {
      // A handle that broke is replaced by one that has the limit from the start.
      if (!writer.isBroken) await this.apply(writer);
    }
  }

  /** SQLite says "full" of the disk and of the limit in the same words: the refusal if it was the limit. */
  async explainFull(cause: DriverError, pages: number): Promise<EngineError | null> {
    const { maxBytes: limitBytes } = this;
    if (limitBytes === null) return null;
    const { name, pageBytes, freeBytes } = this.#parts;
    const sizeBytes = pages * pageBytes;
    const room = Math.max(0, limitBytes - sizeBytes);
    // Where the disk cannot be asked, the limit is the likelier of the two.
    const left = await freeBytes().catch(() => Number.POSITIVE_INFINITY);
    if (left < room + spareDiskBytes) return null;
    const message = `The database "${name}" has ${sizeBytes} of at most ${limitBytes} bytes, and this does not fit. Delete records, or raise the limit with databases.update("${name}", { maxBytes }).`;
    return new EngineError("storage_full", { name, limitBytes, sizeBytes }, { message, cause, isRetryable: false });
  }
}

/** Whether an error says that a database's own limit is reached, and not the disk's. */
export const isOverLimit = (error: EngineError): boolean =>
  error.is("storage_full") && error.details.limitBytes !== undefined;

function setPages(writer: Connection, pages: number): Promise<void> {
  // At least one: 0 would only ask.
  return writer.script(`PRAGMA max_page_count = ${Math.min(mostPages, Math.max(1, pages))};`);
}
