// Which reads share a trip, what each is given of it, and whom a failure reaches.
import { describe, expect, it } from "vitest";
import { AlikeReads } from "../../../../../lib/storage/sqlite/reading/alike-reads.js";
import type { StatementOutcome } from "../../../../../lib/storage/sqlite/connections/connection.js";

const text = "select ? as v";

/** A store that answers when it is told to, and a clock beside it. */
class Trips {
  readonly made: { readonly sql: string; readonly values: readonly unknown[] }[] = [];
  now = 0;
  readonly #open: { readonly answer: () => void; readonly fail: (reason: Error) => void }[] = [];
  readonly reads = new AlikeReads(
    (sql, values) => {
      this.made.push({ sql, values });
      return new Promise<StatementOutcome>((resolve, reject) => {
        const isOne = !sql.includes("nth");
        // In reverse, because nothing promises an order.
        const rows = isOne ? [{ v: values[0] }] : values.map((v, nth) => ({ nth, v })).toReversed();
        this.#open.push({ answer: () => resolve({ rows: rows as StatementOutcome["rows"] }), fail: reject });
      });
    },
    () => this.now,
  );

  /** Ends the trip that is under way, which has taken so long. */
  async end(ms: number, error?: Error): Promise<void> {
    this.now += ms;
    const [first] = this.#open.splice(0, 1);
    if (error) first?.fail(error);
    else first?.answer();
    await new Promise((resolve) => setImmediate(resolve));
  }

  sizes(): number[] {
    return this.made.map(({ sql }) => sql.split("union all").length);
  }

  async row(value: unknown, sql = text): Promise<unknown> {
    return (await this.reads.readRow(sql, [value])).rows[0]?.["v"];
  }
}

/** A text that is known to take 0.1 ms. */
async function known(): Promise<Trips> {
  const trips = new Trips();
  const first = trips.row("first");
  await trips.end(0.1);
  expect(await first).toBe("first");
  trips.made.length = 0;
  return trips;
}

describe("reads of one text", () => {
  it("go alone until it is known how long they take", async () => {
    const trips = new Trips();
    const given = [trips.row("a"), trips.row("b"), trips.row("c")];
    expect(trips.sizes()).toEqual([1]);
    await trips.end(0.1);
    expect(trips.sizes()).toEqual([1, 2]);
    await trips.end(0.1);
    expect(await Promise.all(given)).toEqual(["a", "b", "c"]);
  });

  it("share trips of eight, four and two, and each is given its own row", async () => {
    const trips = await known();
    const values = Array.from({ length: 16 }, (_, at) => `v${at}`);
    const given = values.map((value) => trips.row(value));
    for (let n = 0; n < 5; n += 1) await trips.end(0.1);
    expect(await Promise.all(given)).toEqual(values);
    expect(trips.sizes()).toEqual([1, 8, 4, 2, 1]);
    expect(trips.reads.waiting).toBe(0);
  });

  it("share less, the longer they take", async () => {
    const trips = new Trips();
    const given = Array.from({ length: 6 }, (_, at) => trips.row(at));
    await trips.end(0.7);
    await trips.end(1.4);
    await trips.end(20);
    await trips.end(20);
    for (let n = 0; n < 4; n += 1) await trips.end(20);
    await Promise.all(given);
    expect(trips.sizes()[1]).toBe(2);
    const slow = new Trips();
    const alone = Array.from({ length: 3 }, (_, at) => slow.row(at));
    for (let n = 0; n < 3; n += 1) await slow.end(2);
    await Promise.all(alone);
    expect(slow.sizes()).toEqual([1, 1, 1]);
  });

  it("share with no other text, and nothing that may give other than one row shares at all", async () => {
    const trips = await known();
    const blocker = trips.row("blocker");
    const others = [trips.row("a", "select ? as v, 1"), trips.row("b"), trips.row("c")];
    const alone = [trips.reads.read(text, ["d"], true), trips.reads.read(text, ["e"], true)];
    for (let n = 0; n < 6; n += 1) await trips.end(0.1);
    await Promise.all([blocker, ...alone]);
    expect(await Promise.all(others)).toEqual(["a", "b", "c"]);
    expect(trips.sizes()).toEqual([1, 1, 2, 1, 1]);
  });
});

it("a shared trip that fails is made again for each, who hears of his own", async () => {
  const trips = await known();
  const blocker = trips.row("blocker");
  const given = [trips.row("a"), trips.row("b")].map((row) => row.catch((reason: unknown) => reason));
  await trips.end(0.1);
  await trips.end(0.1, new Error("too large together"));
  await trips.end(0.1);
  const own = new Error("too large alone");
  await trips.end(0.1, own);
  await blocker;
  expect(await Promise.all(given)).toEqual(["a", own]);
  expect(trips.sizes()).toEqual([1, 2, 1, 1]);
  const after = trips.row("after");
  await trips.end(0.1);
  expect(await after).toBe("after");
});
