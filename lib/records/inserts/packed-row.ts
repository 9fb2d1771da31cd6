// New rows as parts of one bound text: what the engine sets, and what callers give.
import type { Collection } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import { isEngineSet } from "../../schema/system-fields.js";
import type { ColumnKind, StoreDialect } from "../../storage/store-dialect.js";
import type { EngineSet } from "./built-record.js";
import type { RowValues } from "../rows/write-values.js";

/** The columns of a packed row, in their order: first what the engine sets. */
export interface PackedShape {
  readonly names: readonly string[];
  readonly kinds: readonly ColumnKind[];
  /** Of what callers give alone. */
  readonly givenNames: readonly string[];
  readonly givenKinds: readonly ColumnKind[];
}

/** A row to insert. */
export interface PackedRow extends EngineSet {
  /** As {@link packGiven} gives it. */
  readonly given: string;
}

const engineNames = ["id", "created", "updated"];
const engineKinds: readonly ColumnKind[] = ["text", "text", "text"];

// A collection object stands for one form of the collection; when the catalog lets it go, so does this.
const shapes = new WeakMap<Collection, PackedShape>();

export function packedShape(collection: Collection): PackedShape {
  const known = shapes.get(collection);
  if (known) return known;
  const fields = [...collection.fields.values()].filter((field) => !isEngineSet(field));
  const givenNames = fields.map(({ name }) => name);
  const givenKinds = fields.map((field) => fieldTypes[field.type].columnKind(field));
  const shape = {
    ...{ names: [...engineNames, ...givenNames], kinds: [...engineKinds, ...givenKinds] },
    ...{ givenNames, givenKinds },
  };
  shapes.set(collection, shape);
  return shape;
}

/** What callers give of a row, packed; undefined when it must be bound by itself. */
export function packGiven(dialect: StoreDialect, collection: Collection, row: RowValues): string | undefined {
  const { givenNames, givenKinds } = packedShape(collection);
  return dialect.packValues(
    givenKinds,
    givenNames.map((name) => row[name] ?? null),
  );
}

/** The part before {@link packGiven}'s. */
export const packEngineSet = (dialect: StoreDialect, { id, now }: EngineSet): string =>
  dialect.packValues(engineKinds, [id, now, now]) as string;
