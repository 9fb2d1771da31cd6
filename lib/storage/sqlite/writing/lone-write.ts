// Writes with the writer to themselves: one write, or several that one statement makes. Where a statement is the whole
// write, SQLite commits it on its own: one call instead of three.
import { err } from "../../../base/result.js";
import type { Connection } from "../connections/connection.js";
import { runTransaction } from "../connections/transaction.js";
import { batchOf, endAll, inHalves, type SharedWrite, type TurnEnd, type WriteOutcome } from "./queued-write.js";
import { runShortcut } from "./run-shortcut.js";

/** Runs one write and gives what came of it, durable or undone. */
export async function runLoneWrite(connection: Connection, write: SharedWrite, name: string): Promise<WriteOutcome> {
  const { shortcut, deadlineMs } = write.options;
  const { statement } = shortcut ?? {};
  if (statement !== undefined) {
    const end = await runShortcut(connection, statement, { name, deadlineMs, isOneStatement: true });
    end.listeners.end(end.kind === "done" && end.given !== undefined);
    if (end.kind === "lost") return err(end.error);
    if (end.kind === "done" && end.given !== undefined) return end.given;
  }
  return runTransaction(connection, write.work, { name, deadlineMs });
}

/** Runs a whole batch as the one statement that it is. Those that must go alone are left. */
export async function runLoneBatch(
  connection: Connection,
  writes: readonly SharedWrite[],
  name: string,
): Promise<TurnEnd> {
  const [first] = writes as readonly [SharedWrite];
  const items = writes.map((write) => batchOf(write).item);
  const options = { name, deadlineMs: first.options.deadlineMs, isOneStatement: true };
  const end = await runShortcut(connection, (db) => batchOf(first).run(db, items), options);
  end.listeners.end(end.kind === "done");
  if (end.kind === "lost") return inHalves(writes, end.error) ?? endAll(writes, err(end.error));
  const ended = new Map<SharedWrite, WriteOutcome>();
  const left: SharedWrite[] = [];
  for (const [index, write] of writes.entries()) {
    const outcome = end.kind === "done" ? end.given[index] : undefined;
    if (outcome === undefined) left.push(end.kind === "refused" ? withoutBatch(write) : withoutShortcut(write));
    else ended.set(write, outcome);
  }
  return { ended, left };
}

function withoutBatch(write: SharedWrite): SharedWrite {
  const { statement } = write.options.shortcut ?? {};
  const alone = withoutShortcut(write);
  return statement === undefined ? alone : { ...alone, options: { ...alone.options, shortcut: { statement } } };
}

function withoutShortcut(write: SharedWrite): SharedWrite {
  const { shortcut: _, ...options } = write.options;
  return { ...write, options };
}
