// The remembered totals of one database. Writes of records tell what they add to each before they are acknowledged;
// whatever else is written lets go of all. Nothing is known while others may see already what is not acknowledged yet.
import type { LRUCache } from "lru-cache";
import type { Collection } from "../../schema/collection.js";
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { Store, StoreExecutor } from "../../storage/storage.js";
import { onTransactionEnd } from "../../storage/transaction-end.js";
import type { AroundChange, RowWatch } from "../rows/changing-rows.js";
import { isWorthAsking, rowsIn } from "./count-changed.js";
import { TableTotals, type RememberedTotal, type ToldTotals } from "./table-totals.js";
import { reachOf, type TotalQuestion } from "./total-question.js";

export interface DatabaseTotalsParts {
  readonly store: Pick<Store, "state" | "unfollowedWrites">;
  readonly dialect: StoreDialect;
  readonly kept: LRUCache<string, RememberedTotal>;
  /** Tells the keys of this database from those of others. */
  readonly prefix: string;
}

export class DatabaseTotals implements RowWatch {
  readonly #parts: DatabaseTotalsParts;
  #tables = new Map<string, TableTotals>();
  /** What `store.unfollowedWrites` was when the tables were begun. */
  #unfollowed = 0;

  constructor(parts: DatabaseTotalsParts) {
    this.#parts = parts;
  }

  /** As `Store.state`. */
  get state(): number | undefined {
    return this.#parts.store.state;
  }

  /** The answer for the present state; undefined when it is not known, and while there is none. */
  get({ text }: TotalQuestion): number | undefined {
    const { store, kept, prefix } = this.#parts;
    if (store.state === undefined) return undefined;
    const remembered = kept.get(prefix + text);
    if (remembered === undefined || remembered.unfollowed !== store.unfollowedWrites) return undefined;
    for (const [index, { version }] of remembered.tables.entries()) {
      if (version !== remembered.versions[index]) return undefined;
    }
    remembered.unwanted = 0;
    return remembered.total;
  }

  /** What was counted while the state was the present one from beginning to end. */
  set(question: TotalQuestion, total: number): void {
    const { store, dialect, kept, prefix } = this.#parts;
    if (store.state === undefined) return;
    const { tables: names, ownPredicate, isPassing } = reachOf(question, dialect.builder);
    // It would only push out others, and be asked about by writes.
    if (isPassing) return;
    const tables = names.map((name) => this.#table(name));
    const remembered: RememberedTotal = {
      ...{ key: prefix + question.text, unfollowed: store.unfollowedWrites, total, unwanted: 0 },
      ...{ tables, versions: tables.map(({ version }) => version) },
      own: ownPredicate === undefined ? undefined : { sql: ownPredicate, values: question.values },
    };
    kept.set(remembered.key, remembered);
    // One that is too large to be kept is asked about by nobody.
    if (kept.has(remembered.key)) tables[0]?.add(remembered);
  }

  asksAround({ name }: Collection): boolean {
    return this.#table(name).isAsked;
  }

  changing(db: StoreExecutor, { name }: Collection, ids: readonly string[]): AroundChange | undefined {
    const table = this.#table(name);
    let told: ToldTotals | undefined;
    onTransactionEnd(db, (isCommitted) => {
      if (isCommitted) table.changed(told);
    });
    const asked = table.isAsked ? table.toAsk() : [];
    if (!isWorthAsking(db, asked.length, ids.length)) return undefined;
    const count = () => rowsIn({ db, dialect: this.#parts.dialect, table: name, ids, asked });
    let before: readonly number[] | undefined;
    return {
      before: async () => void (before = await count()),
      after: async () => {
        const after = before && (await count());
        if (after === undefined) return;
        told = new Map(asked.map((remembered, index) => [remembered, added(before, after, index)]));
      },
    };
  }

  #table(name: string): TableTotals {
    const { unfollowedWrites } = this.#parts.store;
    if (this.#unfollowed !== unfollowedWrites) {
      // What was remembered is void, and may be about tables that are different now.
      this.#tables = new Map();
      this.#unfollowed = unfollowedWrites;
    }
    const known = this.#tables.get(name);
    if (known) return known;
    const table = new TableTotals();
    this.#tables.set(name, table);
    return table;
  }
}

const added = (before: readonly number[] | undefined, after: readonly number[], index: number): number =>
  (after[index] as number) - (before?.[index] as number);
