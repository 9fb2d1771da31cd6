// What the compiler promises about errors. The compiler checks these lines when the tests are built: a broken
// promise fails the build; running them only shows that the values exist.
import { describe, expect, expectTypeOf, it } from "vitest";
import { EngineError, type ErrorCode, type ErrorDetails } from "../../lib/base/errors.js";

describe("EngineError", () => {
  it("ties the details to the code", () => {
    const error = new EngineError("database_not_found", { name: "client1" });
    expectTypeOf(error.code).toEqualTypeOf<"database_not_found">();
    expectTypeOf(error.details).toEqualTypeOf<ErrorDetails["database_not_found"]>();
    // @ts-expect-error the details of another code
    const wrong = new EngineError("database_not_found", { id: "client1" });
    expect([error.details.name, wrong.code]).toEqual(["client1", "database_not_found"]);
  });

  it("narrows the details by is()", () => {
    const error: EngineError = new EngineError("payload_too_large", { limitBytes: 10 });
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
    expect(error.is("payload_too_large") && error.details.limitBytes).toBe(10);
    // @ts-expect-error no such code
    expect(error.is("no_such_code")).toBe(false);
  });
});
