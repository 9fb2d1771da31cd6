// Reads by key that wait together share one trip to the thread pool: the trip costs ten times what SQLite does in it. One
// is under way at a time and nobody waits for a timer; what has arrived when it is back is the next.
import type { EngineError } from "../../../base/errors.js";
import { numberOf } from "../../../base/object-number.js";
import { err, ok, toEngineError, type Result } from "../../../base/result.js";
import { withKey } from "../../keyed-query.js";
import type { KeyedQuery, StoreValue } from "../../storage.js";

/** What a read comes to: the item of its key, if there is one. */
export type KeyedOutcome = Result<string | undefined, EngineError>;

/** Runs a statement that gives one column, "item", of at most one row. Rejects with an `EngineError`. */
export type RunKeyed = (sql: string, values: readonly StoreValue[]) => Promise<string | undefined>;

// A key more costs 2 µs, a trip 30 µs and more: with 128 to a trip only a tenth of its time is the trip itself. More would
// let the first wait for the last, and others for all of them.
const mostKeys = 128;

interface Waiting {
  readonly key: string;
  readonly settle: (outcome: KeyedOutcome) => void;
}

/** Reads that one statement can answer: the same query with the same values. */
interface Batch {
  readonly id: string;
  readonly query: KeyedQuery;
  readonly values: readonly StoreValue[];
  readonly reads: Waiting[];
}

export class KeyedReads {
  readonly #run: RunKeyed;
  /** Batches that have not begun, in the order of their first read. Whoever comes may join one of them, and no other. */
  readonly #waiting = new Map<string, Batch>();
  /** The batch among them that was joined last. */
  #newest: Batch | undefined;
  #waitingReads = 0;
  #lastSize = 0;
  #isRunning = false;

  constructor(run: RunKeyed) {
    this.#run = run;
  }

  /** How many have not begun. */
  get waiting(): number {
    return this.#waitingReads;
  }

  /** Calls `settle` once. The read begins after this call, so it sees all that was committed before. */
  add(query: KeyedQuery, values: readonly StoreValue[], key: string, settle: Waiting["settle"]): void {
    this.#waitingReads += 1;
    this.#batchFor(query, values).reads.push({ key, settle });
    if (!this.#isRunning) void this.#runAll();
  }

  #batchFor(query: KeyedQuery, values: readonly StoreValue[]): Batch {
    const newest = this.#newest;
    // Most that come one after the other are alike; to name the batch costs more than to look.
    if (newest?.query === query && isSame(newest.values, values)) return newest;
    const id = `${numberOf(query)} ${JSON.stringify(values)}`;
    const batch = this.#waiting.get(id) ?? { id, query, values, reads: [] };
    this.#waiting.set(id, batch);
    return (this.#newest = batch);
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    for (const batch of this.#waiting.values()) await this.#runBatch(batch, this.#take(batch));
    this.#isRunning = false;
  }

  /** Those that go now. What is left of the batch goes to the end of the line. */
  #take(batch: Batch): readonly Waiting[] {
    // Half of all who read: while these are under way, the others hear of theirs and come again. With all of them in one
    // trip, SQLite would idle while they are told, and they while SQLite works.
    const most = Math.min(mostKeys, Math.ceil((this.#waitingReads + this.#lastSize) / 2));
    this.#waiting.delete(batch.id);
    if (this.#newest === batch) this.#newest = undefined;
    const taken = batch.reads.length > most ? batch.reads.splice(0, most) : batch.reads;
    if (taken !== batch.reads) this.#waiting.set(batch.id, batch);
    this.#waitingReads -= taken.length;
    this.#lastSize = taken.length;
    return taken;
  }

  async #runBatch(batch: Batch, reads: readonly Waiting[]): Promise<void> {
    const [first] = reads as readonly [Waiting];
    if (reads.length === 1) return this.#runOne(batch, first);
    const { query, values } = batch;
    let lines: readonly string[];
    try {
      const keys = JSON.stringify(reads.map(({ key }) => key));
      lines = (await this.#run(query.many, withKey(query, values, keys)))?.split("\n") ?? [];
    } catch {
      // Together they took too long or grew too large, or the store fails: each hears of its own.
      for (const read of reads) await this.#runOne(batch, read);
      return;
    }
    settleAll(reads, lines);
  }

  async #runOne({ query, values }: Batch, { key, settle }: Waiting): Promise<void> {
    try {
      settle(ok(await this.#run(query.one, withKey(query, values, key))));
    } catch (thrown) {
      settle(err(toEngineError(thrown)));
    }
  }
}

const isSame = (left: readonly StoreValue[], right: readonly StoreValue[]): boolean =>
  left.length === right.length && left.every((value, at) => value === right[at]);

/**
 * Takes apart what the dialect's `keyedItems` has put together: a line for each row, its key before the JSON object. The
 * lines are in the order of the keys as a rule, so that nothing is looked up; whatever stands elsewhere is found by its key.
 */
function settleAll(reads: readonly Waiting[], lines: readonly string[]): void {
  let next = 0;
  let elsewhere: ReadonlyMap<string, string> | undefined;
  for (const { key, settle } of reads) {
    const line = lines[next];
    if (line !== undefined && line.startsWith(key) && line[key.length] === "{") {
      next += 1;
      settle(ok(line.slice(key.length)));
    } else {
      elsewhere ??= new Map(lines.map((each) => [keyOf(each), itemOf(each)]));
      settle(ok(elsewhere.get(key)));
    }
  }
}

const keyOf = (line: string): string => line.slice(0, line.indexOf("{"));
const itemOf = (line: string): string => line.slice(line.indexOf("{"));
