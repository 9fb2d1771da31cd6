import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../../lib/base/limits.js";
import { parseExpression } from "../../../../lib/query/language/parse-expression.js";
import { refusalOf, valueOf } from "../../../support/unwrap.js";

const read = (text: string) => valueOf(parseExpression(text));
const readRule = (text: string) => valueOf(parseExpression(text, { context: "rule" }));
const refused = (text: string) => refusalOf(parseExpression(text), "filter_invalid");

describe("operands", () => {
  test.each([
    ["1", 1],
    ["-1.5e2", -150],
    ["-0", 0],
    ["9007199254740993.0", 9007199254740992],
    ["9223372036854775808", 2 ** 63],
    ["TRUE", true],
    ["false", false],
    ["Null", null],
    ["'it''s'", "it's"],
    ["'it\\'s'", "it's"],
    ['"say ""x"" and \\"y\\""', 'say "x" and "y"'],
    ["'a\\\\'", "a\\"],
    ["'50\\%'", "50\\%"],
    ["'// no comment'", "// no comment"],
    ["''", ""],
  ])("%s is a literal", (text, value) => {
    expect(read(`x = ${text}`)).toMatchObject({ right: { kind: "literal", value, position: 4, end: 4 + text.length } });
  });

  test("paths keep the place of each name", () => {
    expect(read(" a.b.0:each:lower = 1")).toMatchObject({
      left: {
        kind: "field",
        path: [
          { name: "a", position: 1, end: 2 },
          { name: "b", position: 3, end: 4 },
          { name: "0", position: 5, end: 6 },
        ],
        modifiers: [
          { name: "each", position: 6 },
          { name: "lower", position: 11, end: 17 },
        ],
        position: 1,
        end: 17,
      },
    });
  });

  test("placeholders and macros", () => {
    expect(read("{:a_1} < @todayStart")).toMatchObject({
      left: { kind: "placeholder", name: "a_1", end: 6 },
      right: { kind: "macro", name: "todayStart" },
    });
  });

  test("the request is there in rules", () => {
    expect(readRule("@request.data.title:isset = true")).toMatchObject({
      left: { kind: "request", path: [{ name: "data" }, { name: "title" }], modifiers: [{ name: "isset" }] },
    });
    for (const path of ["auth.id", "auth.a.b", "auth.tenantId", "data.x:changed", "dbname", "method", "data.dbname"]) {
      expect(readRule(`@request.${path} != ''`)).toMatchObject({ left: { kind: "request" } });
    }
  });

  test("keywords are names where only an operand can stand", () => {
    expect(read("like = in")).toMatchObject({ left: { kind: "field" }, right: { kind: "field" } });
  });
});

describe("conditions", () => {
  test.each([
    ...["=", "!=", ">", ">=", "<", "<=", "~", "!~"].map((operator) => [operator, operator, false] as const),
    ...["=", "!=", ">", ">=", "<", "<=", "~", "!~"].map((operator) => [`?${operator}`, operator, true] as const),
    ["<>", "!=", false],
    [" LIKE ", "like", false],
    [" Not like ", "not like", false],
  ] as const)("a%sb", (written, operator, isAny) => {
    expect(read(`a${written}b`)).toMatchObject({ kind: "comparison", operator, isAny, position: 0 });
  });

  test("IN and IS NULL", () => {
    expect(read("a IN (1, 'x', {:p}, @now, null)")).toMatchObject({ kind: "membership", isNegated: false, end: 31 });
    expect(read("a IN ( )")).toMatchObject({ kind: "membership", values: [], end: 8 });
    expect(read("a not in {:p}")).toMatchObject({ kind: "membership", isNegated: true, values: [{ name: "p" }] });
    expect(read("a is null")).toMatchObject({ kind: "presence", isNegated: false, end: 9 });
    expect(read("a IS NOT NULL")).toMatchObject({ kind: "presence", isNegated: true, end: 13 });
  });

  test("! binds before AND, AND before OR", () => {
    expect(read("!a=1 && b=2 || NOT (c=3 or d=4)")).toMatchObject({
      kind: "or",
      operands: [
        { kind: "and", operands: [{ kind: "not" }, { kind: "comparison" }] },
        { kind: "not", operand: { kind: "or", position: 19, end: 31 } },
      ],
    });
  });

  test("chains are flat, comments are spaces", () => {
    expect(read("a=1 AND b=2 // and then\n&& c=3//")).toMatchObject({
      kind: "and",
      operands: [{ end: 3 }, { position: 8 }, { position: 27, end: 30 }],
    });
  });
});

