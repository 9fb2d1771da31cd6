// A real server of S3's protocol: fauxqs, which needs a newer Node than the engine does, in a process of its own. Where
// neither can be had the tests that need it fail and say so; they must never be skipped in silence.
import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface FauxqsInput {
  readonly bucket: string;
}

export interface FauxqsMessage {
  readonly kind: "ready";
  readonly port: number;
}

export interface FauxqsServer {
  readonly endpoint: string;
  readonly bucket: string;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const bucket = "test-bucket";

/** Rejects with what is missing on this machine. */
export async function openFauxqs(): Promise<FauxqsServer> {
  const input: FauxqsInput = { bucket };
  const script = join(root, "dist/test/support/fauxqs-child.js");
  const child = spawn(await pathOfNode24(), [script, JSON.stringify(input)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const { port } = await new Promise<FauxqsMessage>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line) as FauxqsMessage));
    child.once("error", reject);
    void ended.then(() => reject(new Error(`fauxqs did not start under Node 24:\n${complaints}`)));
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

async function pathOfNode24(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [".ci/node24.mjs", "--path"], { cwd: root });
    return stdout.trim();
  } catch (thrown) {
    const message = "The tests of backups in a bucket need Node 24 through npx, and it cannot be had here.";
    throw new Error(message, { cause: thrown });
  }
}
