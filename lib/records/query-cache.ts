// Compiled queries by what they depend on. Bounded; a schema change is part of the key, so nothing is ever stale.
import type { CompiledQuery } from "kysely";
import { LRUCache } from "lru-cache";
import { ok, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { Collection } from "../schema/collection.js";

// A compiled list is about 2 kB of text: 2,000 of them stay under 5 MB.
const rememberedQueries = 2_000;

/** What every compiled query depends on besides its own parts. */
export interface QueryScope {
  readonly catalog: { readonly version: number };
  readonly scope: string;
  readonly policy: { readonly shape: string };
}

export class QueryCache {
  readonly #queries = new LRUCache<string, CompiledQuery>({ max: rememberedQueries });

  /** The compiled query of `parts`, compiled by `compile` when it is not known yet. */
  compiled(
    { catalog, scope, policy }: QueryScope,
    collection: Collection,
    parts: readonly unknown[],
    compile: () => Result<CompiledQuery, EngineError>,
  ): Result<CompiledQuery, EngineError> {
    const key = JSON.stringify([catalog.version, scope, policy.shape, collection.id, ...parts]);
    const known = this.#queries.get(key);
    if (known) return ok(known);
    const made = compile();
    if (made.isOk()) this.#queries.set(key, made.value);
    return made;
  }
}
