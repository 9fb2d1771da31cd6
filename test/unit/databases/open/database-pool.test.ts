// The pool of open databases: opened once, lent under leases, never more than the cap, never closed under use.
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineError } from "../../../../lib/base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../../../../lib/base/result.js";
import { silentLogger } from "../../../../lib/base/logger.js";
import { DatabasePool, type Closable, type PoolOptions } from "../../../../lib/databases/open/database-pool.js";
import { Gate } from "../../../../lib/databases/open/gate.js";
import { setClock, type SetClock } from "../../../support/set-clock.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

/** Stands for a file: knows whether it is open and who uses it, and remembers every breach. */
class OpenFile implements Closable {
  readonly name: string;
  readonly #directory: Directory;
  users = 0;
  isOpen = true;
  readonly interrupted = new Gate();

  constructor(name: string, directory: Directory) {
    this.name = name;
    this.#directory = directory;
  }

  interrupt(reason: EngineError): void {
    this.#directory.interruptions.push(`${this.name}: ${reason.message}`);
    this.interrupted.open();
  }

  async close(): Outcome<void> {
    if (this.users > 0) this.#directory.breaches.push(`${this.name} closed under ${this.users} users`);
    await Promise.resolve();
    this.isOpen = false;
    this.#directory.open.delete(this);
    this.#directory.closed.push(this.name);
    return this.#directory.closing(this.name);
  }
}

class Directory {
  readonly open = new Set<OpenFile>();
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly breaches: string[] = [];
  readonly interruptions: string[] = [];
  most = 0;
  opening: (name: string) => Outcome<void> = async () => ok(undefined);
  closing: (name: string) => Outcome<void> = async () => ok(undefined);

  async take(name: string): Outcome<OpenFile> {
    this.opened.push(name);
    if ([...this.open].some((file) => file.name === name)) this.breaches.push(`${name} opened twice`);
    const file = new OpenFile(name, this);
    this.open.add(file);
    this.most = Math.max(this.most, this.open.size);
    const ready = await this.opening(name);
    if (ready.isOk()) return ok(file);
    this.open.delete(file);
    return err(ready.error);
  }
}

interface Made {
  readonly pool: DatabasePool<OpenFile>;
  readonly directory: Directory;
  readonly clock: SetClock;
}

function makePool(settings: Partial<PoolOptions<OpenFile>> = {}): Made {
  const directory = new Directory();
  const clock = setClock();
  const pool = new DatabasePool<OpenFile>({
    logger: silentLogger,
    open: (name) => directory.take(name),
    maxOpen: 3,
    idleCloseMs: 60_000,
    waitMs: 60_000,
    ...settings,
    clock,
  });
  return { pool, directory, clock };
}

const nameOf = async (file: OpenFile): Outcome<string> => ok(file.name);

/** Lets everything go on that waits for nothing but promises. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A lease that is held until the gate opens. */
function holdLease(
  { pool }: Made,
  name: string,
): { readonly gate: Gate; readonly ended: Promise<Result<string, EngineError>> } {
  const gate = new Gate();
  const ended = pool.lease(name, async (file) => {
    file.users += 1;
    await gate.opened();
    file.users -= 1;
    return ok(file.isOpen ? file.name : "closed under use");
  });
  return { gate, ended };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a lease", () => {
  it("opens a database at the first use and keeps it for the next", async () => {
    const { pool, directory } = makePool();
    expect(valueOf(await pool.lease("a", nameOf))).toBe("a");
    expect(valueOf(await pool.lease("a", nameOf))).toBe("a");
    expect(directory.opened).toEqual(["a"]);
    expect(pool.size).toBe(1);
    expect(pool.peek("a")?.name).toBe("a");
    expect(pool.peek("b")).toBeUndefined();
  });

  it("opens once for all who ask at the same time", async () => {
    const { pool, directory } = makePool();
    const results = await Promise.all(Array.from({ length: 100 }, () => pool.lease("a", nameOf)));
    expect(results.every((result) => valueOf(result) === "a")).toBe(true);
    expect(directory.opened).toEqual(["a"]);
  });

  it("gives the refusal of opening to all who asked, and tries anew for the next", async () => {
    const { pool, directory } = makePool();
    directory.opening = async (name) => refuse("database_not_found", { name });
    const results = await Promise.all([pool.lease("a", nameOf), pool.lease("a", nameOf)]);
    for (const result of results) refusalOf(result, "database_not_found");
    expect(pool.size).toBe(0);
    directory.opening = async () => ok(undefined);
    expect(valueOf(await pool.lease("a", nameOf))).toBe("a");
    expect(directory.opened).toEqual(["a", "a"]);
  });

  it("turns a throw of opening into internal and stays of use", async () => {
    const { pool, directory } = makePool();
    directory.opening = () => Promise.reject(new TypeError("broken"));
    refusalOf(await pool.lease("a", nameOf), "internal");
    directory.opening = async () => ok(undefined);
    expect(valueOf(await pool.lease("a", nameOf))).toBe("a");
  });

  it("ends with its work, when that refuses or throws", async () => {
    const { pool } = makePool({ maxOpen: 1 });
    refusalOf(await pool.lease("a", async () => refuse("conflict", {})), "conflict");
    await expect(pool.lease("a", () => Promise.reject(new TypeError("broken")))).rejects.toThrow("broken");
    expect(valueOf(await pool.lease("b", nameOf))).toBe("b");
  });
});

