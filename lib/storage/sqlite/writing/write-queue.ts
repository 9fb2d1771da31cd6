// The writes of one store in the order of their calls. Whatever has arrived while one group was under way is the next:
// nobody waits for a timer, and a lone write for nobody.
import { err } from "../../../base/result.js";
import type { Connection } from "../connections/connection.js";
import { translateStorageError } from "../connections/error-translation.js";
import { isOverLimit } from "../connections/size-limit.js";
import { runLoneBatch, runLoneWrite } from "./lone-write.js";
import {
  batchOf,
  endAll,
  endOfBatch,
  isShared,
  type ExclusiveWrite,
  type QueuedWrite,
  type SharedWrite,
  type TurnEnd,
  type WriteOutcome,
} from "./queued-write.js";
import { runGroup } from "./write-group.js";

// What the first of a group waits for the others. 512 rows in one statement, or 64 writes by themselves, take some 5 to 10
// ms: by then the sync of the disk is a small part of it, and more would only make everybody wait longer.
const mostCost = 512;
const costAlone = 8;
// One statement's text at most: it is copied three times on its way into SQLite.
const mostBatchBytes = 1_048_576;

// Below this a second sync of the disk costs more than both sides working at once gain.
const leastToHalve = 16;

export interface WriterPort {
  readonly name: string;
  readonly connect: () => Promise<Connection> | Connection;
  /** Runs work for which the limit of the database's size does not hold. */
  readonly beyondLimit: <T>(connection: Connection, work: () => Promise<T>) => Promise<T>;
  /** Called after each turn. */
  readonly afterTurn: (connection: Connection) => void;
  /** Called at once after the writes of a turn were told what came of them. */
  readonly afterSettled: () => void;
}

export class WriteQueue {
  readonly #port: WriterPort;
  readonly #waiting: QueuedWrite[] = [];
  #isRunning = false;
  #lastSize = 0;

  constructor(port: WriterPort) {
    this.#port = port;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(write: QueuedWrite): void {
    this.#waiting.push(write);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const writes = this.#waiting.splice(0, this.#sizeOfNext());
      this.#lastSize = writes.length;
      const { ended, left } = await this.#takeTurn(writes);
      if (left.length > 0) this.#waiting.unshift(...left);
      for (const [{ settle }, outcome] of ended) settle(outcome);
      this.#port.afterSettled();
    }
    this.#isRunning = false;
  }

  async #takeTurn(writes: readonly QueuedWrite[]): Promise<TurnEnd> {
    try {
      const connection = await this.#port.connect();
      try {
        return await this.#takeTurnOn(connection, writes);
      } finally {
        this.#port.afterTurn(connection);
      }
    } catch (thrown) {
      return endAll(writes, err(translateStorageError(thrown, this.#port.name)));
    }
  }

  async #takeTurnOn(connection: Connection, writes: readonly QueuedWrite[]): Promise<TurnEnd> {
    const { name } = this.#port;
    const shared = writes.filter(isShared);
    const [first] = shared;
    if (first === undefined) return endAll(writes, await (writes[0] as ExclusiveWrite).run(connection));
    if (shared.length === 1) return endAll(writes, await this.#runAlone(connection, first));
    const isOneBatch = endOfBatch(shared, 0) === shared.length && batchOf(first).isOneStatement;
    return isOneBatch ? runLoneBatch(connection, shared, name) : runGroup(connection, shared, name);
  }

  /** What makes room is not refused for want of room: to hide a record takes some too. */
  async #runAlone(connection: Connection, write: SharedWrite): Promise<WriteOutcome> {
    const run = (): Promise<WriteOutcome> => runLoneWrite(connection, write, this.#port.name);
    const outcome = await run();
    const isRefused = write.options.makesRoom === true && outcome.isErr() && isOverLimit(outcome.error);
    return isRefused ? this.#port.beyondLimit(connection, run) : outcome;
  }

  /** How many of those that wait go next: one that has the writer to itself, or all before it, within the bounds. */
  #sizeOfNext(): number {
    const waiting = this.#waiting;
    // Half of all who write: while these are under way, the others hear of theirs and come again. With all of them in one
    // group, SQLite would idle while they are told, and they while SQLite works.
    const half = Math.ceil((waiting.length + this.#lastSize) / 2);
    let most = Math.max(half, leastToHalve);
    let [size, bytes, cost] = [0, 0, 0];
    let lastKey: string | undefined;
    for (const write of waiting) {
      if (!isShared(write)) return Math.max(1, size);
      const { batch } = write.options.shortcut ?? {};
      bytes += batch?.bytes ?? 0;
      cost += batch !== undefined && batch.key === lastKey ? 1 : costAlone;
      lastKey = batch?.key;
      most = Math.min(most, write.mostTogether ?? most);
      if (size > 0 && (size >= most || bytes > mostBatchBytes || cost > mostCost)) break;
      size += 1;
    }
    return size;
  }
}
