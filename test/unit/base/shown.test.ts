// What a caller passed, as a message may show it.
import { expect, it } from "vitest";
import { shownValue } from "../../../lib/base/shown.js";

it.each<[unknown, string]>([
  ["client1", "client1"],
  ["a".repeat(80), "a".repeat(80)],
  ["a".repeat(81), `${"a".repeat(80)}…`],
  ["", ""],
  [null, "null"],
  [undefined, "undefined"],
  [7, "number"],
  [7n, "bigint"],
  [Symbol("a"), "symbol"],
  [[], "object"],
  [() => undefined, "function"],
])("shows %s", (value, shown) => {
  expect(shownValue(value)).toBe(shown);
});

it("does not look into what throws when it is looked at", () => {
  const throws = (): never => {
    throw new Error("made to throw");
  };
  expect(shownValue(new Proxy({}, { get: throws }))).toBe("object");
});
