// Child processes that tests kill and starve. Each runs a compiled script of test/faults/children and speaks JSON lines.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** One line of a child. */
export interface ChildMessage {
  readonly kind: string;
}

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A running child. */
export interface Child<Message extends ChildMessage> {
  readonly pid: number;
  /** Everything it has said so far; grows. */
  readonly said: readonly Message[];
  /** When the process is gone and all that it said has arrived. */
  readonly ended: Promise<ChildEnd>;
  /** The first message of the kind. Rejects, with what the child wrote to stderr, when it ends without. */
  first<Kind extends Message["kind"]>(kind: Kind): Promise<Extract<Message, { readonly kind: Kind }>>;
  /** Resolves at the first message, said or yet to come, for which the condition holds, or when the child ends. */
  until(holds: (message: Message) => boolean): Promise<void>;
  /** Sends a signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<ChildEnd>;
}

const compiled = resolve(import.meta.dirname, "../../dist/test/faults/children");

/**
 * Starts `test/faults/children/<script>.ts` with an input. `shell` is bash that runs before it in the same process,
 * e.g. `ulimit -n 512`. A child that still runs when the test is finished is killed.
 */
export function startChild<Message extends ChildMessage>(
  script: string,
  input: unknown,
  { shell }: { readonly shell?: string } = {},
): Child<Message> {
  const path = join(compiled, `${script}.js`);
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build"`);
  const node = [process.execPath, path, JSON.stringify(input)];
  const [command = "", ...args] = shell === undefined ? node : ["bash", "-c", `${shell}; exec "$@"`, "bash", ...node];
  // In a test process NODE_OPTIONS and vitest's own variables would reach the child.
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] } });

  const said: Message[] = [];
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of watchers) watcher();
  };
  let stderr = "";
  let hasEnded = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    // A line that was cut off by the kill was not said.
    const message = parseLine<Message>(line);
    if (message === undefined) return;
    said.push(message);
    wake();
  });
  const ended = new Promise<ChildEnd>((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      hasEnded = true;
      settle({ code, signal, stderr });
      wake();
    });
  });
  onTestFinished(() => void child.kill("SIGKILL"));

  const until = (holds: (message: Message) => boolean): Promise<void> =>
    new Promise((settle) => {
      let seen = 0;
      const look = (): void => {
        while (seen < said.length) {
          if (!holds(said[seen++] as Message)) continue;
          watchers.delete(look);
          settle();
          return;
        }
        if (!hasEnded) return;
        watchers.delete(look);
        settle();
      };
      watchers.add(look);
      look();
    });

  return {
    pid: child.pid ?? 0,
    said,
    ended,
    until,
    async first(kind) {
      await until((message) => message.kind === kind);
      const found = said.find((message) => message.kind === kind);
      if (found === undefined) throw new Error(`${script} ended without "${kind}":\n${stderr}`);
      return found as Extract<Message, { readonly kind: typeof kind }>;
    },
    async kill(signal = "SIGKILL") {
      child.kill(signal);
      return ended;
    },
  };
}

function parseLine<Message>(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}
