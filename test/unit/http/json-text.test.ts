// The reader of strangers' JSON takes what JSON.parse takes, but for what readers disagree about.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkParsedJson, parseJsonText } from "../../../adapters/http/request/json-text.js";
import { refusalOf, valueOf } from "../../support/unwrap.js";

const whyOf = (text: string): string => refusalOf(parseJsonText(text), "request_invalid").message;

/** What JSON.parse makes of it; undefined where it refuses. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

test("reads what JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(valueOf(parseJsonText(text))).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test("agrees with JSON.parse on texts that are nearly JSON", () => {
  const parts = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"b"',
    "1",
    "-0.5e+3",
    "01",
    "+1",
    "1.",
    "tru",
    "true",
    "null",
    " ",
    "\n",
    '"\\u00e9"',
    '"\\x"',
    '"',
    "'",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), (words) => {
      const text = words.join("");
      const result = parseJsonText(text);
      const value = parsed(text);
      // The one difference that such short texts can have.
      const isRepeated = result.isErr() && result.error.message.includes("a second time");
      expect(result.isOk(), text).toBe(value !== undefined && !isRepeated);
    }),
    { numRuns: 5_000 },
  );
});

describe("bounds what one text is made of", () => {
  const keys = (count: number) => `{${Array.from({ length: count }, (_, at) => `"k${at}":0`).join()}}`;

  test.each([
    ["keys", keys(29_999), keys(30_000)],
    ["objects", `[${"{},".repeat(29_998)}{}]`, `[${"{},".repeat(29_999)}{}]`],
    ["lists", `[${"[],".repeat(29_998)}[]]`, `[${"[],".repeat(29_999)}[]]`],
  ])("%s", (_, most, tooMany) => {
    expect(parseJsonText(most).isOk()).toBe(true);
    expect(whyOf(tooMany)).toContain("more than 30000 keys, objects and lists at character");
  });

  test("values", () => {
    expect(parseJsonText(`[${"0,".repeat(149_998)}0]`).isOk()).toBe(true);
    expect(whyOf(`[${"0,".repeat(149_999)}0]`)).toContain("more than 150000 values at character");
  });
});

describe("says where", () => {
  test.each([
    ["", "it ends where a value should stand, at character 0"],
    ["  ", "it ends where a value should stand, at character 2"],
    ["{", "it ends where a key in double quotes should stand, at character 1"],
    ["[1,]", "something else than a value at character 3"],
    ['{"a":1,}', "something else than a key in double quotes at character 7"],
    ["{a:1}", "something else than a key in double quotes at character 1"],
    ['{"a" 1}', "something else than ':' at character 5"],
    ["[1 2]", "something else than ',' or ']' at character 3"],
    ['{"a":1 "b":2}', "something else than ',' or '}' at character 7"],
    ["1 2", "something else than the end at character 2"],
    ["[nope]", "something else than a value at character 1"],
    ['"abc', 'it ends where " should stand, at character 4'],
    ['"a\nb"', "a control character in a text at character 2"],
    ['"\\q"', "an escape that JSON does not have at character 1"],
    ["01", "something else than the end at character 1"],
    ["NaN", "something else than a value at character 0"],
    ['{"a":1,"b":{"c":1,"c":2}}', 'the key "c" a second time at character 18'],
    ['{"a":1,"\\u0061":2}', 'the key "a" a second time at character 7'],
  ])("%j", (text, why) => {
    expect(whyOf(text)).toContain(why);
  });
});

test("takes 120 levels and refuses 121, however deep the text goes on", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  expect(parseJsonText(nested(120)).isOk()).toBe(true);
  expect(whyOf(nested(121))).toContain("more than 120 levels at character 120");
  expect(whyOf(nested(500_000))).toContain("more than 120 levels at character 120");
  expect(whyOf('{"a":'.repeat(200_000))).toContain("more than 120 levels");
});

test.each([
  ["scalars", "7", true],
  ["most keys", `{${Array.from({ length: 29_999 }, (_, at) => `"k${at}":0`).join()}}`, true],
  ["too many keys", `{"a":{${Array.from({ length: 29_999 }, (_, at) => `"k${at}":0`).join()}}}`, false],
  ["most lists", `[${"[],".repeat(29_998)}[]]`, true],
  ["too many lists", `[${"[],".repeat(29_999)}[]]`, false],
  ["most values", `[${"0,".repeat(149_998)}0]`, true],
  ["too many values", `[${"0,".repeat(149_999)}0]`, false],
  ["most levels", `${'{"a":'.repeat(119)}[]${"}".repeat(119)}`, true],
  ["too many levels", `${'{"a":'.repeat(120)}[]${"}".repeat(120)}`, false],
])("bounds what others have parsed as it bounds texts: %s", (_, text, isTaken) => {
  expect(parseJsonText(text).isOk()).toBe(isTaken);
  expect(checkParsedJson(JSON.parse(text)).isOk()).toBe(isTaken);
});

test("ends with what others have parsed into a circle", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  expect(refusalOf(checkParsedJson(circle), "request_invalid").message).toContain("more than 120 levels");
});

test("keeps a key called __proto__ as a property, for others to refuse", () => {
  const value = valueOf(parseJsonText('{"__proto__":{"isAdmin":true}}')) as object;
  expect(Object.keys(value)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
});