describe("refusals say where", () => {
  test.each([
    ["", 0, "empty"],
    [" // nothing", 0, "empty"],
    ["a", 1, "a comparison"],
    ["a =", 3, "a field or a value"],
    ["a = 1 b = 2", 6, "AND, OR or the end"],
    ["(a = 1", 6, "')' for the '(' at character 0"],
    ["a = 1)", 5, "AND, OR or the end"],
    ["a == 1", 3, "a field or a value"],
    ["a = 'x", 4, "no closing '"],
    ['a = "x', 4, 'no closing "'],
    ["a = 'x\\'", 4, "no closing '"],
    ["a = 'x\0'", 4, "U+0000"],
    ["a = '\ud800'", 4, "lone surrogate"],
    ["a = -", 4, "before a number"],
    ["a = 1x", 5, "number"],
    ["a = 1.2.3", 7, "number"],
    ["a = 1e999", 4, "too large"],
    ["a = 9007199254740993", 4, "digits"],
    ["a. = 1", 1, "dot"],
    ["a..b = 1", 1, "dot"],
    ["a:foo = 1", 1, ":lower"],
    ["a:lower:lower = 1", 7, "twice"],
    ["a:isset = true", 1, "@request.data"],
    ["a = {x}", 4, "{:name}"],
    ["a = {:1}", 4, "{:name}"],
    ["a = @foo", 4, "@now"],
    ["a = @now.x", 4, "@now"],
    ["a = @", 4, "no meaning"],
    ["@request.auth.id = 'x'", 0, "rules only"],
    ["a IN (,)", 6, "a field or a value"],
    ["a IN ()1", 7, "AND, OR or the end"],
    ["a IN (b)", 6, "not fields"],
    ["a IN (1 2)", 8, "','"],
    ["a IN 1", 5, "'('"],
    ["a IS 1", 5, "NULL"],
    ["a NOT = 1", 6, "IN or LIKE"],
    ["a = 1; drop table x", 5, "no meaning"],
    ["a = \u{1F600}", 4, "\u{1F600}"],
    ["a = 1 /* x */", 6, "no meaning"],
  ])("%j", (text, position, reason) => {
    const { details, message } = refused(text);
    expect(details.position).toBe(position);
    expect(message).toContain(reason);
    expect(message).toContain(`at character ${position}`);
  });

  test.each([
    ["a = {:x}", 4, "placeholders"],
    ["@request.query.x = 1", 0, "there are only"],
    ["@request = 1", 0, "there are only"],
    ["@request.auth = 1", 0, "there are only"],
    ["@request.dbname.x = 1", 0, "there are only"],
    ["@request.auth.x:isset = true", 15, "@request.data"],
    ["@request.data.x:isset:lower = true", 15, "alone"],
    ["@collection.x = 1", 0, "macros"],
  ])("in a rule: %s", (text, position, reason) => {
    const error = refusalOf(parseExpression(text, { context: "rule" }), "rule_invalid");
    expect(error.details.position).toBe(position);
    expect(error.message).toContain(reason);
  });

  test("long texts are cut in the error", () => {
    expect(refused(`a = 1 ${"b".repeat(1000)}`).details.expression).toHaveLength(200);
    expect(refused(`a = 1 ${"b".repeat(1000)}`).message.length).toBeLessThan(150);
  });
});

describe("limits", () => {
  const deep = (levels: number): string => `${"(".repeat(levels)}a=1${")".repeat(levels)}`;
  const wide = (count: number): string => Array.from({ length: count }, () => "a=1").join("||");
  const list = (count: number): string => `a in (${Array.from({ length: count }, () => "1").join()})`;

  test.each([
    ["length", `a = '${"x".repeat(3_494)}'`, `a = '${"x".repeat(3_495)}'`, 3_500, "3500"],
    ["parentheses", deep(20), deep(21), 20, "20"],
    ["negations", `${"!".repeat(20)}a=1`, `${"!".repeat(21)}a=1`, 20, "20"],
    ["comparisons", wide(200), wide(201), 1_000, "200"],
    ["list", list(500), list(501), 1_006, "500"],
  ])("%s", (_, fits, tooMuch, position, limit) => {
    expect(parseExpression(fits).isOk()).toBe(true);
    expect(refused(tooMuch).details.position).toBe(position);
    expect(refused(tooMuch).message).toContain(limit);
  });

  test("settable, and one parse is not another's under other limits", () => {
    const limits = { ...defaultLimits, expressionComparisons: 1 };
    expect(parseExpression("a=1 || b=2").isOk()).toBe(true);
    expect(refusalOf(parseExpression("a=1 || b=2", { limits }), "filter_invalid").details.position).toBe(7);
  });

  test("100,000 characters and 10,000 parentheses", () => {
    expect(refused("(".repeat(10_000)).details.position).toBe(3_500);
    expect(refused("a".repeat(100_000)).details.position).toBe(3_500);
    const limits = { ...defaultLimits, expressionLength: 1e6 };
    expect(refusalOf(parseExpression(deep(10_000), { limits }), "filter_invalid").details.position).toBe(20);
    expect(
      refusalOf(parseExpression(`${"not ".repeat(10_000)}a=1`, { limits }), "filter_invalid").details.position,
    ).toBe(80);
  });
});
