// Who must know how a transaction ended: memories outside of the store that follow what stands in it.
import type { StoreExecutor } from "./storage.js";

/**
 * Told once, at once after the commit and before anybody hears of it, or when what was written is undone: with its
 * transaction, or with the part of it around the call of {@link onTransactionEnd}. Must not throw.
 */
export type TransactionListener = (isCommitted: boolean) => void;

/** Calls the listener when what `db` writes is committed or undone. `db` is the executor of a write. */
export function onTransactionEnd(db: StoreExecutor, listener: TransactionListener): void {
  const listeners = transactions.get(db);
  if (listeners === undefined) throw new Error("only the executor of a write belongs to a transaction");
  listeners.add(listener);
}

/** The listeners of one write. The store that runs it tells them. */
export class TransactionListeners {
  readonly #listeners: TransactionListener[] = [];

  add(listener: TransactionListener): void {
    this.#listeners.push(listener);
  }

  /** How many there are: what is undone alone is what came after. */
  get mark(): number {
    return this.#listeners.length;
  }

  /** Tells those that came after the mark, and lets them go. */
  end(isCommitted: boolean, mark = 0): void {
    for (const listener of this.#listeners.splice(mark)) listener(isCommitted);
  }
}

const transactions = new WeakMap<StoreExecutor, TransactionListeners>();

/** Makes the executor one whose transaction can be listened to. */
export function listenable(db: StoreExecutor): TransactionListeners {
  const listeners = new TransactionListeners();
  transactions.set(db, listeners);
  return listeners;
}

/** The listeners of an executor; undefined for one that only reads. */
export const listenersOf = (db: StoreExecutor): TransactionListeners | undefined => transactions.get(db);
