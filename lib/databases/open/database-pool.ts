// The open databases: each opened once, lent out under a lease, closed when idle. Never more than the cap
// open, never one closed under use.
import type { EngineError } from "../../base/errors.js";
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { err, ok, refuse, toEngineError, type Outcome, type Result } from "../../base/result.js";
import { Gate } from "./gate.js";
import { PlaceLine } from "./place-line.js";
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
  /** One that is in use for ever, and never asked to give its place to others. */
  readonly pinned?: string;
  /** An unused database is closed after this many milliseconds. */
  readonly idleCloseMs: number;
  /** How long a lease waits for a place when all are in use, in milliseconds; then `database_busy`. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

// Statements stop within some 10 ms; the fsync of a commit on a loaded disk may take a second or two.
const interruptedWithinMs = 5_000;

/** How a database is lent. */
export interface LeaseOptions {
  /** It is closed afterwards, if it was opened for this and nobody else came: what passes over all must not push out those in use. */
  readonly isPassing?: boolean;
}

interface Slot<Open> {
  readonly ready: Outcome<Open>;
  database: Open | undefined;
  leases: number;
  lastUsed: number;
  closing: Promise<void> | undefined;
  /** It lets nobody in until its last lease has ended, and then gives its place to the next in the line. */
  isLeaving: boolean;
  /** Nobody but passing work has used it. */
  isPassing: boolean;
  /** Since when it has its place, or has kept it when it was to leave; counted in openings. */
  placedAt: number;
  /** Opens when the last lease has ended. */
  readonly drained: Gate;
}

// So long somebody waits before a database that is never idle must give its place away: longer than nearly all leases, so
// that a busy moment costs no closing, and short for whoever waits.
const turnAfterMs = 50;
// So long a leaving database keeps its own calls waiting for its last lease. A transaction that waits for such a call itself
// (its callback may use another handle of its database) loses this time and no more.
const leavingMs = 250;

export class DatabasePool<Open extends Closable> {
  readonly #options: PoolOptions<Open>;
  /** In the order of last use, oldest first: a Map keeps insertion order, and a release moves to the end. */
  readonly #slots = new Map<string, Slot<Open>>();
  /** Names under an exclusive hold; the gate opens when it ends. */
  readonly #holds = new Map<string, Gate>();
  /** Names that passing work waits for. */
  readonly #passing = new Set<string>();
  readonly #line = new PlaceLine();
  readonly #sweep: NodeJS.Timeout;
  readonly #counters = new PoolCounters();
  #turn: NodeJS.Timeout | undefined;
  #openings = 0;
  /** The last one among the slots, if it is known. */
  #newest: Slot<Open> | undefined;
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