describe("passing work", () => {
  const passing = { isPassing: true };

  it("closes what was opened for it alone, and leaves what others have open", async () => {
    const { pool, directory } = makePool({ maxOpen: 2 });
    await pool.lease("used", nameOf);
    for (const name of ["a", "used", "b", "c", "used"]) valueOf(await pool.lease(name, nameOf, passing));
    expect(directory.closed).toEqual(["a", "b", "c"]);
    expect([...directory.open].map((file) => file.name)).toEqual(["used"]);
    expect(pool.figures.closes).toMatchObject({ passing: 3, cap: 0 });
  });

  it("pushes out no more than it needs at a time, where all places are taken", async () => {
    const { pool, directory } = makePool({ maxOpen: 3 });
    for (const name of ["x", "y", "z"]) await pool.lease(name, nameOf);
    for (const name of ["a", "b", "c", "d"]) valueOf(await pool.lease(name, nameOf, passing));
    expect(directory.closed.filter((name) => ["x", "y", "z"].includes(name))).toEqual(["x"]);
    expect(directory.most).toBe(3);
  });

  it("leaves open what somebody else has come to use meanwhile", async () => {
    const made = makePool();
    const { gate, ended } = holdLease(made, "a");
    const beside = made.pool.lease("a", nameOf, passing);
    gate.open();
    await Promise.all([ended, beside]);
    const first = made.pool.lease("b", nameOf, passing);
    await Promise.all([first, made.pool.lease("b", nameOf), made.pool.lease("b", nameOf, passing)]);
    expect(made.directory.closed).toEqual([]);
  });

  it("closes after an error of the work too, and not twice", async () => {
    const { pool, directory } = makePool();
    refusalOf(await pool.lease("a", () => Promise.resolve(refuse("internal", {})), passing), "internal");
    directory.opening = () => Promise.resolve(refuse("storage_failed", {}));
    refusalOf(await pool.lease("b", nameOf, passing), "storage_failed");
    expect(directory.closed).toEqual(["a"]);
    valueOf(await pool.close());
    expect(directory.closed).toEqual(["a"]);
  });
});

