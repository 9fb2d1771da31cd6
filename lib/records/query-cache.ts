// Compiled queries by what they depend on. Bounded; a schema change is part of the key, so nothing is ever stale.
import { CompiledQuery } from "kysely";
import { LRUCache } from "lru-cache";
import { ok, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import type { Collection } from "../schema/collection.js";
import type { KeyedQuery } from "../storage/storage.js";

// A compiled list is about 2 kB of text: 2,000 of them stay under 5 MB.
const rememberedQueries = 2_000;
// Anybody may send 2,000 filters at the limits of the language; full of them, the cache takes 20 MB (measured).
const rememberedCharacters = 8_000_000;
// A slot keeps its closure and its part of the expression's tree alive, an estimate of what these weigh beside text.
const charactersPerParameter = 500;

/** What every compiled query depends on besides its own parts. */
export interface QueryScope {
  readonly catalog: { readonly version: number };
  readonly scope: string;
  readonly policy: { readonly shape: string };
}

/** A query by id, and what its other values are filled from. */
export interface KeyedRead {
  readonly query: KeyedQuery;
  /** Without the id. */
  readonly parameters: readonly unknown[];
}

interface LastKeyed {
  readonly version: number;
  readonly scope: string;
  readonly shape: string;
  readonly parts: string;
  readonly made: Result<KeyedRead, EngineError>;
}

type KeptQuery = CompiledQuery | readonly CompiledQuery[] | KeyedRead;

export class QueryCache {
  readonly #queries = new LRUCache<string, KeptQuery>({
    max: rememberedQueries,
    maxSize: rememberedCharacters,
    sizeCalculation: (kept, key) => key.length + weightOf(kept),
  });

  // To put a key together and look it up took a tenth of a get's time; most gets of a collection are alike.
  readonly #lastKeyed = new WeakMap<Collection, LastKeyed>();

  /** The compiled query of `parts`, compiled by `compile` when it is not known yet. */
  compiled(
    scope: QueryScope,
    collection: Collection,
    parts: readonly unknown[],
    compile: () => Result<CompiledQuery, EngineError>,
  ): Result<CompiledQuery, EngineError> {
    return this.#kept(keyOf(scope, collection, parts), () => compile().map(withoutTree));
  }

  /** As {@link compiled}, for queries that are used together. They are kept as they are: see {@link withoutTree}. */
  compiledAll(
    scope: QueryScope,
    collection: Collection,
    parts: readonly unknown[],
    compile: () => Result<readonly CompiledQuery[], EngineError>,
  ): Result<readonly CompiledQuery[], EngineError> {
    return this.#kept(keyOf(scope, collection, parts), () => compile());
  }

  /** The query by key of `parts`, always the same object for the same parts. */
  keyed(
    scope: QueryScope,
    collection: Collection,
    parts: string,
    compile: () => Result<KeyedRead, EngineError>,
  ): Result<KeyedRead, EngineError> {
    const { catalog, scope: where } = scope;
    const { shape } = scope.policy;
    const last = this.#lastKeyed.get(collection);
    if (last?.shape === shape && last.parts === parts && last.version === catalog.version && last.scope === where) {
      return last.made;
    }
    // Neither version, scope nor id holds a space, and a shape ends where the fixed words of the parts begin.
    const made = this.#kept(`keyed ${catalog.version} ${where} ${collection.id} ${shape} ${parts}`, compile);
    this.#lastKeyed.set(collection, { version: catalog.version, scope: where, shape, parts, made });
    return made;
  }

  #kept<Query extends KeptQuery>(key: string, compile: () => Result<Query, EngineError>): Result<Query, EngineError> {
    const known = this.#queries.get(key);
    // A key stands for one kind of query alone.
    if (known) return ok(known as Query);
    const made = compile();
    if (made.isOk()) this.#queries.set(key, made.value);
    return made;
  }
}

const keyOf = ({ catalog, scope, policy }: QueryScope, { id }: Collection, parts: readonly unknown[]): string =>
  JSON.stringify([catalog.version, scope, policy.shape, id, ...parts]);

/** Without Kysely's tree, which nobody reads any more: with it, 1,000 filters at the limits took 350 MB (measured). */
export const withoutTree = ({ sql, parameters }: CompiledQuery): CompiledQuery =>
  CompiledQuery.raw(sql, [...parameters]);

function weightOf(kept: KeptQuery): number {
  if ("query" in kept && "keyAt" in kept.query)
    return weigh(kept.query.one.length + kept.query.many.length, kept.parameters);
  const queries = ("sql" in kept ? [kept] : kept) as readonly CompiledQuery[];
  return queries.reduce((sum, { sql, parameters }) => sum + weigh(sql.length, parameters), 0);
}

const weigh = (characters: number, parameters: readonly unknown[]): number =>
  characters + parameters.length * charactersPerParameter;
