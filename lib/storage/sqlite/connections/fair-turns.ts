// Who may call into the native library next, when more want to than may. Databases take turns, so that a thousand
// calls of one wait for each other and not for them a call of another. Must never know what the calls do.

/** How many run and wait at this moment. */
export interface TurnLoad {
  readonly limit: number;
  readonly running: number;
  readonly waiting: number;
}

/** A started call. */
interface Turn {
  readonly startedAt: number;
  /** Whether its database counted as heavy then. */
  readonly isHeavy: boolean;
}

/** The calls of one database. */
interface Lane {
  readonly key: string;
  running: number;
  /** In the order in which they came. */
  readonly waiting: ((turn: Turn) => void)[];
  /** When it came to its present place in the line, counted in arrivals. */
  since: number;
  /** Until this moment it counts as heavy. */
  heavyUntil: number;
}

// A read by id takes 0.05 ms, a commit on a good disk 0.5, a list that uses an index less than one: what takes longer than
// this is a scan, a large write, or a slow disk, and in each case not what others should wait for.
const heavyMs = 5;
// A tenant that asks slow questions one after the other counts as heavy between them, too.
const heavyMemoryMs = 1_000;

/**
 * At most `limit` calls at once; each database has one call before any has its next. One place is kept free of any
 * single database, and of all those together whose calls took long of late: slow questions, of one tenant or of many,
 * never hold every thread. Where there is only one place, it goes round.
 */
export class FairTurns {
  readonly #limit: number;
  readonly #now: () => number;
  /** The places for one database, and for all heavy ones together. */
  readonly #share: number;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with waiting calls, in the order in which they are served. */
  readonly #light = new Set<Lane>();
  readonly #heavy = new Set<Lane>();
  /** Lanes without calls that are kept because they are heavy, the first to be forgotten first. */
  readonly #remembered = new Set<Lane>();
  #running = 0;
  #heavyRunning = 0;
  #waiting = 0;
  #arrivals = 0;

  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
    this.#share = Math.max(1, limit - 1);
  }

  get load(): TurnLoad {
    return { limit: this.#limit, running: this.#running, waiting: this.#waiting };
  }

  /** Runs the call when it is its database's turn. */
  async run<T>(key: string, call: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(key);
    const now = this.#now();
    // Nobody is passed by: while a place is free, those who wait may not take it.
    const turn = this.#mayStart(lane, now) ? this.#start(lane, now) : await this.#wait(lane, now);
    try {
      return await call();
    } finally {
      this.#end(lane, turn);
    }
  }

  #mayStart(lane: Lane, now: number): boolean {
    if (this.#running >= this.#limit || lane.running >= this.#share) return false;
    return this.#heavyRunning < this.#share || lane.heavyUntil <= now;
  }

  #start(lane: Lane, startedAt: number): Turn {
    const isHeavy = lane.heavyUntil > startedAt;
    this.#running += 1;
    lane.running += 1;
    if (isHeavy) this.#heavyRunning += 1;
    return { startedAt, isHeavy };
  }

  #end(lane: Lane, { startedAt, isHeavy }: Turn): void {
    const now = this.#now();
    this.#running -= 1;
    lane.running -= 1;
    if (isHeavy) this.#heavyRunning -= 1;
    if (now - startedAt >= heavyMs) {
      lane.heavyUntil = now + heavyMemoryMs;
      if (this.#light.delete(lane)) this.#lineUp(lane, now);
    }
    if (lane.running === 0 && lane.waiting.length === 0) this.#leave(lane, now);
    while (this.#waiting > 0 && this.#startNext(now));
  }

  #wait(lane: Lane, now: number): Promise<Turn> {
    this.#waiting += 1;
    if (lane.waiting.length === 0) this.#lineUp(lane, now);
    return new Promise((resolve) => lane.waiting.push(resolve));
  }

  #lineUp(lane: Lane, now: number): void {
    lane.since = this.#arrivals += 1;
    (lane.heavyUntil > now ? this.#heavy : this.#light).add(lane);
  }

  /** Gives one free place away; false when nobody who waits may have it. */
  #startNext(now: number): boolean {
    const light = this.#firstOf(this.#light, now);
    const heavy = this.#firstOf(this.#heavy, now);
    const lane = heavy === undefined || (light !== undefined && light.since < heavy.since) ? light : heavy;
    const resume = lane?.waiting.shift();
    if (lane === undefined || resume === undefined) return false;
    this.#waiting -= 1;
    (lane === light ? this.#light : this.#heavy).delete(lane);
    if (lane.waiting.length > 0) this.#lineUp(lane, now);
    // Counted here and not when it goes on: whoever comes in between sees the place taken.
    resume(this.#start(lane, now));
    return true;
  }

  /** Passes only those by that have their share running: fewer than there are places. */
  #firstOf(line: ReadonlySet<Lane>, now: number): Lane | undefined {
    for (const lane of line) {
      if (this.#mayStart(lane, now)) return lane;
      if (lane.running < this.#share) return undefined;
    }
    return undefined;
  }

  #laneOf(key: string): Lane {
    const known = this.#lanes.get(key);
    if (known) {
      if (known.heavyUntil > 0) this.#remembered.delete(known);
      return known;
    }
    const lane: Lane = { key, running: 0, waiting: [], since: 0, heavyUntil: 0 };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** A lane is dropped with its last call, a heavy one when it is heavy no more. */
  #leave(lane: Lane, now: number): void {
    if (lane.heavyUntil > now) this.#remembered.add(lane);
    else this.#lanes.delete(lane.key);
    for (const old of this.#remembered) {
      if (old.heavyUntil > now) return;
      this.#remembered.delete(old);
      this.#lanes.delete(old.key);
    }
  }
}
