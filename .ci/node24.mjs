// Runs the tests on Node 24 through npx. Node 24 must never become a dependency: its `node` command
// would land in node_modules/.bin and silently run every npm script.
import { root, runProgram } from "./tools.mjs";

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", ".ci/vitest.config.mjs", ...process.argv.slice(2)];
process.chdir(root);
process.exitCode = await runProgram(process.platform === "win32" ? "npx.cmd" : "npx", [
  "-y",
  "-p",
  "node@24",
  "--",
  "node",
  ...vitest,
]);
