// The two headers that decide everything: read in one way, or refused.
import { describe, expect, test } from "vitest";
import { readDatabaseName, readToken } from "../../../adapters/http/request/request-headers.js";
import type { HeaderList } from "../../../adapters/http/exchange.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const headers = (name: string, ...values: readonly string[]): HeaderList => ({
  isCut: false,
  values: (asked) => (asked === name ? values : []),
});

describe("x-dbname", () => {
  const read = (...values: readonly string[]) => readDatabaseName(headers("x-dbname", ...values));

  test("is what it says, or nothing", () => {
    expect(valueOf(read())).toBeUndefined();
    // Whether it is a legal name is the engine's to say.
    for (const name of ["client1", "Client1", "../etc", "a b", "x".repeat(300)]) expect(valueOf(read(name))).toBe(name);
  });

  test.each([
    ["two", ["one", "two"], "more than one value"],
    ["two that are equal", ["one", "one"], "more than one value"],
    ["two, joined as the web does", ["one, two"], "more than one value"],
    ["two of which one is empty", ["one", ""], "more than one value"],
    ["none in it", [""], "empty"],
    ["bytes outside ASCII", ["caf\u00e9"], "outside ASCII"],
    ["a control character", ["a\u0001"], "outside ASCII"],
  ])("%s: refused", (_, values, why) => {
    const error = refusalOf(read(...values), "request_invalid");
    expect(error.message).toContain(why);
    expect(error.details.parameter).toBe("x-dbname");
  });
});

describe("authorization", () => {
  const read = (...values: readonly string[]) => readToken(headers("authorization", ...values));

  test("is a token, with or without its scheme", () => {
    expect(valueOf(read())).toBeUndefined();
    for (const value of ["a.b.c", "Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"])
      expect(valueOf(read(value))).toBe("a.b.c");
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    "bearer",
    "Basic dXNlcjpwdw==",
    "Bearer a b",
    "Token abc",
    "a.b.c d",
    "Bearer \u00e9",
  ])("%j is no token, and no guest either", (value) => {
    refusalOf(read(value), "unauthenticated");
  });

  test("two are refused", () => {
    refusalOf(read("Bearer a", "Bearer b"), "request_invalid");
    refusalOf(read("Bearer a, Bearer b"), "request_invalid");
  });
});

test("of a cut list nothing is believed", () => {
  const cut = { ...headers("x-dbname", "client1"), isCut: true };
  refusalOf(readDatabaseName(cut), "request_invalid");
  refusalOf(readToken(cut), "request_invalid");
});
