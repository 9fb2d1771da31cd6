import { describe, expect, it } from "vitest";
import { EngineError } from "../../../../../lib/base/errors.js";
import { encodeParameters } from "../../../../../lib/storage/sqlite/connections/value-codec.js";

function refusal(values: readonly unknown[]): EngineError {
  try {
    encodeParameters(values);
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown as EngineError;
  }
  throw new Error("was not refused");
}

describe("encodeParameters", () => {
  it("keeps what SQLite keeps exactly", () => {
    const values = ["", "a\u{1f600}é", 0, -1, 1.5, 2 ** 53, Number.MIN_VALUE, null];
    expect(encodeParameters(values)).toEqual(values);
  });

  it("turns booleans into numbers and -0 into 0", () => {
    const encoded = encodeParameters([true, false, -0]);
    expect(encoded).toEqual([1, 0, 0]);
    expect(Object.is(encoded[2], 0)).toBe(true);
  });

  it("copies bytes, because the statement may wait", () => {
    const bytes = new Uint8Array([1, 2]);
    const [encoded] = encodeParameters([bytes]);
    bytes[0] = 9;
    expect(encoded).toEqual(new Uint8Array([1, 2]));
  });

  it.each([
    ["undefined", undefined, /undefined/],
    ["a bigint", 1n, /bigint/],
    ["a symbol", Symbol("s"), /symbol/],
    ["a function", () => 1, /function/],
    ["NaN", Number.NaN, /NaN/],
    ["Infinity", Number.POSITIVE_INFINITY, /Infinity/],
    ["a Date", new Date(0), /Date/],
    ["an array", [1], /Array/],
    ["an object", { a: 1 }, /Object/],
    ["a String object", Object("a"), /Object/],
    ["a high surrogate alone", "a\ud83d", /surrogate/],
    ["a low surrogate alone", "\ude00a", /surrogate/],
    ["U+0000", "a\0b", /U\+0000/],
    ["an ArrayBuffer", new ArrayBuffer(1), /Object/],
  ])("refuses %s and says where and why", (_, value, reason) => {
    const error = refusal(["fine", value]);
    expect(error.code).toBe("request_invalid");
    expect(error.details).toEqual({ parameter: "1" });
    expect(error.message).toMatch(reason);
  });

  it("refuses a hole of a sparse array", () => {
    // eslint-disable-next-line no-sparse-arrays -- the hole is the case
    expect(refusal([1, , 2]).details).toEqual({ parameter: "1" });
  });
});
