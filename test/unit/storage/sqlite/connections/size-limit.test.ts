// Of two things that SQLite calls "full" in the same words, which was it?
import { describe, expect, it } from "vitest";
import { isOverLimit, SizeLimit } from "../../../../../lib/storage/sqlite/connections/size-limit.js";
import { DriverError } from "../../../../../lib/storage/sqlite/driver.js";

const full = new DriverError("FULL", "database or disk is full");
const mebibyte = 1_048_576;

const limit = (maxBytes: number | null, freeBytes: () => Promise<number>): SizeLimit =>
  new SizeLimit({ name: "client1", pageBytes: 4_096, own: maxBytes, fallback: null, freeBytes });

describe("a write that found no room", () => {
  it.each([
    ["much left on the disk", 100 * mebibyte, 255, 1_000 * mebibyte, true],
    ["nothing left on the disk", 100 * mebibyte, 25_600, 0, false],
    ["less on the disk than the limit allows", 1_000 * mebibyte, 25_600, 500 * mebibyte, false],
    ["just what a commit may need", 4_096 * 100, 100, 16 * mebibyte, true],
    ["a byte less", 4_096 * 100, 100, 16 * mebibyte - 1, false],
    ["a database beyond its limit", 4_096 * 100, 500, 16 * mebibyte, true],
  ])("with %s", async (_, maxBytes, pages, free, isLimit) => {
    const error = await limit(maxBytes, () => Promise.resolve(free)).explainFull(full, pages);
    expect(error !== null && isOverLimit(error)).toBe(isLimit);
    if (error) expect(error.details).toEqual({ name: "client1", limitBytes: maxBytes, sizeBytes: pages * 4_096 });
  });

  it("is the limit's where the disk cannot be asked, and the disk's where there is no limit", async () => {
    const failing = (): Promise<number> => Promise.reject(new Error("no answer"));
    expect(await limit(4_096, failing).explainFull(full, 1)).not.toBeNull();
    expect(await limit(null, failing).explainFull(full, 1)).toBeNull();
  });
});
