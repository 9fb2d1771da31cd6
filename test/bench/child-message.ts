// What the benchmark's processes tell the one that has started them.
import type { ChildProcess } from "node:child_process";

/** The next message of a child. Rejects, calling it by the name, when it ends before. */
export function nextMessage<Message>(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      child.off("message", onMessage);
      reject(new Error(`${name} ended early (${signal ?? `code ${code}`})`));
    };
    const onMessage = (message: unknown): void => {
      child.off("exit", onExit);
      resolve(message as Message);
    };
    child.once("message", onMessage);
    child.once("exit", onExit);
  });
}
