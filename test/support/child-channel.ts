// The child's end of child-process.ts: its input, its lines, and its sudden death.
import { writeSync } from "node:fs";
import type { ChildMessage } from "./child-process.js";

/** What the parent passed. */
export const childInput = <Input>(): Input => JSON.parse(process.argv[2] ?? "null") as Input;

/** Says one line; it has left the process when this returns. */
export function say(message: ChildMessage): void {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (thrown) {
      // The parent reads slower than we write.
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") throw thrown;
    }
  }
}

/** Ends this process as a power switch does: nothing of it runs after this line. */
export function die(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment to reach this thread.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
