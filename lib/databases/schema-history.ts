// The global schema as the engine holds it: the log in memory, the newest catalog, and any older one that a
// late database still stands at.
import { LRUCache } from "lru-cache";
import { Catalog } from "../schema/catalog.js";
import type { SchemaLogEntry } from "../schema/schema-change.js";

// Late databases stand at few different versions: those of the last deployments.
const rememberedCatalogs = 16;

export class SchemaHistory {
  readonly #entries: SchemaLogEntry[] = [];
  readonly #older = new LRUCache<number, Catalog>({ max: rememberedCatalogs });
  #newest: Catalog = Catalog.empty;

  constructor(entries: readonly SchemaLogEntry[]) {
    this.#entries.push(...entries);
    this.#newest = Catalog.fold(entries);
  }

  /** The catalog that new work sees. */
  get newest(): Catalog {
    return this.#newest;
  }

  /** Adds a change that the log now has, and the catalog that it leads to. */
  append(entry: SchemaLogEntry, after: Catalog): void {
    this.#older.set(this.#newest.version, this.#newest);
    this.#newest = after;
    this.#entries.push(entry);
  }

  /** The schema as it was at a version. */
  at(version: number): Catalog {
    if (version === this.#newest.version) return this.#newest;
    const known = this.#older.get(version);
    if (known) return known;
    const catalog = Catalog.fold(this.#entries.filter((entry) => entry.version <= version));
    this.#older.set(version, catalog);
    return catalog;
  }

  /** The changes that a database at `version` has yet to make, in order. */
  since(version: number): readonly SchemaLogEntry[] {
    return this.#entries.filter((entry) => entry.version > version);
  }
}
