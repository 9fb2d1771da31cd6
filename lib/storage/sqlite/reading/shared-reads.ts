// Equal questions that wait together are asked once. One at a time, so that a question begins when it is its turn: nobody
// joins one that has begun.

/** A question that waits for its turn, and all who wait for its answer. */
interface Question {
  readonly ask: () => Promise<unknown>;
  readonly waiting: { readonly resolve: (answer: unknown) => void; readonly reject: (reason: unknown) => void }[];
}

export class SharedReads {
  readonly #questions = new Map<string, Question>();
  #isAsking = false;
  #waiting = 0;

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
      if (!this.#isAsking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    for (const [key, { ask, waiting }] of this.#questions) {
      this.#questions.delete(key);
      this.#waiting -= waiting.length;
      try {
        const answer = await ask();
        for (const { resolve } of waiting) resolve(answer);
      } catch (thrown) {
        for (const { reject } of waiting) reject(thrown);
      }
    }
    this.#isAsking = false;
  }
}
