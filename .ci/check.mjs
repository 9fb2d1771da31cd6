// Every check that reads the code without running it, two at a time, with a summary at the end.
import { join } from "node:path";
import { root, runProgram, toolScript } from "./tools.mjs";

const tsc = toolScript("typescript", "tsc");

/** @type {readonly { name: string; args: readonly string[] }[]} The slowest first: they run side by side. */
const steps = [
  { name: "lint", args: [toolScript("eslint"), "--config", ".ci/eslint.config.mjs", "--max-warnings", "0", "."] },
  { name: "types", args: [tsc, "-p", "tsconfig.json", "--noEmit", "--incremental", "false"] },
  { name: "types of the tooling", args: [tsc, "-p", ".ci/tsconfig.json"] },
  { name: "types of the examples", args: [tsc, "-p", "examples/tsconfig.json"] },
  { name: "format", args: [toolScript("prettier"), "--check", "--log-level", "warn", "."] },
  { name: "floors and doors", args: [join(root, ".ci/check-floors.mjs")] },
  { name: "unused code and packages", args: [toolScript("knip"), "--config", ".ci/knip.json", "--no-progress"] },
];

// Two at a time: each step is one busy process, and small machines have two cores.
const waiting = [...steps];
/** @type {Map<string, { code: number; seconds: string }>} */
const results = new Map();
const worker = async () => {
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    const started = Date.now();
    let output = "";
    const code = await runProgram(process.execPath, step.args, { onOutput: (text) => (output += text) });
    results.set(step.name, { code, seconds: ((Date.now() - started) / 1000).toFixed(1) });
    if (code !== 0) console.error(`--- ${step.name} ---\n${output.trimEnd()}\n`);
  }
};
await Promise.all([worker(), worker()]);

for (const { name } of steps) {
  const result = results.get(name);
  console.log(`${result?.code === 0 ? "ok    " : "FAILED"} ${name} (${result?.seconds ?? "?"} s)`);
}
process.exitCode = steps.every(({ name }) => results.get(name)?.code === 0) ? 0 : 1;
