// Runs a code block of the founding page as a program of its own, the way a reader would: a module in a process of its own
// that talks to a real server.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What the page takes for given: the client of a superuser in `client`, and a server at its address. */
const given = `
import { TenantClient } from "tenant-engine/client";
const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  return send(new Request(request.url.replace("http://localhost:3000", process.env.SERVER), request));
};
globalThis.client = new TenantClient("http://localhost:3000", { token: process.env.TOKEN });
`;

export interface BlockWorld {
  /** Where the server really is. */
  readonly server: string;
  readonly token: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface BlockOutcome {
  /** What the block's own console.log wrote, by lines. */
  readonly printed: readonly string[];
  /** The variables that were asked for, as JSON keeps them. */
  readonly values: Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON of whatever the page calls so
}

/** The block's text with its import, and nothing else, changed. */
const withImport = (block: string): string => block.replace(`"@vski/sdk"`, `"tenant-engine/client"`);

/** Runs a block, then the code of the test behind it, and gives the named variables. Rejects when anything throws. */
export async function runBlock(
  { server, token, env = {} }: BlockWorld,
  block: string,
  { then = "", show = [] }: { readonly then?: string; readonly show?: readonly string[] } = {},
): Promise<BlockOutcome> {
  // Inside the repository, so that the package's own name resolves.
  await mkdir(join(root, ".cache"), { recursive: true });
  const directory = await mkdtemp(join(root, ".cache/seed-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, "given.mjs"), given);
  const ending = `process.stdout.write("\\u0000" + JSON.stringify({ ${show.join(", ")} }));`;
  await writeFile(join(directory, "block.mjs"), `${withImport(block)}\n${then}\n${ending}\n`);
  const { stdout } = await run(process.execPath, ["--import", "./given.mjs", "block.mjs"], {
    cwd: directory,
    env: { PATH: process.env["PATH"], SERVER: server, TOKEN: token, ...env },
  });
  const [text = "", values = "{}"] = stdout.split("\u0000");
  return {
    printed: text.split("\n").slice(0, -1),
    values: JSON.parse(values) as BlockOutcome["values"],
  };
}
