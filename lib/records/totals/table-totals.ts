// One table of one database: how often it has changed, and the totals that its writes keep right. A total that a change
// has not told of itself stays behind at an older version, and thereby is one no more.

/** A predicate over a row's own columns, with its values. */
export interface OwnPredicate {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A total, of what stood in its tables at their versions. */
export interface RememberedTotal {
  readonly key: string;
  /** Which writes that nobody follows were over. */
  readonly unfollowed: number;
  readonly tables: readonly TableTotals[];
  /** Of the tables, in their order. */
  versions: readonly number[];
  total: number;
  /** Set where a write of the table can tell what becomes of the total. */
  readonly own: OwnPredicate | undefined;
  /** How many changes have asked about it since anybody wanted to know it. */
  unwanted: number;
}

/** What became of totals in one change of rows: how much was added to each. */
export type ToldTotals = ReadonlyMap<RememberedTotal, number>;

// What a change asks about, at most. In each of the two statements a predicate costs 1 µs, and 10 µs where the statement
// is not prepared yet: 128 are 0.3 to 2.5 ms, a part of a sync of the disk. Counting 20,000 rows anew takes 1.2 ms for each.
const mostAsked = 128;
const mostCharacters = 65_536;
// After so many changes a total has cost about half of counting 20,000 rows, and nobody wanted it.
const mostUnwanted = 250;

export class TableTotals {
  /** Moves with each change that was committed. */
  #version = 0;
  /** Those with a predicate of their own, oldest first. */
  readonly #own = new Map<string, RememberedTotal>();

  get version(): number {
    return this.#version;
  }

  /** Whether a change would have anything to ask. */
  get isAsked(): boolean {
    return this.#own.size > 0;
  }

  add(remembered: RememberedTotal): void {
    if (remembered.own === undefined) return;
    this.#own.set(remembered.key, remembered);
    if (this.#own.size <= mostAsked) return;
    const [oldest] = this.#own.keys();
    this.#own.delete(oldest as string);
  }

  remove(remembered: RememberedTotal): void {
    if (this.#own.get(remembered.key) === remembered) this.#own.delete(remembered.key);
  }

  /** Those that a change is to ask about; the others stay behind. */
  toAsk(): readonly RememberedTotal[] {
    const asked: RememberedTotal[] = [];
    let characters = 0;
    for (const remembered of [...this.#own.values()].reverse()) {
      characters += remembered.own?.sql.length ?? 0;
      if (characters > mostCharacters) break;
      remembered.unwanted += 1;
      if (remembered.unwanted <= mostUnwanted) asked.push(remembered);
    }
    // The same order at each change, so that equal statements are equal texts.
    return asked.reverse();
  }

  /** A change was committed. Those that it has told nothing of are let go. */
  changed(told: ToldTotals | undefined): void {
    const before = this.#version;
    this.#version += 1;
    for (const [key, remembered] of this.#own) {
      const added = told?.get(remembered);
      if (added === undefined || remembered.versions[0] !== before) {
        this.#own.delete(key);
        continue;
      }
      remembered.total += added;
      remembered.versions = [this.#version];
    }
  }
}
