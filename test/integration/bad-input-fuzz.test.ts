// Anything at all thrown at every public call: the answer is a Result, a refusal has a code of the contract, and never
// `internal`, which would say that the engine was surprised.
import fc from "fast-check";
import { expect, it } from "vitest";
import { errorCodes, type EngineError, type Result } from "../../lib/index.js";
import { sharedTenant } from "../support/open-engine.js";
import { collectionCalls, engineCalls, type PublicCall } from "../support/public-calls.js";
import { valueOf } from "../support/unwrap.js";

const shared = sharedTenant(
  [
    {
      name: "posts",
      softDelete: true,
      fields: [
        { name: "title", type: "text" },
        { name: "count", type: "number" },
        { name: "tags", type: "select", options: ["a", "b"], multiple: true },
        { name: "data", type: "json" },
        { name: "parent", type: "relation", collection: "posts" },
      ],
    },
  ],
  { limits: { waitMs: 2_000 } },
);

const throws = (): never => {
  throw new Error("made to throw");
};

/** Values that nobody expects, by what they are. Made at the call alone: whoever looks at some of them fails. */
const hostileValues: Readonly<Record<string, () => unknown>> = {
  "a proxy that throws": () =>
    new Proxy(
      {},
      { get: throws, has: throws, ownKeys: throws, getPrototypeOf: throws, getOwnPropertyDescriptor: throws },
    ),
  "a proxy of a list that throws": () => new Proxy([1], { get: throws }),
  "a proxy of a function that throws": () => new Proxy(() => undefined, { apply: throws, get: throws }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a name that throws": () => Object.defineProperty({}, "name", { get: throws, enumerable: true }),
  "a name that changes": () => {
    let calls = 0;
    return Object.defineProperty({}, "name", { get: () => `changing${(calls += 1)}`, enumerable: true });
  },
  "options that throw": () => Object.defineProperty({}, "filter", { get: throws, enumerable: true }),
  "a list whose entry throws": () => Object.defineProperty([], "0", { get: throws, enumerable: true }),
  "a list with an iterator that throws": () => Object.assign(["a"], { [Symbol.iterator]: throws }),
  "no text": () => ({ toString: throws, valueOf: throws, toJSON: throws, [Symbol.toPrimitive]: throws }),
  "a thenable that throws": () => ({ then: throws }),
  "something long": () => ({ length: 1e9 }),
  "no prototype": () => Object.create(null) as unknown,
  "a key __proto__": () => JSON.parse('{"__proto__":{"name":"x"},"constructor":1}') as unknown,
  "a function that throws": () => throws,
  "a function": () => () => undefined,
  "a function that rejects": () => async () => Promise.reject(new Error("made to reject")),
  "a function that gives a false Result": () => async () => ({ isErr: throws }),
  "a function that gives a thenable that throws": () => () => ({ then: throws }),
  "a generator": () =>
    function* generate() {
      yield 1;
    },
  "a class": () =>
    class Posts {
      readonly title = "x";
    },
  "a symbol": () => Symbol("name"),
  "a bigint": () => 10n ** 30n,
  "no number": () => Number.NaN,
  "no date": () => new Date(Number.NaN),
  "a map": () => new Map([["name", "x"]]),
  "an error": () => new Error("not an engine's"),
  "a promise": () => Promise.resolve("client1"),
  "the global object": () => globalThis,
};

/** Stands for one of them until the call. */
class Hostile {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

const hostile = fc.constantFrom(...Object.keys(hostileValues)).map((what): unknown => new Hostile(what));

/** The value with everything that stands for a hostile one replaced by it. */
function realise(value: unknown): unknown {
  if (value instanceof Hostile) return hostileValues[value.what]?.();
  if (Array.isArray(value)) return value.map(realise);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, realise(part)]));
}

const words = fc.constantFrom<unknown>(
  "posts",
  "client1",
  "default",
  "stats",
  "_stats",
  "title",
  "title = 'x'",
  "((",
  "-count",
  "data.a.b",
  "parent.title",
  "",
  "*",
  0,
  1,
  30,
  undefined,
  null,
);

/** Objects whose names the engine knows, and whose values it does not expect. */
const almost = fc.record(
  {
    name: fc.oneof(words, hostile, fc.anything()),
    filter: fc.oneof(words, hostile, fc.tuple(words, fc.anything()), fc.anything()),
    sort: fc.oneof(words, hostile, fc.anything()),
    fields: fc.oneof(words, hostile, fc.array(fc.record({ name: words, type: words, default: fc.anything() }))),
    expand: fc.oneof(words, hostile, fc.anything()),
    cursor: fc.oneof(words, hostile, fc.anything()),
    batch: fc.oneof(words, fc.anything()),
    skipTotal: fc.anything(),
    includeDeleted: fc.oneof(fc.boolean(), fc.anything()),
    concurrency: fc.oneof(fc.integer(), fc.anything()),
    softDelete: fc.anything(),
    indexes: fc.oneof(hostile, fc.anything()),
    listRule: fc.anything(),
  },
  { requiredKeys: [] },
);

const row = fc.record(
  { title: fc.anything(), count: fc.anything(), tags: fc.anything(), data: fc.anything(), parent: fc.anything() },
  { requiredKeys: [] },
);

const argument = fc.oneof(
  words,
  hostile,
  almost,
  row,
  fc.array(fc.oneof(hostile, row), { maxLength: 3 }),
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    stringUnit: "binary",
  }),
);

const callNames = [
  ...Object.keys(collectionCalls({} as never)),
  ...Object.keys(engineCalls({ databases: {}, collections: {} } as never, {} as never)),
];

const answersWell = (result: Result<unknown, EngineError>): void => {
  if (result.isOk()) return;
  const { code, message, cause } = result.error;
  expect(errorCodes).toContain(code);
  if (code === "internal") throw new Error("the engine was surprised", { cause });
  expect(message.length).toBeGreaterThan(10);
  expect(() => JSON.stringify(result.error)).not.toThrow();
};

it.each(callNames)("%s answers whatever it is given", async (name) => {
  const calls: Readonly<Record<string, PublicCall>> = {
    ...collectionCalls(shared.db.collection("posts")),
    ...engineCalls(shared.engine, shared.db),
  };
  const call = calls[name];
  if (!call) throw new Error(`there is no call ${name}`);
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { maxLength: 3 }), async (given) => {
      // The one call that may rightly take everything away.
      fc.pre(!(name === "databases.delete" && given[0] === "client1"));
      fc.pre(!(name === "collections.delete" && given[0] === "posts"));
      fc.pre(!(name === "collections.deleteField" && given[0] === "posts"));
      answersWell(await call(...given.map(realise)));
    }),
    { numRuns: 150 },
  );
  // It serves.
  const made = valueOf(await shared.db.collection("posts").create({ title: "serving" }));
  expect(valueOf(await shared.db.collection("posts").getOne(made.id))).toEqual(made);
});
