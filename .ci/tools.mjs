// Starts the development tools the same way on every platform. Must never install anything.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository, whatever folder the caller stands in. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The script behind a tool's command, to be run with `process.execPath`: no shell and no `.cmd` files.
 * @param {string} packageName
 * @param {string} [command] defaults to the package's name without its scope
 * @returns {string}
 */
export function toolScript(packageName, command = packageName.replace(/^@[^/]+\//, "")) {
  const folder = join(root, "node_modules", packageName);
  /** @type {{ bin: string | Record<string, string> }} */
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const script = typeof bin === "string" ? bin : bin[command];
  if (script === undefined) throw new Error(`${packageName} has no command named ${command}`);
  return join(folder, script);
}

/**
 * Runs a program to its end and gives its exit code; a program ended by a signal counts as failed.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ onOutput?: (text: string) => void }} [options] `onOutput` takes what it prints; without it the terminal does
 * @returns {Promise<number>}
 */
export function runProgram(program, args, { onOutput } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: onOutput ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    });
    child.stdout?.setEncoding("utf8").on("data", (text) => onOutput?.(text));
    child.stderr?.setEncoding("utf8").on("data", (text) => onOutput?.(text));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}
