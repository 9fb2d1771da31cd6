// The conformance suite over every field type.
import { expect, it } from "vitest";
import { fieldTypeNames } from "../../lib/schema/field-type.js";
import { fieldTypeSuite, type FieldTypeCases } from "./field-type.suite.js";

const invalidTexts = [
  ["a\0b", "text_invalid"],
  ["\ud800", "text_invalid"],
  ["x\udc00y", "text_invalid"],
] as const;
const notTexts = [
  [1, "type"],
  [true, "type"],
  [["a"], "type"],
  [{}, "type"],
  [10n, "type"],
  [new Date(), "type"],
] as const;
const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;
const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};
class Point {
  readonly x = 1;
}

const cases: readonly FieldTypeCases[] = [
  {
    type: "text",
    forms: [
      {
        accepts: [[""], ["a"], [" as it is "], ["'; drop table posts; --"], ["😀é\n\t"], ["x".repeat(1_000_000)]],
        refuses: [...invalidTexts, ...notTexts, ["x".repeat(1_000_001), "max"]],
      },
      {
        options: { min: 2, max: 3 },
        accepts: [["ab"], ["abc"], ["😀😀😀"]],
        refuses: [
          ["a", "min"],
          ["abcd", "max"],
          ["", "min"],
        ],
      },
      {
        options: { pattern: "^[a-z]+$" },
        accepts: [["abc"]],
        refuses: [
          ["ABC", "pattern"],
          ["a1", "pattern"],
        ],
      },
    ],
  },
  {
    type: "editor",
    forms: [
      { accepts: [["<b>x</b><script>1</script>"], [""]], refuses: [...invalidTexts, ...notTexts] },
      { options: { max: 3 }, accepts: [["abc"]], refuses: [["abcd", "max"]] },
    ],
  },
  {
    type: "email",
    forms: [
      {
        accepts: [["ada@example.com"], ["Ada.L+x@sub.Example.co.uk"], ["a@b.cc"]],
        refuses: [
          ["", "format"],
          ["ada", "format"],
          ["ada@", "format"],
          ["a b@example.com", "format"],
          ["ada@example..com", "format"],
          ["ada@-example.com", "format"],
          ["a@b.c\0", "format"],
          [`${"a".repeat(250)}@b.cc`, "max"],
          [`a@${"a".repeat(1_000_000)}`, "max"],
          ...notTexts,
        ],
      },
    ],
  },
  {
    type: "url",
    forms: [
      {
        accepts: [["https://example.com"], ["HTTP://example.com:8080/a?b=c#d"], ["https://exämple.com/ü"]],
        refuses: [
          ["example.com", "format"],
          ["javascript:alert(1)", "format"],
          ["ftp://example.com", "format"],
          ["http:example.com", "format"],
          [" https://example.com", "format"],
          ["https://exa mple.com", "format"],
          ["https://a\n.com", "format"],
          ["https://", "format"],
          ["https://a.com/\ud800", "text_invalid"],
          [`https://a.com/${"x".repeat(8_192)}`, "max"],
          ...notTexts,
        ],
      },
    ],
  },
  {
    type: "number",
    forms: [
      {
        accepts: [[0], [-0, 0], [1.5], [-1e308], [5e-324], [Number.MAX_SAFE_INTEGER], [0.1 + 0.2], [2 ** 53 + 2]],
        refuses: [
          [NaN, "type"],
          [Infinity, "type"],
          ["1", "type"],
          [1n, "type"],
          [true, "type"],
          [[1], "type"],
        ],
      },
      {
        options: { min: -1, max: 2 },
        accepts: [[-1], [2]],
        refuses: [
          [-1.1, "min"],
          [2.1, "max"],
        ],
      },
      { options: { integer: true }, accepts: [[3], [-0, 0], [1e20]], refuses: [[1.5, "type"]] },
    ],
  },
  {
    type: "bool",
    forms: [
      {
        accepts: [[true], [false]],
        refuses: [
          [0, "type"],
          [1, "type"],
          ["true", "type"],
          ["", "type"],
        ],
      },
    ],
  },
  {
    type: "date",
    forms: [
      {
        accepts: [["2024-02-29"], ["0000-01-01"], ["9999-12-31"], [new Date("2024-02-29T23:59:59Z"), "2024-02-29"]],
        refuses: [
          ["2023-02-29", "format"],
          ["2023-02-30", "format"],
          ["2024-13-01", "format"],
          ["2024-00-10", "format"],
          ["2024-1-1", "format"],
          ["20240101", "format"],
          ["2024-01-01T00:00:00Z", "format"],
          ["", "format"],
          [new Date(NaN), "type"],
          [1, "type"],
        ],
      },
    ],
  },
  {
    type: "datetime",
    forms: [
      {
        accepts: [
          ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"],
          ["2024-02-29 12:00:00.5z", "2024-02-29T12:00:00.500Z"],
          ["2024-02-29t12:00:00+02:00", "2024-02-29T10:00:00.000Z"],
          ["2024-01-01T00:30:00.123000+01:00", "2023-12-31T23:30:00.123Z"],
          ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
          ["0099-06-01T00:00:00Z", "0099-06-01T00:00:00.000Z"],
          [new Date(0), "1970-01-01T00:00:00.000Z"],
        ],
        refuses: [
          ["2024-02-29", "format"],
          ["2024-02-29T12:00:00", "format"],
          ["2024-02-29T12:00Z", "format"],
          ["2023-02-30T12:00:00Z", "format"],
          ["2024-02-29T24:00:00Z", "format"],
          ["2024-02-29T23:59:60Z", "format"],
          ["2024-02-29T12:00:00.0001Z", "format"],
          ["0000-01-01T00:00:00+01:00", "format"],
          ["9999-12-31T23:59:59-01:00", "format"],
          ["2024-02-29T12:00:00+24:00", "format"],
          ["", "format"],
          [new Date(NaN), "type"],
          [new Date(8.64e15), "format"],
          [0, "type"],
        ],
      },
    ],
  },
  {
    type: "select",
    forms: [
      {
        options: { options: ["a", "b"] },
        accepts: [["a"], ["b"]],
        refuses: [
          ["c", "options"],
          ["", "options"],
          [["a"], "type"],
        ],
      },
      {
        options: { options: ["a", "b"], multiple: true },
        accepts: [[[]], [["a"]], [["b", "a"]]],
        refuses: [
          ["a", "type"],
          [["a", "a"], "duplicate"],
          [["a", "c"], "options"],
          [[null], "type"],
          [new Array(10_001), "max"],
        ],
      },
    ],
  },
  {
    type: "json",
    forms: [
      {
        accepts: [
          [false],
          [0],
          [""],
          ["text"],
          [[]],
          [{}],
          [{ a: [1, { b: null }], "": "😀", constructor: 1 }],
          [[-0], [0]],
          [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
          [nested(100)],
        ],
        refuses: [
          [{ a: undefined }, "json"],
          [[undefined], "json"],
          // eslint-disable-next-line no-sparse-arrays -- a hole is what is refused here
          [[1, , 2], "json"],
          [() => 1, "json"],
          [Symbol("s"), "json"],
          [1n, "json"],
          [{ a: NaN }, "json"],
          [[-Infinity], "json"],
          [new Date(0), "json"],
          [new Map(), "json"],
          [new Point(), "json"],
          [{ [Symbol("s")]: 1 }, "json"],
          [JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}'), "json"],
          [cyclic, "json"],
          [nested(101), "json"],
          [nested(100_000), "json"],
          [{ "a\0": 1 }, "text_invalid"],
          [["\ud800"], "text_invalid"],
          ["x".repeat(1_048_575), "max"],
          [
            {
              get a(): never {
                throw new Error("no");
              },
            },
            "json",
          ],
        ],
      },
      {
        options: { maxSize: 5 },
        accepts: [["abc"], ["ä"]],
        refuses: [
          ["abcd", "max"],
          ["ää", "max"],
        ],
      },
    ],
  },
  {
    type: "relation",
    forms: [
      {
        options: { collection: "posts" },
        accepts: [["a"], ["0190b6a0c1d27e3f8a4b5c6d7e8f9a0b"], ["a-b_c"]],
        refuses: [
          ["", "pattern"],
          ["A", "pattern"],
          ["../x", "pattern"],
          ["a\n", "pattern"],
          ["x".repeat(64), "pattern"],
          [1, "type"],
          [["a"], "type"],
        ],
      },
      {
        options: { collection: "posts", multiple: true },
        accepts: [[[]], [["b", "a"]]],
        refuses: [
          ["a", "type"],
          [["a", "a"], "duplicate"],
          [["a", "B"], "pattern"],
          [[null], "type"],
        ],
      },
    ],
  },
  {
    type: "password",
    forms: [
      {
        accepts: [["12345678"], [" spaces stay "], ["😀".repeat(1_000)]],
        refuses: [
          ["1234567", "min"],
          ["x".repeat(1_001), "max"],
          ["12345678\0", "text_invalid"],
          [12345678, "type"],
        ],
      },
    ],
  },
];

it("has cases for every field type", () => {
  expect(cases.map(({ type }) => type)).toEqual(fieldTypeNames);
});

cases.forEach(fieldTypeSuite);
