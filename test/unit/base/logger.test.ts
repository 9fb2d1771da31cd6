// The logger that an app gets when it passes none.
import { expect, it, vi } from "vitest";
import { silentLogger } from "../../../lib/base/logger.js";

it("says nothing at any level", () => {
  const written = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  for (const call of Object.values(silentLogger)) expect(call({ a: 1 }, "text")).toBeUndefined();
  for (const stream of written) {
    expect(stream).not.toHaveBeenCalled();
    stream.mockRestore();
  }
});
