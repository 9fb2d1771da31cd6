// The place of one connection of a store: opened at the first use, replaced when it broke, closed once.
import { EngineError } from "../../../base/errors.js";
import type { Connection } from "./connection.js";

export class ConnectionSlot {
  readonly #open: () => Promise<Connection>;
  #current: Connection | null;
  #opening: Promise<Connection> | null = null;
  /** Broken ones on their way out, and ones that SQLite did not let go. */
  readonly #retired = new Set<Connection>();
  #isClosed = false;
  #stopped: EngineError | null = null;

  constructor(open: () => Promise<Connection>, opened: Connection | null = null) {
    this.#open = open;
    this.#current = opened;
  }

  /** The connection, when it can be used right now. */
  get ready(): Connection | null {
    return this.#current === null || this.#current.isBroken || this.#isClosed ? null : this.#current;
  }

  /** The connection. Throws what opening it threw; the next call tries again. */
  async connect(): Promise<Connection> {
    if (this.#isClosed) throw new EngineError("engine_closed", {}, { message: "This database is closed." });
    if (this.#stopped !== null) throw this.#stopped;
    if (this.#current?.isBroken === true) this.retire();
    if (this.#current !== null) return this.#current;
    this.#opening ??= this.#open()
      .then((connection) => {
        if (this.#stopped !== null) connection.stop(this.#stopped);
        return (this.#current = connection);
      })
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Ends all use for good: what runs is stopped, and whoever comes gets the reason. */
  stop(reason: EngineError): void {
    this.#stopped ??= reason;
    for (const connection of [this.#current, ...this.#retired]) connection?.stop(reason);
  }

  /** Lets the present connection go after what waits on it; the next use opens another. */
  retire(): void {
    const retired = this.#current;
    if (retired === null) return;
    this.#current = null;
    this.#retired.add(retired);
    // What cannot be closed now is tried again, and reported, by close().
    retired.close().then(
      () => this.#retired.delete(retired),
      () => undefined,
    );
  }

  /** Throws when SQLite keeps a handle open; may be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => undefined);
    this.retire();
    for (const connection of [...this.#retired]) {
      await connection.close();
      this.#retired.delete(connection);
    }
  }
}
