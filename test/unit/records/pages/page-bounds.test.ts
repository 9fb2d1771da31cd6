// Which pages may be asked for.
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../../../lib/base/limits.js";
import { checkPage } from "../../../../lib/records/pages/page-bounds.js";
import { refusalOf } from "../../../support/unwrap.js";

describe("a page", () => {
  it.each([
    [1, 1],
    [1, 1_000],
    [1_000_000, 1_000],
    [Number.MAX_SAFE_INTEGER, 1],
  ])("%d of %d records may be asked for", (page, perPage) => {
    expect(checkPage(defaultLimits, page, perPage).isOk()).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ["page", 0, 1],
    ["page", -1, 1],
    ["page", 0.5, 1],
    ["page", "1", 1],
    ["page", 1n, 1],
    ["page", Number.NaN, 1],
    ["page", undefined, 1],
    ["page", Number.MAX_SAFE_INTEGER, 2],
    ["perPage", 1, 0],
    ["perPage", 1, 1_001],
    ["perPage", 1, 1e9],
    ["perPage", 1, "1"],
    ["perPage", 1, null],
  ])("is refused naming %s: %s of %s", (parameter, page, perPage) => {
    expect(refusalOf(checkPage(defaultLimits, page, perPage), "request_invalid").details.parameter).toBe(parameter);
  });
});
