// The open databases: each opened once, lent out under a lease, closed when idle. Never more than the cap
// open, never one closed under use.
import type { EngineError } from "../../base/errors.js";
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { err, ok, refuse, toEngineError, type Outcome, type Result } from "../../base/result.js";
import { Gate } from "./gate.js";
import { PoolCounters, type CloseReason, type PoolFigures } from "./pool-figures.js";

/** What the pool keeps open. */
export interface Closable {
  /** Ends what is under way, and whatever comes, with the reason; only `close` is left. */
  interrupt(reason: EngineError): void;
  close(): Outcome<void>;
}

/** How long those who use a database may go on when it is to be held. */
export interface DrainOptions {
  /** Then they are interrupted, in milliseconds. */
  readonly afterMs: number;
  /** What they hear. */
  readonly reason: EngineError;
}

export interface PoolOptions<Open extends Closable> {
  /** Opens one database; called once for all who ask at the same time. */
  readonly open: (name: string) => Outcome<Open>;
  /** Never more than this many at once. */
  readonly maxOpen: number;
  /** An unused database is closed after this many milliseconds. */
  readonly idleCloseMs: number;
  /** How long a lease waits for a place when all are in use, in milliseconds; then `database_busy`. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

// Statements stop within some 10 ms; the fsync of a commit on a loaded disk may take a second or two.
const interruptedWithinMs = 5_000;

interface Slot<Open> {
  readonly ready: Outcome<Open>;
  database: Open | undefined;
  leases: number;
  lastUsed: number;
  closing: Promise<void> | undefined;
  /** Opens when the last lease has ended. */
  readonly drained: Gate;
}

export class DatabasePool<Open extends Closable> {
  readonly #options: PoolOptions<Open>;
  /** In the order of last use, oldest first: a Map keeps insertion order, and a release moves to the end. */
  readonly #slots = new Map<string, Slot<Open>>();
  /** Names under an exclusive hold; the gate opens when it ends. */
  readonly #holds = new Map<string, Gate>();
  /** Opens for everybody each time that a place may have become free. */
  readonly #capacity = new Gate();
  readonly #sweep: NodeJS.Timeout;
  readonly #counters = new PoolCounters();
  #isClosed = false;

  constructor(options: PoolOptions<Open>) {
    this.#options = options;
    // Twice per period: a database is closed at most half a period late.
    this.#sweep = setInterval(() => void this.#closeIdle(), Math.max(1, options.idleCloseMs / 2));
    this.#sweep.unref();
  }

  /** How many are open or being opened. */
  get size(): number {
    return this.#slots.size;
  }