  /** The databases that are open and stay so for now. */
  get openNames(): readonly string[] {
    return [...this.#slots].filter(([, { database, closing }]) => database && !closing).map(([name]) => name);
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
  lease<T>(name: string, work: (database: Open) => Outcome<T>, { isPassing = false }: LeaseOptions = {}): Outcome<T> {
    const slot = this.#slots.get(name);
    // The usual case goes on at once: each await here would be felt by every read.
    const isBarred = this.#isClosed || this.#holds.has(name);
    if (!slot?.database || slot.closing || slot.isLeaving || isBarred) return this.#leaseLater(name, work, isPassing);
    this.#use(slot, isPassing);
    return this.#lend(name, slot, slot.database, work);
  }

  async #leaseLater<T>(name: string, work: (database: Open) => Outcome<T>, isPassing: boolean): Outcome<T> {
    // Somebody else may open it, out of the line.
    if (isPassing) this.#passing.add(name);
    const acquired = await this.#acquire(name, isPassing).finally(() => this.#passing.delete(name));
    if (acquired.isErr()) return err(acquired.error);
    const { slot, database } = acquired.value;
    return this.#lend(name, slot, database, work);
  }

  // No async function: on the way of every read a frame costs ten times what a callback does (0.4 µs).
  #lend<T>(name: string, slot: Slot<Open>, database: Open, work: (database: Open) => Outcome<T>): Outcome<T> {
    const release = (): void => this.#release(name, slot);
    let working: Outcome<T>;
    try {
      working = work(database);
    } catch (thrown) {
      release();
      throw thrown;
    }
    return working.then(
      (outcome) => {
        release();
        return outcome;
      },
      (thrown: unknown) => {
        release();
        throw thrown;
      },
    );
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

  /** Closes the database that was unused for longest, because the system has no more file handles to give. False when none is idle. */
  async relieve(): Promise<boolean> {
    const idle = this.#oldestIdle();
    if (!idle) return false;
    return (await this.#closeSlot(...idle, "handles")).isOk();
  }

  /** Refuses new leases, waits for the present ones and closes everything. Gives the first failure, after trying all. */
  async close(): Outcome<void> {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    clearTimeout(this.#turn);
    this.#line.callAll();
    await Promise.all([...this.#holds.values()].map((hold) => hold.opened()));
    const results = await Promise.all([...this.#slots.keys()].map((name) => this.#drainAndClose(name, "shutdown")));
    return results.find((result) => result.isErr()) ?? ok(undefined);
  }

  #use(slot: Slot<Open>, isPassing: boolean): void {
    slot.leases += 1;
    slot.drained.shut();
    if (!isPassing) slot.isPassing = false;
  }

  async #acquire(name: string, isPassing: boolean): Outcome<{ slot: Slot<Open>; database: Open }> {
    const deadline = performance.now() + this.#options.waitMs;
    for (;;) {
      if (this.#isClosed) return refuse("engine_closed", {});
      const hold = this.#holds.get(name);
      const present = this.#slots.get(name);
      if (hold) {
        if (!(await hold.opened(Math.max(0, deadline - performance.now())))) return this.#held(name);
      } else if (present?.closing) await present.closing;
      else if (present && !present.isLeaving) return this.#join(name, present, isPassing);
      // Nobody is passed by: while somebody waits in the line, there is no free place.
      else if (!present && this.#hasRoom) return this.#join(name, this.#openSlot(name), isPassing);
      else if (!(await this.#waitForPlace(name, deadline))) return this.#noRoom(name);
    }
  }

  get #hasRoom(): boolean {
    return this.#slots.size < this.#options.maxOpen;
  }

  /** Counts the lease before waiting, so that the slot cannot be closed between its opening and its use. */
  async #join(name: string, slot: Slot<Open>, isPassing: boolean): Outcome<{ slot: Slot<Open>; database: Open }> {
    this.#use(slot, isPassing);
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
      isLeaving: false,
      isPassing: this.#passing.has(name),
      placedAt: (this.#openings += 1),
      drained: new Gate(),
    };
    slot.drained.open();
    this.#slots.set(name, slot);
    this.#newest = slot;
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
    // Most releases are of the database that was used last: it stands where it should.
    if (this.#newest !== slot && this.#slots.get(name) === slot) {
      this.#slots.delete(name);
      this.#slots.set(name, slot);
      this.#newest = slot;
    }
    if (slot.leases > 0) return;
    slot.drained.open();
    if (slot.isLeaving && !slot.closing) void this.#closeSlot(name, slot, "turn");
    else if (slot.isPassing && slot.database && !slot.closing) void this.#closeSlot(name, slot, "passing");
    else if (this.#line.size > 0) this.#serveLine();
  }

  /** False when the time is over. */
  async #waitForPlace(name: string, deadline: number): Promise<boolean> {
    const called = this.#line.wait(name, Math.max(0, deadline - performance.now()));
    this.#serveLine();
    // Who only waits for another to be closed is not counted: that takes a moment and hangs on nobody.
    if (!this.#line.has(name) || this.#placesToCome >= this.#line.size) return called;
    this.#counters.waits += 1;
    this.#counters.waiting += 1;
    const isCalled = await called;
    this.#counters.waiting -= 1;
    return isCalled;
  }

  /** Gives free places to those who wait, and sees to it that more become free while more are waited for. */
  #serveLine(): void {
    for (let next = this.#line.first; next !== undefined && !this.#isClosed; next = this.#line.first) {
      const own = this.#slots.get(next);
      if (own?.closing) return;
      if (own) this.#stay(next, own);
      else if (this.#hasRoom) {
        this.#line.call(next);
        // Under a hold it cannot be opened; whoever was called waits for that first.
        if (!this.#holds.has(next)) this.#openSlot(next);
      } else if (!this.#makeRoom()) return;
    }
  }

  /** Begins to close another idle database, if those that are closing are too few. False when there is nothing to begin. */
  #makeRoom(): boolean {
    if (this.#placesToCome >= this.#line.size) return false;
    const idle = this.#oldestIdle();
    // A failure to close is logged where it happens; here only the place counts.
    if (idle) void this.#closeSlot(...idle, "cap");
    else this.#turn ??= setTimeout(() => this.#nextTurn(), turnAfterMs);
    return idle !== undefined;
  }

  /** Places that will be free without anybody doing more about it. */
  get #placesToCome(): number {
    let count = 0;
    for (const { closing, isLeaving } of this.#slots.values()) if (closing || isLeaving) count += 1;
    return count;
  }

  /** All places have been in use for a while: the database that has had its own for longest is to leave. */
  #nextTurn(): void {
    this.#turn = undefined;
    this.#serveLine();
    if (this.#line.size === 0 || this.#placesToCome >= this.#line.size || this.#isClosed) return;
    let longest: [string, Slot<Open>] | undefined;
    for (const [name, slot] of this.#slots) {
      if (!slot.database || slot.closing || slot.isLeaving || name === this.#options.pinned) continue;
      if (!longest || slot.placedAt < longest[1].placedAt) longest = [name, slot];
    }
    if (longest) this.#leave(...longest);
    this.#serveLine();
  }

  #leave(name: string, slot: Slot<Open>): void {
    slot.isLeaving = true;
    const lateness = setTimeout(() => {
      if (slot.isLeaving && !slot.closing) this.#stay(name, slot);
      this.#serveLine();
    }, leavingMs);
    void slot.drained.opened().then(() => clearTimeout(lateness));
  }

  /** It keeps its place after all, and is the last to be asked again. */
  #stay(name: string, slot: Slot<Open>): void {
    slot.isLeaving = false;
    slot.placedAt = this.#openings += 1;
    this.#line.call(name);
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
    if (this.#newest === slot) this.#newest = undefined;
    this.#serveLine();
  }
}
