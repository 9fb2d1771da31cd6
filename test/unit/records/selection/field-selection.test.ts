// The texts of `fields` and `expand` as trees.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePaths, type PathList, type PathTree } from "../../../../lib/records/selection/field-selection.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

interface Plain {
  readonly [name: string]: Plain;
}

const plain = (tree: PathTree): Plain => Object.fromEntries([...tree].map(([name, below]) => [name, plain(below)]));
const read = (paths: PathList, mostDeep = 6): Plain => plain(valueOf(parsePaths("expand", paths, mostDeep)));

describe("a list of paths", () => {
  it.each<[string, PathList, Plain]>([
    ["nothing", "", {}],
    ["an empty list", [], {}],
    ["commas alone", " , ,", {}],
    ["one name", "author", { author: {} }],
    ["names with blanks", " author , tags ", { author: {}, tags: {} }],
    ["a list", ["author", "tags"], { author: {}, tags: {} }],
    ["a path", "comments.user.team", { comments: { user: { team: {} } } }],
    ["paths with a common beginning", "a.b,a.c,a", { a: { b: {}, c: {} } }],
    ["the same path twice", "a.b,a.b", { a: { b: {} } }],
    ["a star", "*,expand.author.*", { "*": {}, expand: { author: { "*": {} } } }],
  ])("reads %s", (_what, paths, expected) => {
    expect(read(paths)).toEqual(expected);
  });

  it("means the same as a text and as a list", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.array(path), (paths) => {
        expect(read(paths.join(","))).toEqual(read(paths));
      }),
    );
  });

  it("keeps names of object members as plain names", () => {
    const tree = valueOf(parsePaths("fields", "__proto__.constructor,toString", 6));
    expect([...tree.keys()]).toEqual(["__proto__", "toString"]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it("may be as deep as the limit and no deeper", () => {
    expect(read("a.b.c", 3)).toEqual({ a: { b: { c: {} } } });
    const error = refusalOf(parsePaths("expand", "a.b.c.d", 3), "request_invalid");
    expect(error.details.parameter).toBe("expand");
    expect(error.message).toContain("3 levels");
  });

  it.each([["a..b"], [".a"], ["a."], ["."]])("is refused with an empty part: %s", (path) => {
    refusalOf(parsePaths("fields", path, 6), "request_invalid");
  });

  it("is refused beyond 500 paths", () => {
    expect(Object.keys(read(Array.from({ length: 500 }, (_, at) => `f${at}`)))).toHaveLength(500);
    refusalOf(
      parsePaths(
        "fields",
        Array.from({ length: 501 }, (_, at) => `f${at}`),
        6,
      ),
      "request_invalid",
    );
  });

  it.each([[null], [7], [{}], [[7]], [["a", null]], [() => "a"], [Symbol("a")]])("is refused as %s", (paths) => {
    const error = refusalOf(parsePaths("fields", paths as unknown as PathList, 6), "request_invalid");
    expect(error.details.parameter).toBe("fields");
  });
});