  /** What the pool does and has done. */
  get figures(): PoolFigures {
    const { opens, failedOpens, closes, waiting, waits, refusals } = this.#counters;
    const inUse = [...this.#slots.values()].filter(({ leases }) => leases > 0).length;
    const { maxOpen } = this.#options;
    return {
      ...{ maxOpen, open: this.#slots.size, inUse, opens, failedOpens },
      ...{ closes: { ...closes }, waiting, waits, refusals },
    };
  }

  /** Leases of a database at this moment, and when it was last lent out or given back; undefined while it is not open. */
  use(name: string): { readonly leases: number; readonly lastUsed: number } | undefined {
    const slot = this.#slots.get(name);
    return slot?.database && { leases: slot.leases, lastUsed: slot.lastUsed };
  }

  /** The open database of a name, without opening or keeping it. */
  peek(name: string): Open | undefined {
    const slot = this.#slots.get(name);
    return slot?.closing ? undefined : slot?.database;
  }

  /** Lends a database to `work`; it stays open until `work` has ended. */
  lease<T>(name: string, work: (database: Open) => Outcome<T>): Outcome<T> {
    const slot = this.#slots.get(name);
    // The usual case goes on at once: each await here would be felt by every read.
    if (!slot?.database || slot.closing || this.#isClosed || this.#holds.has(name)) return this.#leaseLater(name, work);
    slot.leases += 1;
    slot.drained.shut();
    return this.#lend(name, slot, slot.database, work);
  }

  async #leaseLater<T>(name: string, work: (database: Open) => Outcome<T>): Outcome<T> {
    const acquired = await this.#acquire(name);
    if (acquired.isErr()) return err(acquired.error);
    const { slot, database } = acquired.value;
    return this.#lend(name, slot, database, work);
  }

  async #lend<T>(name: string, slot: Slot<Open>, database: Open, work: (database: Open) => Outcome<T>): Outcome<T> {
    try {
      return await work(database);
    } finally {
      this.#release(name, slot);
    }
  }

  /**
   * Runs `work` while the database is closed and nobody can open it: after the last lease has ended. With `drain`, those who
   * take longer are interrupted, and if even that does not end them, the hold ends in `database_busy`.
   */
  async hold<T>(name: string, work: () => Outcome<T>, drain?: DrainOptions): Outcome<T> {
    for (;;) {
      if (this.#isClosed) return refuse("engine_closed", {});
      const other = this.#holds.get(name);
      if (!other) break;
      await other.opened();
    }
    const gate = new Gate();
    this.#holds.set(name, gate);
    try {
      const closed = await this.#drainAndClose(name, "hold", drain);
      return closed.isErr() ? err(closed.error) : await work();
    } finally {
      this.#holds.delete(name);
      gate.open();
    }
  }

  /** Refuses new leases, waits for the present ones and closes everything. Gives the first failure, after trying all. */
  async close(): Outcome<void> {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    this.#capacity.open();
    await Promise.all([...this.#holds.values()].map((hold) => hold.opened()));
    const results = await Promise.all([...this.#slots.keys()].map((name) => this.#drainAndClose(name, "shutdown")));
    return results.find((result) => result.isErr()) ?? ok(undefined);
  }

  async #acquire(name: string): Outcome<{ slot: Slot<Open>; database: Open }> {
    const deadline = performance.now() + this.#options.waitMs;
    for (;;) {
      if (this.#isClosed) return refuse("engine_closed", {});
      const hold = this.#holds.get(name);
      const present = this.#slots.get(name);
      if (hold) {
        if (!(await hold.opened(Math.max(0, deadline - performance.now())))) return this.#held(name);
      } else if (present?.closing) await present.closing;
      else if (present) return this.#join(name, present);
      else if (this.#slots.size < this.#options.maxOpen) return this.#join(name, this.#openSlot(name));
      else if (!(await this.#makeRoom(deadline))) return this.#noRoom(name);
    }
  }

  /** Counts the lease before waiting, so that the slot cannot be closed between its opening and its use. */
  async #join(name: string, slot: Slot<Open>): Outcome<{ slot: Slot<Open>; database: Open }> {
    slot.leases += 1;
    slot.drained.shut();
    const opened = await slot.ready;
    if (opened.isOk()) return ok({ slot, database: opened.value });
    this.#release(name, slot);
    return err(opened.error);
  }

  #openSlot(name: string): Slot<Open> {
    const slot: Slot<Open> = {
      ready: this.#open(name).then((opened) => {
        if (opened.isOk()) {
          slot.database = opened.value;
          this.#counters.opens += 1;
        } else {
          this.#counters.failedOpens += 1;
          this.#forget(name, slot);
        }
        return opened;
      }),
      database: undefined,
      leases: 0,
      lastUsed: this.#options.clock.now(),
      closing: undefined,
      drained: new Gate(),
    };
    slot.drained.open();
    this.#slots.set(name, slot);
    return slot;
  }

  async #open(name: string): Outcome<Open> {
    try {
      return await this.#options.open(name);
    } catch (thrown) {
      return err(toEngineError(thrown));
    }
  }

  #release(name: string, slot: Slot<Open>): void {
    slot.leases -= 1;
    slot.lastUsed = this.#options.clock.now();
    if (this.#slots.get(name) === slot) {
      this.#slots.delete(name);
      this.#slots.set(name, slot);
    }
    if (slot.leases > 0) return;
    slot.drained.open();
    this.#capacity.open();
  }

  /** Closes the least recently used idle database, or waits until one is. False when the time is over. */
  async #makeRoom(deadline: number): Promise<boolean> {
    const idle = this.#oldestIdle();
    if (idle) {
      // A failure to close is logged where it happens; here only the place counts.
      void (await this.#closeSlot(...idle, "cap"));
      return true;
    }
    for (const { closing } of this.#slots.values()) {
      if (!closing) continue;
      await closing;
      return true;
    }
    this.#capacity.shut();
    this.#counters.waits += 1;
    this.#counters.waiting += 1;
    const hasRoom = await this.#capacity.opened(Math.max(0, deadline - performance.now()));
    this.#counters.waiting -= 1;
    return hasRoom;
  }

  #oldestIdle(): [string, Slot<Open>] | undefined {
    for (const [name, slot] of this.#slots) {
      if (slot.database && slot.leases === 0 && !slot.closing) return [name, slot];
    }
    return undefined;
  }

  #held(name: string): Result<never, EngineError> {
    this.#counters.refusals += 1;
    const message = `The database "${name}" is being restored or removed, and that takes long; try again.`;
    return refuse("database_busy", { name }, { message });
  }

  #noRoom(name: string): Result<never, EngineError> {
    this.#counters.refusals += 1;
    return refuse(
      "database_busy",
      { name },
      {
        message: `All ${this.#options.maxOpen} places for open databases are in use; try again, or raise maxOpenDatabases.`,
      },
    );
  }