describe("the cap", () => {
  it("closes the one that was used longest ago", async () => {
    const { pool, directory } = makePool({ maxOpen: 2 });
    for (const name of ["a", "b", "a", "c"]) await pool.lease(name, nameOf);
    expect(directory.closed).toEqual(["b"]);
    expect([...directory.open].map((file) => file.name)).toEqual(["a", "c"]);
  });

  it("makes a caller wait until a place is free", async () => {
    const made = makePool({ maxOpen: 1 });
    const first = holdLease(made, "a");
    const second = made.pool.lease("b", nameOf);
    await settled();
    expect(made.directory.opened).toEqual(["a"]);
    first.gate.open();
    expect(valueOf(await first.ended)).toBe("a");
    expect(valueOf(await second)).toBe("b");
    expect(made.directory.most).toBe(1);
  });

  it("refuses a caller who has waited long enough, and serves the next", async () => {
    const made = makePool({ maxOpen: 1, waitMs: 5 });
    const first = holdLease(made, "a");
    const error = refusalOf(await made.pool.lease("b", nameOf), "database_busy");
    expect(error.details.name).toBe("b");
    expect(error.isRetryable).toBe(true);
    first.gate.open();
    await first.ended;
    expect(valueOf(await made.pool.lease("b", nameOf))).toBe("b");
  });

  it("serves everybody who waits, each in turn", async () => {
    const { pool, directory } = makePool({ maxOpen: 2 });
    const names = Array.from({ length: 200 }, (_, at) => `db${at % 40}`);
    const results = await Promise.all(
      names.map((name) =>
        pool.lease(name, async (file) => {
          file.users += 1;
          await settled();
          file.users -= 1;
          return ok(file.isOpen ? file.name : "closed under use");
        }),
      ),
    );
    expect(results.map(valueOf)).toEqual(names);
    expect(directory.most).toBeLessThanOrEqual(2);
    expect(directory.breaches).toEqual([]);
  });
});

describe("the line before the cap", () => {
  const fakeTimers = (): void => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  };

  /** Asks for a database again and again, so that it always has leases, until it is told to stop. */
  function flood({ pool }: Made, name: string) {
    const state = { stops: false, served: 0 };
    const lane = async (): Promise<void> => {
      while (!state.stops) {
        valueOf(
          await pool.lease(name, async (file) => {
            file.users += 1;
            await settled();
            file.users -= 1;
            state.served += 1;
            return ok(undefined);
          }),
        );
      }
    };
    const ended = Promise.all([lane(), lane(), lane()]);
    return {
      served: () => state.served,
      stop: async () => {
        state.stops = true;
        await ended;
      },
    };
  }

  it("is served in the order of coming, and a thousand calls of one database are one in it", async () => {
    const made = makePool({ maxOpen: 1 });
    const { pool, directory } = made;
    const first = holdLease(made, "a");
    await settled();
    const order: string[] = [];
    const ask = (name: string) =>
      pool.lease(name, async () => {
        order.push(name);
        return ok(undefined);
      });
    const asked = [...Array.from({ length: 1_000 }, () => ask("flood")), ask("b"), ask("c"), ask("flood")];
    await settled();
    expect(pool.figures).toMatchObject({ waiting: 1_003, waits: 1_003, inUse: 1, open: 1 });
    first.gate.open();
    for (const result of await Promise.all(asked)) valueOf(result);
    expect(directory.opened).toEqual(["a", "flood", "b", "c"]);
    expect(order.slice(0, 1_001)).toEqual(Array.from({ length: 1_001 }, () => "flood"));
    expect(order.slice(1_001)).toEqual(["b", "c"]);
    expect(pool.figures).toMatchObject({ waiting: 0, closes: { cap: 3 } });
  });

  it("is not passed by a newcomer", async () => {
    const made = makePool({ maxOpen: 1 });
    const { pool, directory } = made;
    const first = holdLease(made, "a");
    await settled();
    const waiting = pool.lease("b", nameOf);
    first.gate.open();
    await first.ended;
    const newcomer = pool.lease("c", nameOf);
    valueOf(await waiting);
    valueOf(await newcomer);
    expect(directory.opened).toEqual(["a", "b", "c"]);
  });

  it("goes on although the databases that are open are never idle, and they all go round", async () => {
    const made = makePool({ maxOpen: 2, waitMs: 20_000 });
    const floods = ["a", "b", "c"].map((name) => flood(made, name));
    for (const name of ["x", "y", "z"]) expect(valueOf(await made.pool.lease(name, nameOf))).toBe(name);
    const before = floods.map(({ served }) => served());
    await vi.waitFor(() => {
      for (const [at, { served }] of floods.entries()) expect(served()).toBeGreaterThan(before[at]!);
    });
    await Promise.all(floods.map(({ stop }) => stop()));
    expect(made.directory.breaches).toEqual([]);
    expect(made.directory.most).toBe(2);
    expect(made.pool.figures.closes.turn).toBeGreaterThan(0);
  });

  it("does not close the pinned one, however long it is used", async () => {
    fakeTimers();
    const made = makePool({ maxOpen: 2, pinned: "a" });
    const pinned = holdLease(made, "a");
    const other = holdLease(made, "b");
    await settled();
    const waiting = made.pool.lease("c", nameOf);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(valueOf(await made.pool.lease("a", nameOf))).toBe("a");
    other.gate.open();
    expect(valueOf(await waiting)).toBe("c");
    expect(made.directory.closed).toEqual(["b"]);
    pinned.gate.open();
    expect(valueOf(await pinned.ended)).toBe("a");
  });

  it("keeps the calls of a database that is to leave waiting, but not for ever: its last lease may need them", async () => {
    fakeTimers();
    const made = makePool({ maxOpen: 1 });
    const { pool, directory } = made;
    const entered = new Gate();
    const outer = pool.lease("a", async (file) => {
      file.users += 1;
      await entered.opened();
      const inner = await pool.lease("a", nameOf);
      file.users -= 1;
      return inner;
    });
    await settled();
    const waiting = pool.lease("b", nameOf);
    await vi.advanceTimersByTimeAsync(50);
    entered.open();
    let isOver = false;
    void outer.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(200);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    expect(valueOf(await outer)).toBe("a");
    expect(valueOf(await waiting)).toBe("b");
    expect(directory.opened).toEqual(["a", "b"]);
    expect(directory.breaches).toEqual([]);
  });

  it("asks another one to leave when the first does not", async () => {
    fakeTimers();
    const made = makePool({ maxOpen: 2 });
    const stubborn = holdLease(made, "a");
    await settled();
    const yielding = flood(made, "b");
    await settled();
    const waiting = made.pool.lease("c", nameOf);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(valueOf(await waiting)).toBe("c");
    expect(made.directory.closed[0]).toBe("b");
    stubborn.gate.open();
    expect(valueOf(await stubborn.ended)).toBe("a");
    await yielding.stop();
    expect(made.directory.breaches).toEqual([]);
  });

  it("forgets those whose time was over", async () => {
    const made = makePool({ maxOpen: 1, waitMs: 5 });
    const first = holdLease(made, "a");
    refusalOf(await made.pool.lease("b", nameOf), "database_busy");
    const second = made.pool.lease("c", nameOf);
    first.gate.open();
    expect(valueOf(await second)).toBe("c");
    expect(made.directory.opened).toEqual(["a", "c"]);
    expect(made.pool.figures).toMatchObject({ refusals: 1, waiting: 0 });
  });

  it("waits for a hold on the database whose turn it is", async () => {
    const made = makePool({ maxOpen: 1 });
    const { pool, directory } = made;
    const first = holdLease(made, "a");
    await settled();
    const waiting = pool.lease("b", nameOf);
    await settled();
    const gate = new Gate();
    const held = pool.hold("b", async () => {
      await gate.opened();
      return ok([...directory.open].map(({ name }) => name));
    });
    first.gate.open();
    await first.ended;
    await settled();
    gate.open();
    expect(valueOf(await held)).not.toContain("b");
    expect(valueOf(await waiting)).toBe("b");
  });
});

