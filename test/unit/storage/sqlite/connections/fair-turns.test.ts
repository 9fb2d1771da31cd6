// Turns at the native library: never more than the limit, databases one after the other, slow ones never all places.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairTurns, type TurnKind } from "../../../../../lib/storage/sqlite/connections/fair-turns.js";

/** Calls that run until they are ended by hand, under a clock that is turned by hand. */
class Bench {
  readonly turns: FairTurns;
  now = 0;
  /** What has started, in order: "a1", "a2", "b1" … */
  readonly started: string[] = [];
  readonly running = new Map<string, (failure?: Error) => void>();
  readonly #counts = new Map<string, number>();

  constructor(limit: number, processors = limit) {
    this.turns = new FairTurns(limit, () => this.now, processors);
  }

  /** Asks for a turn of a database; gives the promise of its end. */
  ask(key: string, kind?: TurnKind): Promise<string> {
    const number = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, number);
    const name = `${key}${number}`;
    const call = (): Promise<string> => {
      this.started.push(name);
      return new Promise((resolve, reject) => {
        this.running.set(name, (failure) => (failure ? reject(failure) : resolve(name)));
      });
    };
    return this.turns.run(key, call, kind);
  }

  async end(name: string, failure?: Error): Promise<void> {
    const finish = this.running.get(name);
    if (!finish) throw new Error(`${name} does not run`);
    this.running.delete(name);
    finish(failure);
    await settled();
  }

  /** Ends the call after so many milliseconds. */
  async endAfter(name: string, ms: number): Promise<void> {
    this.now += ms;
    await this.end(name);
  }
}

