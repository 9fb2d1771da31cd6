// Rate limits: a number per client, back evenly over time, in bounded memory.
import { expect, test } from "vitest";
import { RateLimiter } from "../../../adapters/http/guard/rate-limit.js";
import { setClock } from "../../support/set-clock.js";

const limiter = (count: number, windowMs: number) => {
  const clock = setClock();
  return { clock, limit: new RateLimiter({ count, windowMs }, clock) };
};

test("lets so many through at once, then says how long to wait, then one more for each part of the window", () => {
  const { clock, limit } = limiter(10, 1_000);
  for (let sent = 0; sent < 10; sent += 1) expect(limit.take("192.0.2.1")).toBe(0);
  expect(limit.take("192.0.2.1")).toBeCloseTo(100);
  clock.ms += 60;
  expect(limit.take("192.0.2.1")).toBeCloseTo(40);
  clock.ms += 40;
  expect(limit.take("192.0.2.1")).toBe(0);
  expect(limit.take("192.0.2.1")).toBeGreaterThan(0);
  clock.ms += 1_000;
  for (let sent = 0; sent < 10; sent += 1) expect(limit.take("192.0.2.1")).toBe(0);
  expect(limit.take("192.0.2.1")).toBeGreaterThan(0);
});

test("a refused request does not count: who goes on asking is let in when the time is over", () => {
  const { clock, limit } = limiter(1, 1_000);
  expect(limit.take("192.0.2.1")).toBe(0);
  for (let asked = 0; asked < 100; asked += 1) expect(limit.take("192.0.2.1")).toBeGreaterThan(0);
  clock.ms += 1_000;
  expect(limit.take("192.0.2.1")).toBe(0);
});

test("clients do not count against each other, in whatever form their addresses come", () => {
  const { limit } = limiter(1, 1_000);
  expect(limit.take("192.0.2.1")).toBe(0);
  expect(limit.take("192.0.2.2")).toBe(0);
  expect(limit.take("::ffff:192.0.2.1")).toBeGreaterThan(0);
  expect(limit.take("2001:db8:1:2::1")).toBe(0);
  // One line of a provider has all of these.
  expect(limit.take("2001:DB8:0001:2:ffff:ffff:ffff:ffff")).toBeGreaterThan(0);
  expect(limit.take("2001:db8:1:3::1")).toBe(0);
  expect(limit.take("::1")).toBe(0);
  expect(limit.take("0:0:0:0:0:0:0:1")).toBeGreaterThan(0);
  expect(limit.take("fe80::1%eth0")).toBe(0);
  expect(limit.take("fe80::2%eth1")).toBeGreaterThan(0);
});

test("a clock that is set back locks nobody out for longer than a window", () => {
  const { clock, limit } = limiter(1, 1_000);
  expect(limit.take("192.0.2.1")).toBe(0);
  clock.ms -= 86_400_000;
  expect(limit.take("192.0.2.1")).toBe(0);
  expect(limit.take("192.0.2.1")).toBeLessThanOrEqual(1_000);
});
