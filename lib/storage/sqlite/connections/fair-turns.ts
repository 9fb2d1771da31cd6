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

/** What a call mostly does when it takes long: reading computes, writing waits for the disk. */
export type TurnKind = "reads" | "writes";

/** The calls of one database, of one kind. */
interface Lane {
  readonly key: string;
  readonly kind: TurnKind;
  running: number;
  /** In the order in which they came. */
  readonly waiting: ((turn: Turn) => void)[];
  /** How long its calls take: a mean in which each new one counts for a third, a quicker one for two. */
  typicalMs: number;
  /** When its last call ended. */
  lastMs: number;
}

// A read by id takes 0.05 ms, a commit on a good disk 0.5, a list that uses an index less than one: what takes longer than
// this is a scan, a large write, or a slow disk, and in each case not what others should wait for.
const heavyMs = 5;
// On a machine that is short of processors everything takes long: heavy is then only what is not far from the heaviest.
const heavyShare = 1 / 4;
// A tenant that asks slow questions one after the other counts as heavy between them, too.
const memoryMs = 1_000;

/**
 * At most `limit` calls at once; each database has one call before any has its next. One place is kept free of any
 * single database, and of all those together whose calls take long: slow questions, of one tenant or of many, never hold
 * every thread. Nor are there ever more slow reads than processors, however many the threads: they would only take turns at
 * those, with the main thread as one of many. Where there is only one place, it goes round.
 */
export class FairTurns {
  readonly #limit: number;
  readonly #now: () => number;
  /** The places for one database, and for all heavy ones together. */
  readonly #share: number;
  /** The places for heavy reads. */
  readonly #readShare: number;
  readonly #lanes: Readonly<Record<TurnKind, Map<string, Lane>>> = { reads: new Map(), writes: new Map() };
  /** Lanes with waiting calls, in the order in which they are served. They are databases that are open: some hundreds. */
  readonly #line = new Set<Lane>();
  /** Lanes without calls that are kept because they are heavy, the first to be forgotten first. */
  readonly #remembered = new Set<Lane>();
  /** The greatest mean of late, and when that was. */
  #heaviest = { typicalMs: 0, lastMs: 0 };
  #running = 0;
  #heavyRunning = 0;
  #heavyReads = 0;
  #waiting = 0;

  constructor(limit: number, now: () => number = () => performance.now(), processors = limit) {
    this.#limit = limit;
    this.#now = now;
    this.#share = Math.max(1, limit - 1);
    this.#readShare = Math.max(1, Math.min(this.#share, processors));
  }

  get load(): TurnLoad {
    return { limit: this.#limit, running: this.#running, waiting: this.#waiting };
  }

  /** Runs the call when it is its database's turn. */
  async run<T>(key: string, call: () => Promise<T>, kind: TurnKind = "reads"): Promise<T> {
    const lane = this.#laneOf(key, kind);
    const now = this.#now();
    // Nobody is passed by: while a place is free, those who wait may not take it.
    const turn = this.#mayStart(lane, now) ? this.#start(lane, now) : await this.#wait(lane);
    try {
      return await call();
    } finally {
      this.#end(lane, turn);
    }
  }

  #mayStart(lane: Lane, now: number): boolean {
    if (this.#running >= this.#limit || lane.running >= this.#share) return false;
    if (!this.#isHeavy(lane, now)) return true;
    return this.#heavyRunning < this.#share && (lane.kind === "writes" || this.#heavyReads < this.#readShare);
  }

  #isHeavy({ typicalMs, lastMs }: Lane, now: number): boolean {
    if (typicalMs < heavyMs || now - lastMs > memoryMs) return false;
    const { typicalMs: heaviest, lastMs: seen } = this.#heaviest;
    return now - seen > memoryMs || typicalMs >= heaviest * heavyShare;
  }

  #start(lane: Lane, startedAt: number): Turn {
    const isHeavy = this.#isHeavy(lane, startedAt);
    this.#running += 1;
    lane.running += 1;
    if (isHeavy) this.#countHeavy(lane, 1);
    return { startedAt, isHeavy };
  }

  #end(lane: Lane, { startedAt, isHeavy }: Turn): void {
    const now = this.#now();
    this.#running -= 1;
    lane.running -= 1;
    if (isHeavy) this.#countHeavy(lane, -1);
    this.#learn(lane, now - startedAt, now);
    if (lane.running === 0 && lane.waiting.length === 0) this.#leave(lane, now);
    while (this.#waiting > 0 && this.#startNext(now));
  }

  #countHeavy({ kind }: Lane, by: 1 | -1): void {
    this.#heavyRunning += by;
    if (kind === "reads") this.#heavyReads += by;
  }

  #learn(lane: Lane, tookMs: number, now: number): void {
    // What nothing is known of counts as quick: one call that took long may be the machine's fault.
    const before = now - lane.lastMs > memoryMs ? 0 : lane.typicalMs;
    // Down faster than up: on a busy machine a quick call takes long now and then, a slow one is never quick.
    lane.typicalMs = before + (tookMs - before) * (tookMs < before ? 2 / 3 : 1 / 3);
    lane.lastMs = now;
    const { typicalMs, lastMs } = this.#heaviest;
    if (lane.typicalMs >= typicalMs || now - lastMs > memoryMs)
      this.#heaviest = { typicalMs: lane.typicalMs, lastMs: now };
  }

  #wait(lane: Lane): Promise<Turn> {
    this.#waiting += 1;
    this.#line.add(lane);
    return new Promise((resolve) => lane.waiting.push(resolve));
  }

  /** Gives one free place away; false when nobody who waits may have it. */
  #startNext(now: number): boolean {
    if (this.#running >= this.#limit) return false;
    for (const lane of this.#line) {
      if (!this.#mayStart(lane, now)) continue;
      const resume = lane.waiting.shift();
      this.#waiting -= 1;
      // To the end of the line, while it has more.
      this.#line.delete(lane);
      if (lane.waiting.length > 0) this.#line.add(lane);
      // Counted here and not when it goes on: whoever comes in between sees the place taken.
      resume?.(this.#start(lane, now));
      return true;
    }
    return false;
  }

  #laneOf(key: string, kind: TurnKind): Lane {
    const lanes = this.#lanes[kind];
    const known = lanes.get(key);
    if (known) {
      if (this.#remembered.size > 0) this.#remembered.delete(known);
      return known;
    }
    const lane: Lane = { key, kind, running: 0, waiting: [], typicalMs: 0, lastMs: 0 };
    lanes.set(key, lane);
    return lane;
  }

  /** A lane is dropped with its last call, a heavy one when that was a while ago. */
  #leave(lane: Lane, now: number): void {
    if (lane.typicalMs >= heavyMs) this.#remembered.add(lane);
    else this.#lanes[lane.kind].delete(lane.key);
    for (const old of this.#remembered) {
      if (now - old.lastMs <= memoryMs) return;
      this.#remembered.delete(old);
      this.#lanes[old.kind].delete(old.key);
    }
  }
}
