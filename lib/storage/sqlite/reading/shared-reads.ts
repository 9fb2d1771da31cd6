// Equal questions that wait together are asked once. A few at a time, so that a question begins when it is its turn:
// nobody joins one that has begun.

/** A question that waits for its turn, and all who wait for its answer. */
interface Question {
  readonly ask: () => Promise<unknown>;
  readonly waiting: { readonly resolve: (answer: unknown) => void; readonly reject: (reason: unknown) => void }[];
}

export class SharedReads {
  readonly #mostAtOnce: number;
  readonly #questions = new Map<string, Question>();
  readonly #begun = new Set<string>();
  #asking = 0;
  #waiting = 0;

  constructor(mostAtOnce: number) {
    this.#mostAtOnce = mostAtOnce;
  }

  /** How many have not begun. */
  get waiting(): number {
    return this.#waiting;
  }

  /** What `ask` gives. Equal keys mean equal questions; one of those that wait under a key is asked for all of them. */
  share<T>(key: string, ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const known = this.#questions.get(key);
      const question: Question = known ?? { ask, waiting: [] };
      if (!known) this.#questions.set(key, question);
      // The key stands for the question, and so for the type of its answer.
      question.waiting.push({ resolve: resolve as (answer: unknown) => void, reject });
      this.#waiting += 1;
      if (this.#asking < this.#mostAtOnce && !this.#begun.has(key)) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#asking += 1;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [key, { ask, waiting }] = next;
      this.#questions.delete(key);
      this.#begun.add(key);
      this.#waiting -= waiting.length;
      try {
        const answer = await ask();
        this.#begun.delete(key);
        for (const { resolve } of waiting) resolve(answer);
      } catch (thrown) {
        this.#begun.delete(key);
        for (const { reject } of waiting) reject(thrown);
      }
    }
    this.#asking -= 1;
  }

  /** The first that is not being asked already: whoever comes meanwhile waits with all others like him. */
  #next(): [string, Question] | undefined {
    for (const waiting of this.#questions) if (!this.#begun.has(waiting[0])) return waiting;
    return undefined;
  }
}
