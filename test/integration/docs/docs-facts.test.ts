// What the guides say in tables is what the code has: error codes and their details, field types and their options, limits;
// and every link inside the documentation leads somewhere.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { errorStatuses } from "../../../adapters/http/answer/error-answer.js";
import { httpRefusals } from "../../../adapters/http/answer/http-refusal.js";
import { errorCodes } from "../../../lib/base/errors.js";
import { defaultLimits } from "../../../lib/base/limits.js";
import { fieldTypeNames } from "../../../lib/schema/field-type.js";
import { fieldTypes } from "../../../lib/schema/field-types/index.js";
import { codeWords, tableRows } from "./markdown-table.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const readPage = (path: string): string => readFileSync(join(root, path), "utf8");

describe("docs/guide/06-errors.md", () => {
  const rows = tableRows(readPage("docs/guide/06-errors.md"), "code");

  test("lists every error code once, in the order of the code", () => {
    expect(rows.map(([code]) => codeWords(code).join())).toEqual(errorCodes);
  });

  test("gives the properties of each code's details", () => {
    const documented = Object.fromEntries(rows.map(([code, , , details]) => [codeWords(code)[0]!, codeWords(details)]));
    expect(documented).toEqual(declaredDetails());
  });

  test("gives the status of each code over HTTP", () => {
    expect(Object.fromEntries(rows.map(([code, status]) => [codeWords(code)[0]!, Number(status)]))).toEqual(
      errorStatuses,
    );
  });

  test("says of each what it means and what can be done", () => {
    for (const [code, , meaning, , advice] of rows) expect([code, meaning, advice]).not.toContain("");
  });
});

/** The properties that `ErrorDetails` declares for each code, optional ones with their question mark. */
function declaredDetails(): Record<string, readonly string[]> {
  const path = join(root, "lib/base/errors.ts");
  const program = ts.createProgram([path], { strict: true, module: ts.ModuleKind.NodeNext, noLib: false, types: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path)!;
  const declaration = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === "ErrorDetails",
  )!;
  const codes = checker.getTypeAtLocation(declaration).getProperties();
  return Object.fromEntries(
    codes.map((code) => {
      const properties = checker.getTypeOfSymbol(code).getProperties();
      const names = properties.map(({ name, flags }) => (flags & ts.SymbolFlags.Optional ? `${name}?` : name));
      return [code.name, names];
    }),
  );
}

test("the schema guide lists every field type with its options", () => {
  const rows = tableRows(readPage("docs/guide/03-schema.md"), "type");
  expect(rows.map(([type]) => codeWords(type).join())).toEqual(fieldTypeNames);
  const documented = rows.map(([type, options]) => [codeWords(type)[0], [...codeWords(options)].sort()]);
  expect(documented).toEqual(fieldTypeNames.map((name) => [name, Object.keys(fieldTypes[name].optionsSchema).sort()]));
});

test("the guide over HTTP lists the codes that only HTTP has", () => {
  const rows = tableRows(readPage("docs/guide/12-over-http.md"), "code");
  expect(Object.fromEntries(rows.map(([code, status]) => [codeWords(code)[0]!, Number(status)]))).toEqual(httpRefusals);
});

test("the filter guide lists every limit with its default", () => {
  const rows = tableRows(readPage("docs/guide/05-filters.md"), "limit");
  const documented = rows.map(([name, value]) => [codeWords(name)[0], Number(value!.replaceAll(",", ""))]);
  expect(Object.fromEntries(documented)).toEqual(defaultLimits);
  expect(documented).toHaveLength(Object.keys(defaultLimits).length);
});

const guides = readdirSync(join(root, "docs/guide")).map((name) => `docs/guide/${name}`);

test.each(["README.md", "CONTRIBUTING.md", "docs/architecture.md", ...guides])("links in %s lead to files", (page) => {
  const targets = [...readPage(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
  expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

test("files that the architecture page names are there", () => {
  const named = codeWords(readPage("docs/architecture.md")).filter((word) =>
    /^(lib|examples|test)\/[^*…]*$/.test(word),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("the README links every guide", () => {
  expect(guides.filter((guide) => !readPage("README.md").includes(`](${guide})`))).toEqual([]);
});
