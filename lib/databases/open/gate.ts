// A gate that is open or shut: whoever comes to a shut one waits. Opening lets all through at once.

export class Gate {
  #isOpen = false;
  readonly #waiting = new Set<(isOpen: boolean) => void>();

  /** Lets everybody through, those who wait and those who come. */
  open(): void {
    this.#isOpen = true;
    if (this.#waiting.size === 0) return;
    for (const resolve of this.#waiting) resolve(true);
    this.#waiting.clear();
  }

  shut(): void {
    this.#isOpen = false;
  }

  /** Resolves to true when the gate is open, to false when `timeoutMs` (default: none) have passed before. */
  async opened(timeoutMs?: number): Promise<boolean> {
    if (this.#isOpen) return true;
    return new Promise((resolve) => {
      if (timeoutMs === undefined) {
        this.#waiting.add(resolve);
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(pass);
        resolve(false);
      }, timeoutMs);
      const pass = (isOpen: boolean): void => {
        clearTimeout(timer);
        resolve(isOpen);
      };
      this.#waiting.add(pass);
    });
  }
}