describe("when the system has no more handles", () => {
  it("the one that was unused for longest is closed, never one in use", async () => {
    const made = makePool();
    const { pool, directory } = made;
    for (const name of ["a", "b"]) await pool.lease(name, nameOf);
    const held = holdLease(made, "c");
    await settled();
    expect(await pool.relieve()).toBe(true);
    expect(directory.closed).toEqual(["a"]);
    expect(await pool.relieve()).toBe(true);
    expect(await pool.relieve()).toBe(false);
    expect(directory.closed).toEqual(["a", "b"]);
    expect(pool.figures.closes.handles).toBe(2);
    held.gate.open();
    expect(valueOf(await held.ended)).toBe("c");
  });
});

describe("idle databases", () => {
  it("are closed when the period is over, and not before; used ones stay", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const made = makePool({ idleCloseMs: 1_000 });
    const { pool, directory, clock } = made;
    const held = holdLease(made, "used");
    await pool.lease("idle", nameOf);
    clock.ms += 999;
    await vi.advanceTimersByTimeAsync(500);
    expect(directory.closed).toEqual([]);
    clock.ms += 1;
    await vi.advanceTimersByTimeAsync(500);
    expect(directory.closed).toEqual(["idle"]);
    held.gate.open();
    expect(valueOf(await held.ended)).toBe("used");
    expect(valueOf(await pool.lease("idle", nameOf))).toBe("idle");
    expect(directory.breaches).toEqual([]);
  });
});

