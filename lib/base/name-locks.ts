// One at a time for each name, in order of arrival; different names do not wait for each other.

export class NameLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the work when all that came before it under the name has settled. */
  async hold<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const tail = mine.catch(() => undefined);
    this.#tails.set(name, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
