// A headless Chromium out of npm packages alone, for tests of what runs in a page. Never skips: where no browser starts, the
// test fails and says what to do.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { chromium as playwright, type Browser } from "playwright-core";
import { makeTempDirectory, removeTempDirectory } from "./temp-directory.js";

const run = promisify(execFile);

/** A running browser. */
export interface OpenBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Starts the browser that the environment variable CHROMIUM names, else the one of the npm package. Takes some seconds. */
export async function openBrowser(): Promise<OpenBrowser> {
  const directory = await makeTempDirectory();
  try {
    const installed = process.env["CHROMIUM"];
    const { executablePath, env } =
      installed === undefined ? await unpackChromium(directory) : { executablePath: installed, env: {} };
    // No arguments: those that the package proposes switch web security off, and with it CORS.
    const browser = await playwright.launch({ executablePath, args: [], env: { ...process.env, ...env } });
    const close = async (): Promise<void> => {
      await browser.close();
      await removeTempDirectory(directory);
    };
    return { browser, close };
  } catch (cause) {
    await removeTempDirectory(directory);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      "No Chromium starts here. The npm package @sparticuz/chromium holds one for Linux on x64; elsewhere, or where a " +
        "library is missing below, install Chromium (Debian: apt-get install chromium-headless-shell) and set CHROMIUM to " +
        `its path.\n${why}`,
      { cause },
    );
  }
}

/** Into a directory of its own: the package unpacks to a fixed place, and two at once find half of each other's. */
async function unpackChromium(directory: string) {
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = directory;
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    const executablePath = await chromium.executablePath();
    const { stdout } = await run("ldd", [executablePath]);
    const env: Record<string, string> = { FONTCONFIG_FILE: await writeFontList(directory) };
    if (stdout.includes("not found")) env["LD_LIBRARY_PATH"] = await unpackLibraries(directory);
    return { executablePath, env };
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}

/** The package's own fonts, and no others: without any font Chromium's pages crash. */
async function writeFontList(directory: string): Promise<string> {
  const path = join(directory, "fonts.conf");
  const places = `<dir>${join(directory, "fonts")}</dir><cachedir>${join(directory, "fonts-cache")}</cachedir>`;
  await writeFile(path, `<?xml version="1.0"?><fontconfig>${places}</fontconfig>`);
  return path;
}

/** The libraries that Chromium wants of the system; the package brings them for systems that have none. */
async function unpackLibraries(directory: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const packed = await readFile(join(dirname(entry), "../../bin/al2023.tar.br"));
  const archive = join(directory, "libraries.tar");
  await writeFile(archive, brotliDecompressSync(packed));
  await run("tar", ["-xf", archive, "-C", directory]);
  return join(directory, "lib");
}