describe("an exclusive hold", () => {
  it("waits for the leases, closes the database and lets nobody in", async () => {
    const made = makePool();
    const { pool, directory } = made;
    const lease = holdLease(made, "a");
    await settled();
    const gate = new Gate();
    let wasOpen: boolean | undefined;
    const hold = pool.hold("a", async () => {
      wasOpen = directory.open.size > 0;
      await gate.opened();
      return ok("held");
    });
    const later = pool.lease("a", nameOf);
    await settled();
    expect(wasOpen).toBeUndefined();
    lease.gate.open();
    await lease.ended;
    await vi.waitFor(() => expect(wasOpen).toBe(false));
    expect(directory.opened).toEqual(["a"]);
    gate.open();
    expect(valueOf(await hold)).toBe("held");
    expect(valueOf(await later)).toBe("a");
    expect(directory.opened).toEqual(["a", "a"]);
  });

  it("follows another one of the same name", async () => {
    const { pool } = makePool();
    const order: string[] = [];
    const work = (name: string) => async (): Outcome<void> => {
      order.push(`${name} begins`);
      await settled();
      order.push(`${name} ends`);
      return ok(undefined);
    };
    await Promise.all([pool.hold("a", work("first")), pool.hold("a", work("second"))]);
    expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });

  it("does not hinder other names", async () => {
    const { pool } = makePool();
    const gate = new Gate();
    const hold = pool.hold("a", async () => ok(await gate.opened()));
    expect(valueOf(await pool.lease("b", nameOf))).toBe("b");
    gate.open();
    await hold;
  });

  it("ends when its work throws", async () => {
    const { pool } = makePool();
    await expect(pool.hold("a", () => Promise.reject(new TypeError("broken")))).rejects.toThrow("broken");
    expect(valueOf(await pool.lease("a", nameOf))).toBe("a");
  });

  it("tells the error of closing and does not run", async () => {
    const { pool, directory } = makePool();
    await pool.lease("a", nameOf);
    directory.closing = async (name) => refuse("storage_failed", { name });
    let hasRun = false;
    const held = await pool.hold("a", async () => {
      hasRun = true;
      return ok(undefined);
    });
    refusalOf(held, "storage_failed");
    expect(hasRun).toBe(false);
  });
});

describe("a hold that does not wait for ever", () => {
  const drain = {
    afterMs: 1_000,
    reason: new EngineError("database_busy", {}, { message: "restored" }) as EngineError,
  };

  it("interrupts nobody who ends in time", async () => {
    const made = makePool();
    const lease = holdLease(made, "a");
    await settled();
    const hold = made.pool.hold("a", async () => ok("held"), drain);
    lease.gate.open();
    expect(valueOf(await hold)).toBe("held");
    expect(made.directory.interruptions).toEqual([]);
  });

  it("interrupts who takes longer, and runs when that has ended him", async () => {
    vi.useFakeTimers();
    const made = makePool();
    const used = made.pool.lease("a", async (file) => ok(await file.interrupted.opened()));
    await vi.advanceTimersByTimeAsync(1);
    const hold = made.pool.hold("a", async () => ok(made.directory.open.size), drain);
    await vi.advanceTimersByTimeAsync(999);
    expect(made.directory.interruptions).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(made.directory.interruptions).toEqual(["a: restored"]);
    expect(valueOf(await used)).toBe(true);
    expect(valueOf(await hold)).toBe(0);
  });

  it("gives up on who cannot be stopped, and nobody gets the interrupted database", async () => {
    vi.useFakeTimers();
    const made = makePool();
    const { pool, directory } = made;
    const lease = holdLease(made, "a");
    await vi.advanceTimersByTimeAsync(1);
    let hasRun = false;
    const hold = pool.hold(
      "a",
      async () => {
        hasRun = true;
        return ok(undefined);
      },
      drain,
    );
    await vi.advanceTimersByTimeAsync(6_000);
    refusalOf(await hold, "database_busy");
    const later = pool.lease("a", nameOf);
    expect(pool.peek("a")).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(directory.opened).toEqual(["a"]);
    lease.gate.open();
    await vi.advanceTimersByTimeAsync(1);
    expect(valueOf(await lease.ended)).toBe("a");
    expect(valueOf(await later)).toBe("a");
    expect(directory.opened).toEqual(["a", "a"]);
    expect([hasRun, directory.breaches]).toEqual([false, []]);
  });

  it("lets those who wait for it go with database_busy when it takes too long", async () => {
    vi.useFakeTimers();
    const { pool } = makePool({ waitMs: 2_000 });
    const gate = new Gate();
    const hold = pool.hold("a", async () => ok(await gate.opened()));
    const waiting = pool.lease("a", nameOf);
    await vi.advanceTimersByTimeAsync(2_000);
    refusalOf(await waiting, "database_busy");
    gate.open();
    valueOf(await hold);
    expect(valueOf(await pool.lease("a", nameOf))).toBe("a");
  });
});

