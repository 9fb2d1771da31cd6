// Hostile expressions: every one ends in a predicate or in a typed refusal with its place; nothing throws.
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression } from "../../lib/query/compiler/compile-expression.js";
import { parseExpression } from "../../lib/query/language/parse-expression.js";
import { compileSort } from "../../lib/query/sort.js";
import { sqliteStoreDialect as dialect } from "../../lib/storage/sqlite/sqlite-store-dialect.js";
import { compiled, resolverOf } from "../support/query-fixture.js";
import { expressions } from "./filter-expressions.js";

const resolver = resolverOf("posts");

/** Compiles the text in both contexts and checks each refusal. */
function checkText(text: string, parameters: Readonly<Record<string, unknown>> = {}): void {
  for (const context of ["filter", "rule"] as const) {
    const result = parseExpression(text, { context }).andThen((tree) =>
      compileExpression(tree, { text, resolver, dialect, parameters, context }),
    );
    if (result.isOk()) {
      compiled(result.value);
      continue;
    }
    const { code, details } = result.error;
    expect(code).toBe(`${context}_invalid`);
    const { position } = details as { position: number };
    expect(position).toBeGreaterThanOrEqual(0);
    expect(position).toBeLessThanOrEqual(text.length);
  }
}

test("random text is refused or read", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 })), (text) => {
      checkText(text);
      const sort = compileSort(text, resolver);
      if (sort.isErr()) expect(sort.error.code).toBe("sort_invalid");
    }),
    { numRuns: 2_000 },
  );
});

test("words of the language in any order are refused or read", () => {
  const word = fc.constantFrom(
    ...["title", "author.name", "reviewers", "tags:each", "meta.a", "password", "__proto__", "constructor", "views"],
    ...[
      "'Zq'",
      '"',
      "'",
      "1",
      "-",
      "1e999",
      "null",
      "true",
      "{:a}",
      "{:__proto__}",
      "@now",
      "@request.auth.id",
      "@request",
    ],
    ...[
      "=",
      "!=",
      "?=",
      "~",
      "like",
      "not",
      "in",
      "is",
      "&&",
      "or",
      "!",
      "(",
      ")",
      ",",
      "//",
      "\n",
      ":lower",
      ":isset",
      ".",
    ],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), fc.constantFrom("", " "), (words, gap) =>
      checkText(words.join(gap)),
    ),
    { numRuns: 4_000 },
  );
});

test("valid expressions with one change are refused or read", () => {
  const change = fc.record({
    at: fc.nat(),
    cut: fc.nat(3),
    put: fc.string({ unit: "grapheme-composite", maxLength: 3 }),
  });
  fc.assert(
    fc.property(expressions, change, ({ text, parameters }, { at, cut, put }) => {
      const from = at % (text.length + 1);
      checkText(text.slice(0, from) + put + text.slice(from + cut), parameters);
    }),
    { numRuns: 3_000 },
  );
});
