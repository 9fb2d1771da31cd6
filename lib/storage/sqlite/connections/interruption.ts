// The word that everything on a store is to end: said once, heard by what runs then and by what comes later.
import type { EngineError } from "../../../base/errors.js";

export class Interruption {
  readonly #listeners = new Set<(reason: EngineError) => void>();
  #reason: EngineError | null = null;

  /** Why everything ends; null while nothing does. */
  get reason(): EngineError | null {
    return this.#reason;
  }

  /** Says it; only the first reason counts. */
  interrupt(reason: EngineError): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
  }

  /** Calls the listener when it is said, now if it has been. Whoever ends before takes it away with what this gives. */
  onInterrupt(listener: (reason: EngineError) => void): () => void {
    if (this.#reason !== null) listener(this.#reason);
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
