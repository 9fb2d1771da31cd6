// The options of calls: known names and kinds, read once, whatever they are made of.
import { describe, expect, it } from "vitest";
import { readCallOptions } from "../../../lib/base/call-options.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

interface Options {
  readonly filter?: unknown;
  readonly skipTotal?: boolean;
  readonly onProgress?: () => void;
}

const kinds = { filter: "any", skipTotal: "boolean", onProgress: "function" } as const;
const read = (options: unknown) => readCallOptions<Options>(options as Options, kinds);

describe("options", () => {
  it("are given back without those that are undefined", () => {
    const onProgress = (): void => undefined;
    expect(valueOf(read({}))).toEqual({});
    expect(valueOf(read({ filter: null, skipTotal: undefined, onProgress }))).toStrictEqual({
      filter: null,
      onProgress,
    });
    expect(valueOf(read(Object.assign(Object.create(null) as object, { skipTotal: true })))).toEqual({
      skipTotal: true,
    });
  });

  it("are read once: what was checked is what is given", () => {
    let reads = 0;
    const changing = {
      get skipTotal() {
        reads += 1;
        return reads === 1 ? true : "later";
      },
    };
    const given = valueOf(read(changing));
    expect([given.skipTotal, given.skipTotal, reads]).toEqual([true, true, 1]);
  });

  it.each([
    ["options", null],
    ["options", undefined],
    ["options", 7],
    ["options", "filter"],
    ["options", []],
    ["options", () => ({})],
    ["filters", { filters: "a = 1" }],
    ["constructor", { constructor: 1 }],
    ["__proto__", JSON.parse('{"__proto__":1}') as unknown],
    ["skipTotal", { skipTotal: "yes" }],
    ["skipTotal", { skipTotal: null }],
    ["onProgress", { onProgress: {} }],
    ["x".repeat(80), { ["x".repeat(1_000_000)]: 1 }],
  ])("are refused, naming %s", (parameter, options) => {
    const error = refusalOf(read(options), "request_invalid");
    expect(error.details.parameter).toBe(parameter);
    expect(error.message.length).toBeLessThan(300);
  });

  it("that throw when they are read are refused", () => {
    const throws = (): never => {
      throw new Error("made to throw");
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const options = [
      Object.defineProperty({}, "filter", { get: throws, enumerable: true }),
      new Proxy({}, { ownKeys: throws }),
      new Proxy({}, { getOwnPropertyDescriptor: throws, ownKeys: () => ["filter"] }),
      proxy,
    ];
    for (const hostile of options) refusalOf(read(hostile), "request_invalid");
  });
});
