// How many records lists select, remembered while it is known what writes have done to that. Must never answer for
// another state than the one it is asked about.
import { LRUCache } from "lru-cache";
import { numberOf } from "../../base/object-number.js";
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { Store } from "../../storage/storage.js";
import { DatabaseTotals } from "./database-totals.js";
import type { RememberedTotal } from "./table-totals.js";

// What a total weighs beside its texts.
const totalCharacters = 200;

/** The totals of all databases of an engine. */
export class RememberedTotals {
  readonly #dialect: StoreDialect;
  readonly #kept: LRUCache<string, RememberedTotal> | undefined;
  readonly #databases = new WeakMap<Store, DatabaseTotals>();

  /** `mostCharacters`: what they may take in memory; 0 for none at all. */
  constructor(dialect: StoreDialect, mostCharacters: number) {
    this.#dialect = dialect;
    if (mostCharacters === 0) return;
    this.#kept = new LRUCache({
      maxSize: mostCharacters,
      // The text of a predicate may be one of a query that is kept as well, or the last that is left of it.
      sizeCalculation: ({ own }, key) => key.length + (own?.sql.length ?? 0) + totalCharacters,
      dispose: (remembered) => {
        for (const table of remembered.tables) table.remove(remembered);
      },
    });
  }

  /** Those of one database, as long as it is open; undefined when nothing is remembered. */
  of(store: Store): DatabaseTotals | undefined {
    if (this.#kept === undefined) return undefined;
    const known = this.#databases.get(store);
    if (known) return known;
    // The object, not the name: a restored database is opened anew, and is another.
    const totals = new DatabaseTotals({
      store,
      dialect: this.#dialect,
      kept: this.#kept,
      prefix: `${numberOf(store)} `,
    });
    this.#databases.set(store, totals);
    return totals;
  }
}
