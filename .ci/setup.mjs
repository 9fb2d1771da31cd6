// Makes a fresh clone ready: right Node, installed packages, compiled sources. Runs before every npm script,
// so it must cost little when nothing changed and must never touch anything outside this repository.
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root, runProgram, toolScript } from "./tools.mjs";

const installOnly = process.argv.includes("--install-only");

/** @param {string} message */
const say = (message) => {
  console.log(`setup: ${message}`);
};

/**
 * @param {string} path
 * @returns {any} JSON of a known shape
 */
const readJson = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));

function requireNode() {
  /** @type {string} */
  const wanted = readJson("package.json").engines.node;
  const minimum = wanted.replace(/^>=/, "").split(".").map(Number);
  const actual = process.versions.node.split(".").map(Number);
  for (const [position, least] of minimum.entries()) {
    const part = actual[position] ?? 0;
    if (part > least) return;
    if (part < least) {
      console.error(`setup: Node ${process.versions.node} is too old: this project needs Node ${wanted}.`);
      process.exit(1);
    }
  }
}

/** Why the packages must be installed, or undefined when npm's own record of node_modules equals the lockfile. */
function reasonToInstall() {
  if (!existsSync(join(root, "node_modules/.package-lock.json"))) return "node_modules is missing or unfinished";
  const wanted = readJson("package-lock.json").packages;
  const present = readJson("node_modules/.package-lock.json").packages;
  for (const [path, entry] of Object.entries(wanted)) {
    // The entry "" is the project itself; optional ones are the binaries of other platforms.
    if (path === "" || (entry.optional && !present[path])) continue;
    const found = present[path];
    if (found?.version !== entry.version || found?.integrity !== entry.integrity)
      return `${path} differs from the lockfile`;
  }
  return undefined;
}

/** npm itself when an npm script started us (then no shell is needed), else whatever `npm` the path gives. */
async function runNpm(/** @type {string[]} */ args) {
  const npm = process.env["npm_execpath"];
  if (npm && basename(npm) === "npm-cli.js") return runProgram(process.execPath, [npm, ...args]);
  return runProgram(process.platform === "win32" ? "npm.cmd" : "npm", args);
}

function isSqliteBuilt() {
  try {
    createRequire(join(root, "package.json"))("sqlite3");
    return true;
  } catch {
    return false;
  }
}

async function install() {
  const reason = reasonToInstall();
  if (reason) {
    say(`npm ci, because ${reason} (sqlite3 may compile for two minutes)`);
    // Under NODE_ENV=production npm would leave out the compiler and the tests.
    const code = await runNpm(["ci", "--include=dev", "--no-audit", "--no-fund"]);
    if (code !== 0) return code;
  }
  if (isSqliteBuilt()) return 0;
  say("npm rebuild sqlite3, because its native part is missing or was built for another system");
  const code = await runNpm(["rebuild", "sqlite3"]);
  if (code === 0 && isSqliteBuilt()) return 0;
  console.error(
    "setup: sqlite3 has no working native part. Where its prebuilt binary cannot be fetched it compiles from source:\n" +
      "       install python3, make and a C++ compiler, then run the command again.",
  );
  return code === 0 ? 1 : code;
}

/** Removes compiled files whose source is gone: a stale test or module would still run and be packed. */
function removeStale(/** @type {string} */ folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeStale(path);
    else {
      const stem = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(relative(join(root, "dist"), path))?.[1];
      if (stem && !existsSync(join(root, `${stem}.ts`)) && !existsSync(join(root, `${stem}.tsx`)))
        rmSync(path, { force: true });
    }
  }
}

async function build() {
  const started = Date.now();
  if (existsSync(join(root, "dist"))) removeStale(join(root, "dist"));
  // The record of the last build does not notice deleted output; without it the compiler writes everything anew.
  if (!existsSync(join(root, "dist/lib"))) rmSync(join(root, "dist/.tsbuildinfo"), { force: true });
  const code = await runProgram(process.execPath, [toolScript("typescript", "tsc"), "-p", "tsconfig.json"]);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (code === 0) say(`packages in place, sources compiled to dist/ in ${seconds} s`);
  else console.error(`setup: the sources do not compile (${seconds} s)`);
  return code;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Creating a directory is atomic: of two who try, one gets it.
 * @param {string} lock
 */
function take(lock) {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * One set-up at a time: two installs at once would tear node_modules apart.
 * @param {() => Promise<number>} work
 */
async function alone(work) {
  const lock = join(root, ".cache/setup-lock");
  const owner = join(lock, "pid");
  mkdirSync(dirname(lock), { recursive: true });
  let isWaiting = false;
  while (!take(lock)) {
    const pid = existsSync(owner) ? Number(readFileSync(owner, "utf8")) : 0;
    // A holder writes its pid at once; a lock still nameless after 5 s was left by one killed in between.
    const ageMs = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (pid > 0 ? !isAlive(pid) : ageMs > 5000) rmSync(lock, { recursive: true, force: true });
    else if (!isWaiting) say("waiting for another set-up of this folder to finish");
    isWaiting = true;
    await sleep(200);
  }
  try {
    writeFileSync(owner, String(process.pid));
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

requireNode();
process.exitCode = await alone(async () => {
  const installed = await install();
  return installed !== 0 || installOnly ? installed : build();
});
