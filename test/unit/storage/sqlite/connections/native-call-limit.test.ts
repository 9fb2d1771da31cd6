import { expect, it } from "vitest";
import { permitsFor } from "../../../../../lib/storage/sqlite/connections/native-call-limit.js";

it.each([
  [undefined, 3],
  ["", 3],
  ["nonsense", 3],
  ["-2", 3],
  ["1", 1],
  ["2", 1],
  ["16", 15],
])("with a pool of %j leaves a thread free, but never none to SQLite", (size, permits) => {
  expect(permitsFor(size)).toBe(permits);
});
