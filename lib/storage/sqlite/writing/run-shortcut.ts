// A shortcut of one write or of several, on the writer's connection: in a transaction or, as one statement, without.
import type { EngineError } from "../../../base/errors.js";
import { toEngineError } from "../../../base/result.js";
import type { StoreExecutor } from "../../storage.js";
import { listenable, type TransactionListeners } from "../../transaction-end.js";
import type { Connection } from "../connections/connection.js";
import { driverErrorOf, endsTransaction } from "../connections/error-translation.js";
import { createExecutor } from "../connections/kysely-dialect.js";
import { tookTooLong, type WorkOptions } from "../connections/work-session.js";

export type ShortcutEnd<T> =
  | { readonly kind: "done"; readonly given: T; readonly listeners: TransactionListeners }
  /** A statement was refused. Where it was the only one, nothing is left of the shortcut. */
  | { readonly kind: "refused"; readonly listeners: TransactionListeners }
  /**
   * The transaction is lost, or nobody can tell what is left of the shortcut. `isOwn`: not to the disk, but because the
   * shortcut took too long, or is wrong.
   */
  | {
      readonly kind: "lost";
      readonly error: EngineError;
      readonly isOwn: boolean;
      readonly listeners: TransactionListeners;
    };

export interface ShortcutOptions extends WorkOptions {
  /** A statement after the one that writes is an error of whoever wrote the shortcut. */
  readonly isOneStatement: boolean;
}

/** Runs it. The deadline holds for each of its statements: there is no one but the engine who could dally between them. */
export async function runShortcut<T>(
  connection: Connection,
  shortcut: (db: StoreExecutor) => Promise<T>,
  { name, deadlineMs, isOneStatement }: ShortcutOptions,
): Promise<ShortcutEnd<T>> {
  let hasWritten = false;
  let refusal: unknown;
  const db = createExecutor(async (sql, values, givesRows) => {
    if (isOneStatement && hasWritten) throw new Error("a shortcut of one statement runs another");
    hasWritten ||= !/^\s*select\s/i.test(sql);
    try {
      return await connection.execute(sql, values, givesRows, deadlineMs);
    } catch (thrown) {
      refusal = thrown;
      throw thrown;
    }
  });
  const listeners = listenable(db);
  try {
    return { kind: "done", given: await shortcut(db), listeners };
  } catch (thrown) {
    const error = toEngineError(thrown);
    if (refusal === undefined || thrown !== refusal) return { kind: "lost", error, isOwn: true, listeners };
    const cause = driverErrorOf(error);
    if (cause === undefined || !endsTransaction(cause)) return { kind: "refused", listeners };
    const isLate = deadlineMs !== undefined && cause.code === "INTERRUPT";
    return { kind: "lost", error: isLate ? tookTooLong(name, deadlineMs, error) : error, isOwn: isLate, listeners };
  }
}
