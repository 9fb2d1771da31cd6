// The guard of the surface: whatever happens inside, a Result comes out.
import { describe, expect, it } from "vitest";
import { EngineError } from "../../../lib/base/errors.js";
import { silentLogger, type Logger } from "../../../lib/base/logger.js";
import { guard, ok, refuse, ResultAsync, toEngineError } from "../../../lib/base/result.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

function listeningLogger(): Logger & { readonly errors: object[] } {
  const errors: object[] = [];
  return { ...silentLogger, errors, error: (facts) => void errors.push(facts) };
}

const rejectWith = (reason: unknown): Promise<never> =>
  new Promise((_, reject: (given: unknown) => void) => {
    reject(reason);
  });

describe("guard", () => {
  it("gives the value of the work", async () => {
    const result = guard(silentLogger, async () => ok(42));
    expect(result).toBeInstanceOf(ResultAsync);
    expect(valueOf(await result)).toBe(42);
  });

  it("gives the refusal of the work and logs nothing", async () => {
    const logger = listeningLogger();
    refusalOf(await guard(logger, async () => refuse("conflict", {})), "conflict");
    expect(logger.errors).toEqual([]);
  });

  it.each([
    ["a rejection", async () => Promise.reject(new TypeError("x is not a function"))],
    [
      "a throw before the first promise",
      () => {
        throw new TypeError("x is not a function");
      },
    ],
  ])("turns %s into internal, with its cause, and logs it", async (_what, work) => {
    const logger = listeningLogger();
    const error = refusalOf(await guard(logger, work), "internal");
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(logger.errors).toHaveLength(1);
    expect(logger.errors[0]).toHaveProperty("err", error.cause);
  });

  it("lets an error of the engine that was thrown keep its code", async () => {
    const logger = listeningLogger();
    const thrown = new EngineError("storage_full", { name: "client1" });
    const error = refusalOf(await guard(logger, () => Promise.reject(thrown)), "storage_full");
    expect(error).toBe(thrown);
    expect(logger.errors).toEqual([]);
  });

  it.each([[undefined], [null], ["text"], [7], [Symbol("s")]])("survives a throw of %s", async (thrown) => {
    refusalOf(await guard(silentLogger, () => rejectWith(thrown)), "internal");
  });
});

describe("toEngineError", () => {
  it("keeps what is one and wraps what is not", () => {
    const own = new EngineError("forbidden", {});
    expect(toEngineError(own)).toBe(own);
    expect(toEngineError("text")).toMatchObject({ code: "internal", cause: "text" });
  });
});
