// How the tests run: real processes, real files, generous time. Must never hide a test by a pattern.
import { defineConfig } from "vitest/config";
import { root } from "./tools.mjs";

// `npm test -- test/unit/query` runs a part; a part cannot reach the whole's coverage.
const isPartial = process.argv.slice(2).some((word) => /^(\.\/)?test\/|\.test\.ts$|^-t$/.test(word));

export default defineConfig({
  root,
  test: {
    include: ["test/**/*.test.ts"],
    // Forks, not threads: tests change environment variables and load a native module.
    pool: "forks",
    // The slowest tests start and kill child processes on two shared cores; a real hang still ends within CI's patience.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ["default", "./.ci/plain-reporter.mjs"],
    coverage: {
      provider: "v8",
      include: ["lib/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "coverage",
      ...(isPartial ? {} : { thresholds: { lines: 95 } }),
    },
  },
});
