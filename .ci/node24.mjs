// Runs the tests on Node 24 through npx; with --path it only prints where that Node is. Node 24 must never become a
// dependency: its `node` command would land in node_modules/.bin and silently run every npm script.
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { root, runProgram } from "./tools.mjs";

// Outside this folder and without npm's own variables: the package `node` has an install script, which our .npmrc forbids.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)));
const npx = process.platform === "win32" ? "npx.cmd" : "npx";
const printPath = ["-y", "-p", "node@24", "--", "node", "-p", "process.execPath"];
const node24 = execFileSync(npx, printPath, {
  cwd: tmpdir(),
  env,
  encoding: "utf8",
  shell: npx.endsWith(".cmd"),
}).trim();

const words = process.argv.slice(2);
if (words[0] === "--path") console.log(node24);
else {
  console.log(`the tests run on ${execFileSync(node24, ["--version"], { encoding: "utf8" }).trim()}`);
  process.chdir(root);
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", ".ci/vitest.config.mjs"];
  process.exitCode = await runProgram(node24, [...vitest, ...words]);
}
