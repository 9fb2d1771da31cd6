// The global schema as the engine holds it: the log in memory, the newest catalog, any older one that a late database
// still stands at, and the statements that bring databases from there to the newest.
import { LRUCache } from "lru-cache";
import { Catalog, type DatabaseScope } from "../schema/catalog.js";
import type { SchemaLogEntry } from "../schema/schema-change.js";
import type { DdlTools } from "../schema/tables/ddl.js";
import { compileUpgrade } from "./compile-upgrade.js";

// Late databases stand at few different versions: those of the last deployments.
const rememberedCatalogs = 16;
// Each of those for tenants, and the reserved databases now and then.
const rememberedUpgrades = 24;

/** What brings a database to the newest schema. */
export interface SchemaUpgrade {
  readonly target: Catalog;
  /** They bind no values. */
  readonly statements: readonly string[];
}

export class SchemaHistory {
  readonly #entries: SchemaLogEntry[] = [];
  readonly #tools: DdlTools;
  readonly #older = new LRUCache<number, Catalog>({ max: rememberedCatalogs });
  /** To the newest version, by the version and scope that they start from: ten thousand databases share a few. */
  readonly #upgrades = new LRUCache<string, SchemaUpgrade>({ max: rememberedUpgrades });
  #newest: Catalog = Catalog.empty;

  constructor(entries: readonly SchemaLogEntry[], tools: DdlTools) {
    this.#entries.push(...entries);
    this.#tools = tools;
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
    this.#upgrades.clear();
  }

  /** The schema as it was at a version. */
  at(version: number): Catalog {
    if (version === this.#newest.version) return this.#newest;
    const known = this.#older.get(version);
    if (known) return known;
    const catalog = Catalog.fold(this.#entries.slice(0, version));
    this.#older.set(version, catalog);
    return catalog;
  }

  /** What makes an empty database of the scope one of a version that the log reaches. */
  statementsUpTo(version: number, scope: DatabaseScope): readonly string[] {
    return compileUpgrade(this.#tools, Catalog.empty, this.#entries.slice(0, version), scope);
  }

  /** What a database of the scope at `version` has yet to run. */
  upgradeFrom(version: number, scope: DatabaseScope): SchemaUpgrade {
    const key = `${version} ${scope}`;
    const known = this.#upgrades.get(key);
    if (known) return known;
    const statements = compileUpgrade(this.#tools, this.at(version), this.#entries.slice(version), scope);
    const upgrade = { target: this.#newest, statements };
    this.#upgrades.set(key, upgrade);
    return upgrade;
  }
}
