// How many records a list selects, remembered as long as nothing is written to its database. Must never answer for
// another state than the one it is asked about.
import { LRUCache } from "lru-cache";

// Some 30,000 filters of a few hundred characters, in the memory of some hundred open databases.
const rememberedCharacters = 8_000_000;
// What an entry weighs beside its key.
const entryCharacters = 100;

/** The totals of all databases of an engine. */
export class RememberedTotals {
  readonly #totals = new LRUCache<string, number>({
    maxSize: rememberedCharacters,
    sizeCalculation: (_, key) => key.length + entryCharacters,
  });

  get(state: string | undefined, question: string): number | undefined {
    return state === undefined ? undefined : this.#totals.get(`${state} ${question}`);
  }

  /** Nothing is remembered of a database that is being written to. */
  set(state: string | undefined, question: string, total: number): void {
    if (state !== undefined) this.#totals.set(`${state} ${question}`, total);
  }
}
