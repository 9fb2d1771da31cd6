// A server of the examples as a real process: started, read, asked, and told to stop.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A running server. */
export interface ServerProcess {
  /** Every line that it has printed, without leading spaces; grows. */
  readonly lines: readonly string[];
  /** The first line that matches, said or yet to come. Rejects, with all that was printed, when the process ends before. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal and gives the exit code; null when the signal itself ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Its end, and what it wrote to stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Starts `node ARGS` in a folder. One that still runs when the test is finished is killed. */
export function startServer(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): ServerProcess {
  // In a test process NODE_OPTIONS and vitest's own variables would reach the child.
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
  });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of watchers) watcher();
  };
  let stderr = "";
  let hasEnded = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line.trim());
    wake();
  });
  const ended = new Promise<{ readonly code: number | null; readonly stderr: string }>((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      hasEnded = true;
      settle({ code, stderr });
      wake();
    });
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    lines,
    ended,
    line: (pattern) =>
      new Promise((settle, reject) => {
        let seen = 0;
        const look = (): void => {
          while (seen < lines.length) {
            const match = pattern.exec(lines[seen++] ?? "");
            if (!match) continue;
            watchers.delete(look);
            settle(match);
            return;
          }
          if (!hasEnded) return;
          watchers.delete(look);
          reject(new Error(`${args.join(" ")} ended without ${String(pattern)}:\n${lines.join("\n")}\n${stderr}`));
        };
        watchers.add(look);
        look();
      }),
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return (await ended).code;
    },
  };
}