describe("closing the pool", () => {
  it("waits for the leases, closes everything and refuses what comes", async () => {
    const made = makePool();
    const { pool, directory } = made;
    await pool.lease("b", nameOf);
    const lease = holdLease(made, "a");
    await settled();
    const closing = pool.close();
    refusalOf(await pool.lease("a", nameOf), "engine_closed");
    refusalOf(await pool.hold("c", async () => ok(undefined)), "engine_closed");
    expect(directory.open.size).toBeGreaterThan(0);
    lease.gate.open();
    expect(valueOf(await lease.ended)).toBe("a");
    valueOf(await closing);
    expect(directory.open.size).toBe(0);
    expect(directory.breaches).toEqual([]);
    expect(pool.size).toBe(0);
  });

  it("refuses those who wait for a place", async () => {
    const made = makePool({ maxOpen: 1 });
    const lease = holdLease(made, "a");
    const waiting = made.pool.lease("b", nameOf);
    await settled();
    const closing = made.pool.close();
    refusalOf(await waiting, "engine_closed");
    lease.gate.open();
    await lease.ended;
    valueOf(await closing);
  });

  it("goes on after a failure and tells it", async () => {
    const { pool, directory } = makePool();
    for (const name of ["a", "b", "c"]) await pool.lease(name, nameOf);
    directory.closing = async (name) => (name === "b" ? refuse("storage_failed", { name }) : ok(undefined));
    refusalOf(await pool.close(), "storage_failed");
    expect(directory.open.size).toBe(0);
  });

  it("turns a throw of a database's close into an error", async () => {
    const { pool, directory } = makePool();
    await pool.lease("a", nameOf);
    directory.closing = () => Promise.reject(new TypeError("broken"));
    refusalOf(await pool.close(), "internal");
  });
});

describe("whatever is asked in whatever order", () => {
  const step = fc.record({
    call: fc.constantFrom("lease", "lease", "lease", "hold", "wait"),
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    turns: fc.nat(3),
    fails: fc.boolean(),
  });

  it("the cap holds, nothing is closed under use, everything ends and is closed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, maxOpen) => {
        const { pool, directory } = makePool({ maxOpen });
        const work = (turns: number, fails: boolean) => async (): Outcome<string> => {
          for (let turn = 0; turn < turns; turn += 1) await settled();
          return fails ? refuse("conflict", {}) : ok("done");
        };
        const running: Promise<Result<string, EngineError>>[] = [];
        for (const { call, name, turns, fails } of steps) {
          if (call === "wait") await settled();
          else if (call === "hold") running.push(pool.hold(name, work(turns, fails)));
          else {
            running.push(
              pool.lease(name, async (file) => {
                file.users += 1;
                const result = await work(turns, fails)();
                file.users -= 1;
                return file.isOpen ? result : refuse("internal", {});
              }),
            );
          }
        }
        const results = await Promise.all(running);
        expect(results.every((result) => result.isOk() || result.error.code === "conflict")).toBe(true);
        expect(directory.most).toBeLessThanOrEqual(maxOpen);
        valueOf(await pool.close());
        expect(directory.breaches).toEqual([]);
        expect(directory.open.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
