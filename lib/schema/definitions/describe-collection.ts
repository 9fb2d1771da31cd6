// A collection as people read it. What comes out here can be sent back to `collections.create` and means the same.
import type { Collection, CollectionIndex, CollectionRules } from "../collection.js";
import { describeField, type DescribedField } from "./describe-field.js";

/** A collection as `collections.get` and `list` give it: plain JSON. */
export interface DescribedCollection extends CollectionRules {
  readonly id: string;
  readonly name: string;
  readonly type: "base" | "auth";
  /** Live fields in order, the engine's own first. */
  readonly fields: readonly DescribedField[];
  /** Indexes all of whose fields are live. */
  readonly indexes: readonly CollectionIndex[];
  readonly softDelete: boolean;
  /** Owned by the engine: it can be read only. */
  readonly system: boolean;
  /** There, and true, only while the collection is deleted. */
  readonly deleted?: true;
  /** RFC 3339 UTC. */
  readonly created?: string;
  /** RFC 3339 UTC: the last change of the definition. */
  readonly updated?: string;
}

/** The plain form of a collection. A new object at each call: the caller may change it. */
export function describeCollection(collection: Collection): DescribedCollection {
  const { id, name, type, softDelete, rules, createdAt, updatedAt } = collection;
  return structuredClone({
    id,
    name,
    type,
    fields: [...collection.fields.values()].map(describeField),
    indexes: liveIndexes(collection),
    softDelete,
    ...rules,
    system: collection.isSystem,
    ...(collection.isDeleted ? { deleted: true as const } : {}),
    ...(createdAt === undefined ? {} : { created: createdAt }),
    ...(updatedAt === undefined ? {} : { updated: updatedAt }),
  });
}

/** The indexes all of whose fields are live. Those of a deleted field stay in the store and come back with it. */
export const liveIndexes = (collection: Pick<Collection, "indexes" | "fields">): readonly CollectionIndex[] =>
  collection.indexes.filter((index) => index.fields.every((name) => collection.fields.has(name)));
