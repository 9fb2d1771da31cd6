// Who waits for a place among the open databases: first come, first served. A database has one ticket however many calls
// want it, so a flood of calls on one is one in the line. It knows nothing of places.
import { Gate } from "./gate.js";

interface Ticket {
  readonly called: Gate;
  callers: number;
}

export class PlaceLine {
  /** In the order in which they came. */
  readonly #tickets = new Map<string, Ticket>();

  /** How many databases wait. */
  get size(): number {
    return this.#tickets.size;
  }

  /** The database whose turn is next. */
  get first(): string | undefined {
    return this.#tickets.keys().next().value;
  }

  has(name: string): boolean {
    return this.#tickets.has(name);
  }

  /** Takes a place in the line, at once, and resolves to true when the database is called; to false when the time is over. */
  async wait(name: string, timeoutMs: number): Promise<boolean> {
    const ticket = this.#tickets.get(name) ?? { called: new Gate(), callers: 0 };
    this.#tickets.set(name, ticket);
    ticket.callers += 1;
    const isCalled = await ticket.called.opened(timeoutMs);
    ticket.callers -= 1;
    // Nobody waits for it any more: the next in the line must not wait for it either.
    if (!isCalled && ticket.callers === 0 && this.#tickets.get(name) === ticket) this.#tickets.delete(name);
    return isCalled;
  }

  /** Lets everybody go on who waits for the database. */
  call(name: string): void {
    const ticket = this.#tickets.get(name);
    this.#tickets.delete(name);
    ticket?.called.open();
  }

  callAll(): void {
    for (const name of [...this.#tickets.keys()]) this.call(name);
  }
}
