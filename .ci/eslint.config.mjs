// Lint rules for the whole repository. A rule that is off says why; imports are dependency-cruiser's job.
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import house from "./eslint-house.mjs";
import { root } from "./tools.mjs";

export default defineConfig(
  // Next compiles its example itself, JSX included; the build in the tests is its check.
  { ignores: ["dist/", "coverage/", "docs/", ".cache/", "node_modules/", "examples/nextjs/"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { house },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "ExportDefaultDeclaration",
          message: "Export it by its name: a default export is named anew by each importer.",
        },
        { selector: "TSEnumDeclaration", message: "Write a union of string literals." },
        { selector: "TSModuleDeclaration[declare!=true]", message: "Write a module." },
        {
          selector: ":matches(PropertyDefinition, MethodDefinition[kind!='constructor'])[accessibility]",
          message: "Write #name for private; everything else is public.",
        },
      ],
      // A ResultAsync is a thenable, not a Promise: without checkThenables a forgotten one goes unseen.
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true, ignoreVoid: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // house/no-dropped-result asks for `void` where a Result is left unread on purpose.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // An operation is async by its type (Outcome) even when one of its paths waits for nothing.
      "@typescript-eslint/require-await": "off",
      // A type parameter used once still names what the caller gets (collection<Post>("posts")).
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // Records are plain objects with fields known at run time.
      "@typescript-eslint/no-dynamic-delete": "off",
      "house/no-dropped-result": "error",
      "house/reasoned-disable": "error",
      "house/file-name": "error",
    },
  },
  {
    // Control characters are what names and texts are checked for.
    files: ["lib/**"],
    rules: { "no-control-regex": "off", "no-console": "error" },
  },
  {
    files: ["test/**"],
    rules: {
      // Tests hand over wrong values on purpose and fail loudly on a missing one.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-unnecessary-condition": "off",
      "no-control-regex": "off",
      // Ports are wrapped method by method, names are taken apart by code point, and anything may be thrown or rejected.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-misused-spread": "off",
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/prefer-promise-reject-errors": "off",
      // Closing in a finally or a hook; what a test is about it asserts.
      "house/no-dropped-result": "off",
    },
  },
  {
    // Plain JavaScript that the compiler checks (examples/tsconfig.json): it knows Node's and the browser's globals.
    files: ["examples/**/*.js"],
    rules: { "no-undef": "off" },
  },
  {
    // The tooling reads untyped JSON, and the tools want their configuration as the default export.
    files: [".ci/**"],
    rules: {
      // The compiler checks names in these files too, and it knows Node's globals.
      "no-undef": "off",
      "no-restricted-syntax": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
