// The table of errors: every code speaks for itself, and nothing secret leaves with it.
import { describe, expect, it } from "vitest";
import { EngineError, errorCodes, type ErrorCode } from "../../../lib/base/errors.js";

const contractCodes = [
  "validation_failed",
  "filter_invalid",
  "sort_invalid",
  "rule_invalid",
  "schema_append_only",
  "database_name_invalid",
  "request_invalid",
  "unauthenticated",
  "forbidden",
  "database_reserved",
  "database_not_found",
  "collection_not_found",
  "record_not_found",
  "backup_not_found",
  "database_exists",
  "collection_exists",
  "collection_deleted",
  "field_exists",
  "unique_violation",
  "conflict",
  "payload_too_large",
  "rate_limited",
  "engine_closed",
  "database_busy",
  "data_directory_locked",
  "storage_full",
  "database_corrupt",
  "storage_readonly",
  "storage_failed",
  "internal",
] as const satisfies readonly ErrorCode[];

const anyError = (code: ErrorCode): EngineError => new EngineError(code, {});

describe("the codes", () => {
  it("are those of the contract, no more and no fewer", () => {
    expect([...errorCodes].sort()).toEqual([...contractCodes].sort());
  });

  it.each(errorCodes)("%s has a sentence of its own", (code) => {
    const { message } = anyError(code);
    expect(message).toMatch(/^[A-Z].{10,}\.$/);
    expect(errorCodes.filter((other) => anyError(other).message === message)).toEqual([code]);
  });

  it("are retryable only where the same call may succeed later", () => {
    expect(errorCodes.filter((code) => anyError(code).isRetryable)).toEqual([
      "rate_limited",
      "database_busy",
      "data_directory_locked",
      "storage_full",
    ]);
  });
});

describe("an error", () => {
  it("takes its own message before the table's", () => {
    const error = new EngineError("database_not_found", { name: "client1" }, { message: "There is no client1." });
    expect(error.message).toBe("There is no client1.");
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("EngineError");
  });

  it("keeps its cause for the log and shows it to nobody", () => {
    const cause = new Error("insert into secrets values ('/home/someone')");
    const error = new EngineError("storage_failed", { name: "client1" }, { cause });
    expect(error.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "storage_failed",
      message: "The disk reported an error.",
      details: { name: "client1" },
    });
  });

  it("has no cause where there was none", () => {
    expect("cause" in anyError("internal")).toBe(false);
  });

  it("tells whether it has one of several codes", () => {
    const error = anyError("conflict");
    expect(error.is("record_not_found", "conflict")).toBe(true);
    expect(error.is("record_not_found")).toBe(false);
    expect(error.is()).toBe(false);
  });
});
