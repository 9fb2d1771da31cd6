// Which reads share a trip, and which never may.
import { describe, expect, it } from "vitest";
import { EngineError } from "../../../../../lib/base/errors.js";
import type { KeyedQuery, StoreValue } from "../../../../../lib/storage/storage.js";
import { KeyedReads, type KeyedOutcome } from "../../../../../lib/storage/sqlite/reading/keyed-reads.js";

const queryOf = (name: string): KeyedQuery => ({ one: `${name}, one`, many: `${name}, many`, keyAt: 0 });
const posts = queryOf("posts");

/** A connection that answers when it is told to: of each key there is an item that names the statement and its values. */
class Trips {
  readonly #underWay: { readonly answer: () => void; readonly fail: (error: Error) => void }[] = [];
  readonly made: string[] = [];
  readonly missing = new Set<string>();

  readonly run = (sql: string, [keys, ...values]: readonly StoreValue[]): Promise<string | undefined> => {
    const isMany = sql.endsWith("many");
    const asked = isMany ? (JSON.parse(String(keys)) as string[]) : [String(keys)];
    this.made.push(`${sql} ${asked.join()}`);
    const items = asked
      .filter((key) => !this.missing.has(key))
      .map((key) => `${isMany ? key : ""}{"by":"${sql.split(",")[0]} ${values.join()} ${key}"}`)
      // The order of the rows is the store's affair.
      .toReversed();
    return new Promise((resolve, reject) => {
      this.#underWay.push({ answer: () => resolve(items.length > 0 ? items.join("\n") : undefined), fail: reject });
    });
  };

  /** Ends the trip under way; whatever it sets going has happened when this resolves. */
  async end(error?: Error): Promise<void> {
    const [trip] = this.#underWay.splice(0, 1);
    if (error) trip?.fail(error);
    else trip?.answer();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async endAll(): Promise<void> {
    while (this.#underWay.length > 0) await this.end();
  }
}

const start = () => {
  const trips = new Trips();
  const reads = new KeyedReads(trips.run);
  const read = (key: string, query = posts, values: readonly StoreValue[] = []) =>
    new Promise<KeyedOutcome>((resolve) => reads.add(query, values, key, resolve));
  return { trips, reads, read };
};
const itemOf = async (outcome: Promise<KeyedOutcome>) => (await outcome).unwrapOr("an error");

describe("reads by key", () => {
  it("begin at once when nothing is under way", () => {
    const { trips, read } = start();
    void read("a");
    expect(trips.made).toEqual(["posts, one a"]);
  });

  it("that wait together share a trip, each with its own item", async () => {
    const { trips, reads, read } = start();
    trips.missing.add("c");
    const given = ["a", "b", "c", "d"].map((key) => itemOf(read(key)));
    const twice = itemOf(read("b"));
    expect(reads.waiting).toBe(4);
    await trips.endAll();
    expect(reads.waiting).toBe(0);
    expect(trips.made).toEqual(["posts, one a", "posts, many b,c,d", "posts, one b"]);
    expect(await Promise.all(given)).toEqual([
      '{"by":"posts  a"}',
      '{"by":"posts  b"}',
      undefined,
      '{"by":"posts  d"}',
    ]);
    expect(await twice).toBe('{"by":"posts  b"}');
  });

  it("never join a trip that has begun", async () => {
    const { trips, read } = start();
    const first = itemOf(read("a"));
    const second = itemOf(read("a"));
    expect(trips.made).toEqual(["posts, one a"]);
    await trips.end();
    expect(await first).toBe('{"by":"posts  a"}');
    expect(trips.made).toEqual(["posts, one a", "posts, one a"]);
    await trips.end();
    expect(await second).toBe('{"by":"posts  a"}');
  });

  it("of other queries or other values go by themselves, in the order of their first", async () => {
    const { trips, read } = start();
    const users = queryOf("users");
    const values: readonly (readonly [KeyedQuery, readonly StoreValue[]])[] = [
      [posts, ["ann"]],
      [posts, ["bob"]],
      [posts, [1]],
      [posts, ["1"]],
      [posts, [true]],
      [posts, [null]],
      [posts, ["null"]],
      [posts, []],
      [users, ["ann"]],
      // Equal texts, but another object: compiled for another schema.
      [queryOf("posts"), ["ann"]],
    ];
    void read("first");
    const given = ["x", "y"].flatMap((key) => values.map(([query, of]) => itemOf(read(key, query, of))));
    await trips.endAll();
    expect(trips.made).toHaveLength(1 + values.length);
    expect(await Promise.all(given)).toEqual(
      ["x", "y"].flatMap((key) =>
        values.map(([query, of]) => `{"by":"${query === users ? "users" : "posts"} ${of.join()} ${key}"}`),
      ),
    );
  });

  it("go by halves, so that those who have heard can come again while the others are under way", async () => {
    const { trips, read } = start();
    for (let n = 0; n < 1_000; n += 1) void read(String(n));
    await trips.endAll();
    const sizes = trips.made.map((trip) => trip.split(" ").at(-1)!.split(",").length);
    expect(sizes[0]).toBe(1);
    expect(Math.max(...sizes)).toBe(128);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_000);
  });

  it("are asked one by one when their trip fails, and each hears of its own failure", async () => {
    const { trips, read } = start();
    void read("first");
    const given = ["a", "b", "c"].map((key) => read(key));
    await trips.end();
    await trips.end(new EngineError("payload_too_large", { limitBytes: 1 }));
    await trips.end();
    await trips.end(new EngineError("database_busy", { name: "x" }));
    await trips.endAll();
    const [a, b, c] = await Promise.all(given);
    expect(a?.isOk() && c?.isOk()).toBe(true);
    expect(b?.isErr() && b.error.code).toBe("database_busy");
    expect(trips.made.slice(1)).toEqual(["posts, many a,b", "posts, one a", "posts, one b", "posts, one c"]);
  });
});
