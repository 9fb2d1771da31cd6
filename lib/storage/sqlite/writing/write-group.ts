// The writes that waited together, in one transaction with one sync of the disk. Each is undone alone; none is
// acknowledged before the commit.
import type { EngineError } from "../../../base/errors.js";
import { err, toEngineError } from "../../../base/result.js";
import type { TransactionListeners } from "../../transaction-end.js";
import type { Connection } from "../connections/connection.js";
import { runWork } from "../connections/work-session.js";
import {
  batchOf,
  endAll,
  endOfBatch,
  inHalves,
  type SharedWrite,
  type TurnEnd,
  type WriteOutcome,
} from "./queued-write.js";
import { runShortcut, type ShortcutEnd, type ShortcutOptions } from "./run-shortcut.js";

/** Runs the writes in their order and commits. Those are left whose transaction was lost to others. */
export async function runGroup(connection: Connection, writes: readonly SharedWrite[], name: string): Promise<TurnEnd> {
  try {
    await connection.begin();
  } catch (thrown) {
    await connection.rollback();
    return endAll(writes, err(toEngineError(thrown)));
  }
  return new WriteGroup(connection, name).run(writes);
}

/** Why nothing of the group is left. */
interface Loss {
  readonly error: EngineError;
  /** Those who caused it; undefined when it was the disk, and then it is everybody's. */
  readonly by?: readonly SharedWrite[];
}

class WriteGroup {
  readonly #connection: Connection;
  readonly #name: string;
  /** What came of the writes that have run, if the commit works. */
  readonly #outcomes = new Map<SharedWrite, WriteOutcome>();
  readonly #listeners: TransactionListeners[] = [];
  #savepoint: "none" | "unused" | "used" = "none";
  #loss: Loss | null = null;

  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  async run(writes: readonly SharedWrite[]): Promise<TurnEnd> {
    try {
      await this.#runAll(writes);
      if (this.#loss === null) await this.#connection.commit();
    } catch (thrown) {
      this.#loss ??= { error: toEngineError(thrown) };
    }
    if (this.#loss !== null) await this.#connection.rollback();
    for (const listeners of this.#listeners) listeners.end(this.#loss === null);
    if (this.#loss === null) return { ended: this.#outcomes, left: [] };
    const { error, by = writes } = this.#loss;
    const again = by === writes ? inHalves(writes, error) : undefined;
    if (again) return again;
    return { ...endAll(by, err(error)), left: writes.filter((write) => !by.includes(write)) };
  }

  async #runAll(writes: readonly SharedWrite[]): Promise<void> {
    for (let from = 0; from < writes.length;) {
      const unit = writes.slice(from, endOfBatch(writes, from));
      from += unit.length;
      await (unit.length > 1 ? this.#runBatch(unit) : this.#runOne(unit[0] as SharedWrite));
      if (this.#loss !== null) return;
    }
  }

  /** One write: as one statement, which needs no savepoint, or its work behind one. */
  async #runOne(write: SharedWrite): Promise<void> {
    const { shortcut, deadlineMs } = write.options;
    const { statement } = shortcut ?? {};
    if (statement !== undefined) {
      const options = { name: this.#name, deadlineMs, isOneStatement: true };
      const end = await this.#runShortcut([write], statement, options);
      if (end.kind === "lost") return;
      if (end.kind === "done" && end.given !== undefined) {
        this.#outcomes.set(write, end.given);
        return;
      }
      end.listeners.end(false);
    }
    await this.#runWork(write);
  }

  async #runWork(write: SharedWrite): Promise<void> {
    await this.#setSavepoint();
    const { deadlineMs } = write.options;
    const { outcome, isStopped, listeners } = await runWork(this.#connection, write.work, {
      name: this.#name,
      deadlineMs,
    });
    this.#savepoint = "used";
    this.#listeners.push(listeners);
    const { fatal } = this.#connection;
    if (fatal !== null) this.#loss = isStopped ? { error: fatal, by: [write] } : { error: fatal };
    else if (outcome.isErr()) await this.#undo(listeners);
    this.#outcomes.set(write, outcome);
  }

  /** Several that are alike, at once. Those that must go alone go right after. */
  async #runBatch(writes: readonly SharedWrite[]): Promise<void> {
    const [first] = writes as [SharedWrite];
    const { run, isOneStatement } = batchOf(first);
    if (!isOneStatement) await this.#setSavepoint();
    const items = writes.map((write) => batchOf(write).item);
    const options = { name: this.#name, deadlineMs: first.options.deadlineMs, isOneStatement };
    const end = await this.#runShortcut(writes, (db) => run(db, items), options);
    if (end.kind === "lost") return;
    if (end.kind === "refused" && isOneStatement) end.listeners.end(false);
    else if (end.kind === "refused") await this.#undo(end.listeners);
    for (const [index, write] of writes.entries()) {
      const outcome = end.kind === "done" ? end.given[index] : undefined;
      if (outcome !== undefined) this.#outcomes.set(write, outcome);
      else await (end.kind === "done" ? this.#runWork(write) : this.#runOne(write));
      if (this.#loss !== null) return;
    }
  }

  async #runShortcut<T>(
    writes: readonly SharedWrite[],
    shortcut: Parameters<typeof runShortcut<T>>[1],
    options: ShortcutOptions,
  ): Promise<ShortcutEnd<T>> {
    const end = await runShortcut(this.#connection, shortcut, options);
    if (this.#savepoint === "unused") this.#savepoint = "used";
    this.#listeners.push(end.listeners);
    if (end.kind === "lost") {
      this.#loss = end.isOwn ? { error: end.error, by: writes } : { error: end.error };
    }
    return end;
  }

  /** What comes now can be undone alone. A name of its own, so that what the work leaves open of its own goes with it. */
  async #setSavepoint(): Promise<void> {
    if (this.#savepoint === "none") await this.#connection.script("savepoint member");
    else if (this.#savepoint === "used") await this.#connection.script("release member; savepoint member");
    this.#savepoint = "unused";
  }

  async #undo(listeners: TransactionListeners): Promise<void> {
    listeners.end(false);
    await this.#connection.script("rollback to member");
    this.#savepoint = "unused";
  }
}
