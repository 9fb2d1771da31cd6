// Catalogs in tests: made by the same plans as in the engine.
import type { IdGenerator } from "../../lib/base/ids.js";
import type { EngineError } from "../../lib/base/errors.js";
import type { Result } from "../../lib/base/result.js";
import { defaultLimits } from "../../lib/base/limits.js";
import { withAutomaticIndexes } from "../../lib/databases/automatic-indexes.js";
import { Catalog } from "../../lib/schema/catalog.js";
import type { Collection, Field } from "../../lib/schema/collection.js";
import type { FieldTypeName } from "../../lib/schema/field-type.js";
import { planCreateCollection } from "../../lib/schema/plans/plan-create-collection.js";
import type { SchemaChange, SchemaLogEntry } from "../../lib/schema/schema-change.js";
import type { SchemaPlan } from "../../lib/schema/plans/schema-plan.js";
import { missingSystemChanges } from "../../lib/schema/system-collections.js";
import { valueOf } from "./unwrap.js";

/** A log that grows by plans, and the catalog that it gives. */
export class SchemaDraft {
  readonly entries: SchemaLogEntry[] = [];
  catalog = Catalog.empty;
  #ids = 0;
  readonly newId: IdGenerator = () => `id${(this.#ids += 1)}`;

  readonly #hasAutomaticIndexes: boolean;

  /** Without `automaticIndexes`, the log is one from before they were written into it. */
  constructor(options: { readonly system?: boolean; readonly automaticIndexes?: boolean } = {}) {
    this.#hasAutomaticIndexes = options.automaticIndexes ?? true;
    if (options.system !== false) for (const change of missingSystemChanges(this.catalog)) this.log(change);
  }

  /** Appends a change. */
  log(change: SchemaChange): void {
    const version = this.catalog.version + 1;
    const entry = { version, at: new Date(version * 1_000).toISOString(), change };
    this.entries.push(entry);
    this.catalog = this.catalog.with(entry);
  }

  /** Follows a plan; a refusal fails the test. */
  follow(plan: Result<SchemaPlan, EngineError>): SchemaPlan {
    const asked = valueOf(plan);
    const sources = { databaseRules: [], limits: defaultLimits };
    const value = this.#hasAutomaticIndexes ? withAutomaticIndexes(asked, this.catalog, sources) : asked;
    if (value.kind === "change") this.log(value.change);
    return value;
  }

  /** Makes a collection and gives it. */
  create(definition: unknown): Collection {
    this.follow(planCreateCollection(this.catalog, definition, this));
    return this.get((definition as { readonly name: string }).name);
  }

  /** A collection that must be there, deleted or not. */
  get(name: string): Collection {
    const collection = this.catalog.collections.get(name);
    if (collection === undefined) throw new Error(`no collection ${name}`);
    return collection;
  }
}

/** A field with the defaults of a definition. */
export const fieldOf = (type: FieldTypeName, settings: Partial<Field> = {}): Field => ({
  name: "field",
  type,
  required: false,
  unique: false,
  hidden: false,
  default: null,
  options: {},
  isSystem: false,
  isDeleted: false,
  ...settings,
});