/** Lets everything go on that waits for nothing but promises. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  it("are given at once while places are free, and back with the outcome", async () => {
    const bench = new Bench(3);
    const first = bench.ask("a");
    const second = bench.ask("b");
    expect(bench.started).toEqual(["a1", "b1"]);
    expect(bench.turns.load).toEqual({ limit: 3, running: 2, waiting: 0 });
    await bench.end("a1");
    expect(await first).toBe("a1");
    const failed = expect(second).rejects.toThrow("broken");
    await bench.end("b1", new Error("broken"));
    await failed;
    expect(bench.turns.load).toEqual({ limit: 3, running: 0, waiting: 0 });
  });

  it("go round: a call of another database comes after one of the flood, not after all", async () => {
    const bench = new Bench(1);
    for (let n = 0; n < 1_000; n += 1) void bench.ask("flood");
    void bench.ask("b");
    void bench.ask("c");
    expect(bench.turns.load).toEqual({ limit: 1, running: 1, waiting: 1_001 });
    await bench.end("flood1");
    await bench.end("flood2");
    await bench.end("b1");
    await bench.end("c1");
    expect(bench.started).toEqual(["flood1", "flood2", "b1", "c1", "flood3"]);
  });

  it("leave one place to others, whatever one database asks", async () => {
    const bench = new Bench(3);
    for (let n = 0; n < 10; n += 1) void bench.ask("flood");
    await settled();
    expect(bench.started).toEqual(["flood1", "flood2"]);
    void bench.ask("b");
    expect(bench.started.at(-1)).toBe("b1");
  });

  it("leave one place free of all databases whose calls took long", async () => {
    const bench = new Bench(3);
    for (const key of ["a", "b", "c", "d"]) {
      void bench.ask(key);
      await bench.endAfter(`${key}1`, 25);
    }
    for (const key of ["a", "b", "c", "d"]) void bench.ask(key);
    await settled();
    expect([...bench.running.keys()]).toEqual(["a2", "b2"]);
    // Quick ones come and go on the third place, and no slow one takes it meanwhile.
    for (let n = 1; n <= 5; n += 1) {
      void bench.ask("quick");
      expect(bench.running.has(`quick${n}`)).toBe(true);
      await bench.end(`quick${n}`);
    }
    expect([...bench.running.keys()]).toEqual(["a2", "b2"]);
    await bench.end("a2");
    expect([...bench.running.keys()]).toEqual(["b2", "c2"]);
  });

  it("forget that a database was slow", async () => {
    const bench = new Bench(2);
    for (const key of ["a", "b"]) {
      void bench.ask(key);
      await bench.endAfter(`${key}1`, 25);
    }
    void bench.ask("a");
    void bench.ask("b");
    expect([...bench.running.keys()]).toEqual(["a2"]);
    await bench.end("a2");
    await bench.end("b2");
    bench.now += 1_001;
    void bench.ask("a");
    void bench.ask("b");
    expect([...bench.running.keys()]).toEqual(["a3", "b3"]);
  });

  it("do not hold up the quick behind one that became slow in the line", async () => {
    const bench = new Bench(3);
    for (const key of ["x", "y"]) {
      void bench.ask(key);
      await bench.endAfter(`${key}1`, 25);
    }
    // x and y hold the two places of the slow; a is not known to be slow when it comes to the line.
    void bench.ask("x");
    void bench.ask("y");
    void bench.ask("a");
    void bench.ask("a");
    void bench.ask("b");
    expect([...bench.running.keys()]).toEqual(["x2", "y2", "a1"]);
    await bench.endAfter("a1", 25);
    expect([...bench.running.keys()]).toEqual(["x2", "y2", "b1"]);
    await bench.end("x2");
    expect([...bench.running.keys()]).toEqual(["y2", "b1", "a2"]);
  });

  it("take for slow only what is not far from the slowest: on a busy machine everything takes long", async () => {
    const bench = new Bench(3);
    for (const [key, ms] of [
      ["a", 200],
      ["b", 200],
      ["quick", 30],
    ] as const) {
      void bench.ask(key);
      await bench.endAfter(`${key}1`, ms);
    }
    void bench.ask("a");
    void bench.ask("b");
    void bench.ask("quick");
    expect([...bench.running.keys()]).toEqual(["a2", "b2", "quick2"]);
    for (const name of ["a2", "b2", "quick2"]) await bench.end(name);
    // When the slow ones have been quiet for a while, it is the slowest itself.
    bench.now += 900;
    void bench.ask("quick");
    await bench.endAfter("quick3", 40);
    bench.now += 200;
    for (const key of ["c", "d"]) {
      void bench.ask(key);
      await bench.endAfter(`${key}1`, 20);
    }
    void bench.ask("c");
    void bench.ask("d");
    void bench.ask("quick");
    expect([...bench.running.keys()]).toEqual(["c2", "d2"]);
  });

  it("do not take a database for slow because of one call", async () => {
    const bench = new Bench(2);
    for (const name of ["slow1", "slow2"]) {
      void bench.ask("slow");
      await bench.endAfter(name, 100);
    }
    void bench.ask("slow");
    for (let n = 1; n <= 8; n += 1) {
      void bench.ask("a");
      await bench.endAfter(`a${n}`, n === 3 ? 30 : 0);
    }
    expect(bench.running.has("slow3")).toBe(true);
    void bench.ask("a");
    expect(bench.running.has("a9")).toBe(true);
  });

  it("go round on a single place, slow or not", async () => {
    const bench = new Bench(1);
    for (const key of ["a", "a", "b", "a"]) void bench.ask(key);
    await bench.endAfter("a1", 25);
    await bench.endAfter("a2", 25);
    await bench.endAfter("b1", 25);
    expect(bench.started).toEqual(["a1", "a2", "b1", "a3"]);
  });
});

type Step = { readonly kind: "ask"; readonly key: string } | { readonly kind: "end"; readonly at: number };

const steps: fc.Arbitrary<readonly { step: Step; ms: number }[]> = fc.array(
  fc.record({
    step: fc.oneof(
      fc.record({ kind: fc.constant("ask" as const), key: fc.constantFrom("a", "b", "c", "d", "e") }),
      fc.record({ kind: fc.constant("end" as const), at: fc.nat(20) }),
    ),
    ms: fc.constantFrom(0, 1, 30, 600),
  }),
  { maxLength: 120 },
);

describe("in any order of events", () => {
  it("the limits hold, each database's calls keep their order, and all come to their end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), steps, async (limit, events) => {
        const bench = new Bench(limit);
        const share = Math.max(1, limit - 1);
        const asked: Promise<string>[] = [];
        const check = (): void => {
          const running = [...bench.running.keys()];
          const { load } = bench.turns;
          expect(load.running).toBe(running.length);
          expect(load.waiting).toBe(asked.length - bench.started.length);
          expect(running.length).toBeLessThanOrEqual(limit);
          for (const key of "abcde") {
            expect(running.filter((name) => name.startsWith(key)).length).toBeLessThanOrEqual(share);
          }
          // A place stays free only for those that do not wait.
          if (load.waiting > 0) expect(running.length).toBeGreaterThanOrEqual(share);
        };
        for (const { step, ms } of events) {
          bench.now += ms;
          if (step.kind === "ask") asked.push(bench.ask(step.key));
          else {
            const name = [...bench.running.keys()][step.at];
            if (name !== undefined) await bench.end(name);
          }
          check();
        }
        while (bench.running.size > 0) {
          await bench.end([...bench.running.keys()][0]!);
          check();
        }
        expect((await Promise.all(asked)).toSorted()).toEqual(bench.started.toSorted());
        for (const key of "abcde") {
          const numbers = bench.started.filter((name) => name.startsWith(key)).map((name) => Number(name.slice(1)));
          expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
        }
      }),
    );
  });

  it("nobody is served twice while another waits who may be served", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 2, maxLength: 60 }), async (asks) => {
        const bench = new Bench(1);
        void bench.ask("first");
        for (const key of asks) void bench.ask(key);
        const left = new Map<string, number>();
        for (const key of asks) left.set(key, (left.get(key) ?? 0) + 1);
        const since = new Map([...left.keys()].map((key) => [key, 0]));
        await bench.end("first1");
        for (let turn = 0; turn < asks.length; turn += 1) {
          const name = [...bench.running.keys()][0]!;
          const key = name[0]!;
          for (const [other, waited] of since) {
            if (other === key || left.get(other) === 0) since.set(other, 0);
            else since.set(other, waited + 1);
          }
          left.set(key, left.get(key)! - 1);
          // Four databases: whoever waits has his turn after at most three others.
          expect(Math.max(...since.values())).toBeLessThanOrEqual(3);
          await bench.end(name);
        }
      }),
    );
  });
});

describe("with more threads than processors", () => {
  /** Databases of which it is known that their calls take long; none of them runs. */
  async function slowOnes(names: readonly string[], kind: TurnKind): Promise<Bench> {
    const bench = new Bench(16, 2);
    for (const name of names) {
      void bench.ask(name, kind);
      await bench.endAfter(`${name}1`, 40);
    }
    bench.started.length = 0;
    return bench;
  }
  const names = Array.from({ length: 12 }, (_, n) => String.fromCharCode(97 + n));

  it("no more slow reads run at once than there are processors, and they take turns", async () => {
    const bench = await slowOnes(names, "reads");
    for (const name of names) void bench.ask(name, "reads");
    expect(bench.started).toEqual(["a2", "b2"]);
    void bench.ask("quick");
    expect(bench.started).toEqual(["a2", "b2", "quick1"]);
    await bench.end("a2");
    expect(bench.started.slice(3)).toEqual(["c2"]);
  });

  it("writes that wait for the disk use all threads but one", async () => {
    const bench = await slowOnes(names, "writes");
    for (const name of names) void bench.ask(name, "writes");
    expect(bench.started).toHaveLength(12);
    // And are not what makes reads of the same databases slow.
    void bench.ask("a", "reads");
    expect(bench.started).toContain("a3");
  });
});
