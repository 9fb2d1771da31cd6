// Which words may name a database. They become file names, so nothing is normalised: legal as it stands or refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkDatabaseName,
  isDatabaseName,
  isReservedName,
  reservedNames,
  scopeOfDatabase,
} from "../../../lib/databases/database-name.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const letters = Array.from("abcdefghijklmnopqrstuvwxyz0123456789");
const legal = fc
  .tuple(fc.constantFrom(...letters), fc.string({ unit: fc.constantFrom(...letters, "_", "-"), maxLength: 62 }))
  .map(([first, rest]) => first + rest);

describe("a database name", () => {
  it("is taken as it stands when it is legal", () => {
    fc.assert(
      fc.property(legal, (name) => {
        expect(valueOf(checkDatabaseName(name))).toBe(name);
      }),
    );
  });

  it("may have 63 characters and no more", () => {
    expect(isDatabaseName("a".repeat(63))).toBe(true);
    expect(isDatabaseName("a".repeat(64))).toBe(false);
  });

  it("is refused with one foreign character at any place", () => {
    const foreign = fc
      .string({ unit: "binary", minLength: 1, maxLength: 1 })
      .filter((text) => !/^[a-z0-9_-]$/.test(text));
    fc.assert(
      fc.property(legal, foreign, fc.nat(), (name, character, at) => {
        const place = at % (name.length + 1);
        const broken = (name.slice(0, place) + character + name.slice(place)).slice(0, 64);
        fc.pre(broken.includes(character));
        expect(isDatabaseName(broken)).toBe(false);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["a traversal", "../client1"],
    ["a traversal of Windows", "..\\client1"],
    ["a path", "a/b"],
    ["an absolute path", "/etc/passwd"],
    ["dots", ".."],
    ["a suffix", "client1.db"],
    ["NUL", "client1\0"],
    ["a NUL before a suffix", "client1\0.db"],
    ["a line break at the end", "client1\n"],
    ["a blank", "client 1"],
    ["blanks around", " client1 "],
    ["upper case", "Client1"],
    ["a Cyrillic look-alike", "сlient1"],
    ["full-width letters", "ｃｌｉｅｎｔ"],
    ["a letter that lower-cases to ASCII", "\u212Aey"],
    ["a combining mark", "cafe\u0301"],
    ["a dash in front", "-rf"],
    ["an underscore in front", "_superusers"],
    ["a percent escape", "%2e%2e"],
    ["a lone surrogate", "\ud800"],
    ["a URI's question mark", "a?mode=memory"],
    ["SQLite's memory", ":memory:"],
  ])("is refused: %s", (_what, name) => {
    const error = refusalOf(checkDatabaseName(name), "database_name_invalid");
    expect(error.details.name).toBe(name);
    expect(error.message).toContain("1 to 63 characters");
  });

  it.each([[undefined], [null], [7], [true], [{}], [["a"]], [new String("a")], [Symbol("a")], [() => "a"]])(
    "is refused when it is no text: %s",
    (name) => {
      refusalOf(checkDatabaseName(name), "database_name_invalid");
    },
  );

  it("is shown cut when it is long", () => {
    const { message, details } = refusalOf(checkDatabaseName("A".repeat(1_000_000)), "database_name_invalid");
    expect(message.length).toBeLessThan(400);
    expect(details.name).toBe(`${"A".repeat(80)}…`);
  });
});

describe("reserved names", () => {
  it("are default, stats and workflows, each legal", () => {
    expect(reservedNames).toEqual(["default", "stats", "workflows"]);
    expect(reservedNames.every(isDatabaseName)).toBe(true);
    expect(reservedNames.every(isReservedName)).toBe(true);
  });

  it.each([["constructor"], ["tostring"], ["client1"], ["defaults"]])("do not include %s", (name) => {
    expect(isReservedName(name)).toBe(false);
  });

  it("decide which collections stand in a database", () => {
    expect(["default", "stats", "workflows", "client1"].map(scopeOfDatabase)).toEqual([
      "default",
      "stats",
      "workflows",
      "tenants",
    ]);
  });
});
