// When a statement is stopped, and that none pays for the time of another.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { StatementDeadline } from "../../../../../lib/storage/sqlite/connections/statement-deadline.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const counted = () => {
  const stop = vi.fn<() => void>();
  return { stop, deadline: new StatementDeadline(stop) };
};

it("stops what runs past its time, again and again until it has ended", () => {
  const { stop, deadline } = counted();
  deadline.start(1_000);
  vi.advanceTimersByTime(999);
  expect(stop).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(stop).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(25);
  expect(stop).toHaveBeenCalledTimes(3);
  expect(deadline.lift()).toBe(true);
  vi.advanceTimersByTime(10_000);
  expect(stop).toHaveBeenCalledTimes(3);
  expect(deadline.lift()).toBe(false);
});

it("counts for each statement from its own start", () => {
  const { stop, deadline } = counted();
  for (let n = 0; n < 50; n += 1) {
    deadline.start(1_000);
    vi.advanceTimersByTime(300);
    expect(deadline.lift()).toBe(false);
  }
  deadline.start(1_000);
  vi.advanceTimersByTime(999);
  expect(stop).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2);
  expect(stop).toHaveBeenCalledOnce();
});

it("keeps to a shorter time than that of the statement before", () => {
  const { stop, deadline } = counted();
  deadline.start(10_000);
  deadline.lift();
  deadline.start(50);
  // A second attempt of the same statement has no time of its own.
  vi.advanceTimersByTime(40);
  deadline.start(50);
  vi.advanceTimersByTime(10);
  expect(stop).toHaveBeenCalledOnce();
});

it("leaves nothing behind", () => {
  const { stop, deadline } = counted();
  deadline.start(50);
  deadline.end();
  expect(vi.getTimerCount()).toBe(0);
  expect(stop).not.toHaveBeenCalled();
});
