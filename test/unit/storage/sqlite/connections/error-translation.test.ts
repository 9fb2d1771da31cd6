import { describe, expect, it } from "vitest";
import { EngineError } from "../../../../../lib/base/errors.js";
import { DriverError, driverErrorCodes, type DriverErrorCode } from "../../../../../lib/storage/sqlite/driver.js";
import {
  breaksHandle,
  endsTransaction,
  translateDriverError,
  translateStorageError,
  uniqueViolationOfIndex,
  violatedIndexOf,
} from "../../../../../lib/storage/sqlite/connections/error-translation.js";

const constraint = (message: string) => new DriverError("CONSTRAINT", message);
const ofIndex = (sql: string) =>
  uniqueViolationOfIndex(constraint("UNIQUE constraint failed: index 'i'"), { table: "users", sql }).details;

describe("translateDriverError", () => {
  it.each([
    ["FULL", "storage_full"],
    ["READONLY", "storage_readonly"],
    ["CORRUPT", "database_corrupt"],
    ["NOTADB", "database_corrupt"],
    ["BUSY", "database_busy"],
    ["LOCKED", "database_busy"],
    ["INTERRUPT", "database_busy"],
    ["CANTOPEN", "storage_failed"],
    ["IOERR", "storage_failed"],
    ["NOMEM", "storage_failed"],
    ["TOOBIG", "payload_too_large"],
    ["MISUSE", "internal"],
    ["ERROR", "internal"],
  ] as const)("makes %s a %s", (from, to) => {
    const error = translateDriverError(new DriverError(from, "m"), "tenant");
    expect(error.code).toBe(to);
    if ("name" in error.details) expect(error.details.name).toBe("tenant");
  });

  it.each(driverErrorCodes.map((code) => [code]))(
    "lets nothing of SQLite's text out of %s",
    (code: DriverErrorCode) => {
      const original = new DriverError(code, 'near "select * from secrets": syntax error');
      const error = translateDriverError(original, "tenant");
      expect(JSON.stringify(error)).not.toContain("secrets");
      expect(error.message).not.toContain("secrets");
      expect(error.cause).toBe(original);
    },
  );

  it.each([
    ["UNIQUE constraint failed: users.email", "users", ["email"]],
    ["UNIQUE constraint failed: posts.author, posts.slug", "posts", ["author", "slug"]],
  ])("reads %j", (message, collection, fields) => {
    const error = translateDriverError(constraint(message), "tenant");
    expect(error.code).toBe("unique_violation");
    expect(error.details).toEqual({ collection, fields });
  });

  it("reads the other constraints", () => {
    const missing = translateDriverError(constraint("NOT NULL constraint failed: posts.title"), "tenant");
    expect(missing.code).toBe("validation_failed");
    expect(missing.details).toMatchObject({ fields: { title: { code: "required" } } });
    expect(translateDriverError(constraint("FOREIGN KEY constraint failed"), "tenant").code).toBe("conflict");
    expect(translateDriverError(constraint("CHECK constraint failed: x"), "tenant").code).toBe("internal");
  });
});

describe("unique indexes on expressions", () => {
  it("are told by the index that the message names", () => {
    expect(violatedIndexOf(constraint("UNIQUE constraint failed: index 'users_email'"))).toBe("users_email");
    expect(violatedIndexOf(constraint("UNIQUE constraint failed: users.email"))).toBeNull();
    expect(violatedIndexOf(new DriverError("ERROR", "UNIQUE constraint failed: index 'i'"))).toBeNull();
  });

  it.each([
    ['CREATE UNIQUE INDEX "i" on "users" (lower("email"))', ["email"]],
    ['create unique index "i" on "users" (lower("email"), "team") where "deleted" is null', ["email", "team"]],
    ['create unique index "i" on "users" ("a" collate nocase, coalesce("b", "a"))', ["a", "b"]],
  ])("give the columns of %j", (sql, fields) => {
    expect(ofIndex(sql)).toEqual({ collection: "users", fields });
  });
});

describe("translateStorageError", () => {
  it.each([
    ["ENOSPC", "storage_full"],
    ["EDQUOT", "storage_full"],
    ["EROFS", "storage_readonly"],
    ["EACCES", "storage_readonly"],
    ["EMFILE", "storage_failed"],
    ["EIO", "storage_failed"],
  ])("makes Node's %s a %s", (errno, code) => {
    const thrown = Object.assign(new Error("secret path"), { code: errno });
    const error = translateStorageError(thrown, "tenant");
    expect(error.code).toBe(code);
    expect(error.message).not.toContain("secret");
    expect(error.cause).toBe(thrown);
  });

  it("keeps the engine's own errors and makes a bug internal", () => {
    const own = new EngineError("conflict", {});
    expect(translateStorageError(own)).toBe(own);
    expect(translateStorageError(new TypeError("bug")).code).toBe("internal");
    expect(translateStorageError("text").code).toBe("internal");
  });
});

describe("what an error does to its surroundings", () => {
  it.each(["FULL", "IOERR", "NOMEM", "BUSY", "INTERRUPT"] as const)("%s ends the transaction", (code) => {
    expect(endsTransaction(new DriverError(code, "m"))).toBe(true);
  });

  it("a constraint ends only its statement", () => {
    expect(endsTransaction(constraint("m"))).toBe(false);
    expect(breaksHandle(constraint("m"))).toBe(false);
  });

  it("an I/O error costs the handle", () => {
    expect(breaksHandle(new DriverError("IOERR", "m"))).toBe(true);
    expect(breaksHandle(new DriverError("FULL", "m"))).toBe(false);
  });
});
