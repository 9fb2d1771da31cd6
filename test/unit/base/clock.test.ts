// The one form of times.
import { expect, it } from "vitest";
import { formatTimestamp, systemClock } from "../../../lib/base/clock.js";

it("writes moments as RFC 3339 in UTC with milliseconds", () => {
  expect(formatTimestamp(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(formatTimestamp(Date.UTC(2024, 1, 29, 23, 59, 59, 7))).toBe("2024-02-29T23:59:59.007Z");
});

it("reads the machine's time", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});