  async #closeIdle(): Promise<void> {
    const before = this.#options.clock.now() - this.#options.idleCloseMs;
    const idle = [...this.#slots].filter(([, slot]) => slot.database && slot.leases === 0 && !slot.closing);
    await Promise.all(
      idle.filter(([, slot]) => slot.lastUsed <= before).map(([name, slot]) => this.#closeSlot(name, slot, "idle")),
    );
  }

  async #drainAndClose(name: string, reason: CloseReason, drain?: DrainOptions): Outcome<void> {
    const slot = this.#slots.get(name);
    if (!slot) return ok(undefined);
    if (!(await slot.drained.opened(drain?.afterMs))) {
      this.#options.logger.warn({ database: name, leases: slot.leases }, "interrupts what still uses a database");
      if (drain) slot.database?.interrupt(drain.reason);
      if (!(await slot.drained.opened(interruptedWithinMs))) return this.#abandon(name, slot, reason);
    }
    // Whoever joined between the gate and this line is seen here: leases are counted synchronously.
    if (this.#slots.get(name) !== slot) return this.#drainAndClose(name, reason, drain);
    if (slot.leases > 0) return this.#drainAndClose(name, reason, drain);
    return this.#closeSlot(name, slot, reason);
  }

  /** An interrupted database serves nobody any more: it is closed when its last user lets go, and opened anew. */
  #abandon(name: string, slot: Slot<Open>, reason: CloseReason): Result<never, EngineError> {
    const { closing } = slot;
    slot.closing = (async () => {
      await slot.drained.opened();
      await closing;
      slot.closing = undefined;
      // A failure to close is logged where it happens.
      void (await this.#closeSlot(name, slot, reason));
    })();
    const message = `Something goes on using the database "${name}" and could not be stopped; nothing was changed. Try again.`;
    return refuse("database_busy", { name }, { message });
  }

  async #closeSlot(name: string, slot: Slot<Open>, reason: CloseReason): Outcome<void> {
    if (slot.closing) {
      await slot.closing;
      return ok(undefined);
    }
    let result: Result<void, EngineError> = ok(undefined);
    this.#counters.closes[reason] += 1;
    slot.closing = (async () => {
      try {
        result = (await slot.database?.close()) ?? ok(undefined);
      } catch (thrown) {
        result = err(toEngineError(thrown));
      } finally {
        this.#forget(name, slot);
      }
    })();
    await slot.closing;
    if (result.isErr()) this.#options.logger.error({ err: result.error, database: name }, "a database did not close");
    return result;
  }

  #forget(name: string, slot: Slot<Open>): void {
    if (this.#slots.get(name) === slot) this.#slots.delete(name);
    this.#capacity.open();
  }
}
