// Statements of one text that wait together, each for its one row, share a trip to the thread pool: between two trips
// SQLite and the process wait for each other as long as a short list takes. One trip is under way at a time.
import type { StatementOutcome } from "../connections/connection.js";

/** Rejects with an `EngineError`. */
export type RunRead = (sql: string, values: readonly unknown[], givesRows: boolean) => Promise<StatementOutcome>;

// A trip costs some 100 µs beside its statements. More statements than take this long would make others wait without
// saving much.
const tripMs = 1.5;
// Powers of two alone, so that a text has at most four prepared forms.
const sizes = [8, 4, 2] as const;
// SQLite takes 32,766 values; so many of eight long filters are far below, and a text is prepared in a millisecond or two.
const mostValues = 4_000;
const mostCharacters = 65_536;
// More texts than the lists of one database are likely to have. All are forgotten then, and each goes alone once more: a
// cache that keeps the newest takes more memory in each open database than that is worth.
const mostTexts = 200;
// How fast a pace is forgotten that a busy machine has not reached again.
const forgetting = 1.25;

interface Waiting {
  readonly values: readonly unknown[];
  readonly givesRows: boolean;
  readonly resolve: (outcome: StatementOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

interface Batch {
  readonly sql: string;
  readonly reads: Waiting[];
}

export class AlikeReads {
  readonly #run: RunRead;
  readonly #clock: () => number;
  /** By the text, or for what shares with nobody by itself; in the order of their first read. */
  readonly #waiting = new Map<string | Waiting, Batch>();
  /** Milliseconds that a text took of its trips, each; the least of late. */
  readonly #paces = new Map<string, number>();
  #waitingReads = 0;
  #isRunning = false;

  constructor(run: RunRead, clock: () => number = () => performance.now()) {
    this.#run = run;
    this.#clock = clock;
  }

  /** How many have not begun. */
  get waiting(): number {
    return this.#waitingReads;
  }

  /** A statement that gives exactly one row. */
  readRow(sql: string, values: readonly unknown[]): Promise<StatementOutcome> {
    return this.#add(sql, values, true, true);
  }

  /** Any other: alone, when its turn comes. */
  read(sql: string, values: readonly unknown[], givesRows: boolean): Promise<StatementOutcome> {
    return this.#add(sql, values, givesRows, false);
  }

  #add(sql: string, values: readonly unknown[], givesRows: boolean, mayShare: boolean): Promise<StatementOutcome> {
    return new Promise((resolve, reject) => {
      const read: Waiting = { values, givesRows, resolve, reject };
      const key = mayShare ? sql : read;
      const batch = this.#waiting.get(key);
      if (batch) batch.reads.push(read);
      else this.#waiting.set(key, { sql, reads: [read] });
      this.#waitingReads += 1;
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    for (const [key, batch] of this.#waiting) {
      this.#waiting.delete(key);
      const reads = batch.reads.splice(0, this.#sizeOf(batch));
      // What is left goes to the end of the line.
      if (batch.reads.length > 0) this.#waiting.set(key, batch);
      this.#waitingReads -= reads.length;
      await this.#runTogether(batch.sql, reads);
    }
    this.#isRunning = false;
  }

  #sizeOf({ sql, reads }: Batch): number {
    const pace = this.#paces.get(sql);
    const [{ values }] = reads as [Waiting];
    if (pace === undefined) return 1;
    const most = Math.min(reads.length, tripMs / pace, mostValues / values.length, mostCharacters / sql.length);
    return sizes.find((size) => size <= most) ?? 1;
  }

  async #runTogether(sql: string, reads: readonly Waiting[]): Promise<void> {
    const begin = this.#clock();
    if (reads.length === 1) await this.#runOne(sql, reads[0] as Waiting);
    else {
      let rows: StatementOutcome["rows"];
      try {
        const values = reads.flatMap((read) => read.values);
        ({ rows } = await this.#run(together(sql, reads.length), values, true));
      } catch {
        // Together they took too long or grew too large, or the store fails: each hears of its own.
        for (const read of reads) await this.#runOne(sql, read);
        return;
      }
      const found = new Map(rows.map(({ nth, ...row }) => [nth, row]));
      for (const [at, { resolve }] of reads.entries()) {
        const row = found.get(at);
        resolve({ rows: row === undefined ? [] : [row] });
      }
    }
    this.#notePace(sql, (this.#clock() - begin) / reads.length);
  }

  async #runOne(sql: string, { values, givesRows, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.#run(sql, values, givesRows));
    } catch (thrown) {
      reject(thrown);
    }
  }

  #notePace(sql: string, pace: number): void {
    const known = this.#paces.get(sql);
    if (known === undefined && this.#paces.size >= mostTexts) this.#paces.clear();
    this.#paces.set(sql, known === undefined ? pace : Math.min(pace, known * forgetting));
  }
}

/** The statement so many times, each row with the number of its statement. */
const together = (sql: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `select ${at} as "nth", * from (${sql})`).join(" union all ");
