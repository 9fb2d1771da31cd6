// Which indexes the store keeps for a collection: the defined ones, the automatic ones, and those that unique fields need.
import type { Collection, Field } from "../collection.js";
import { fieldTypes } from "../field-types/index.js";
import { indexName, type IndexParts } from "./index-name.js";

/** An index of the store. */
export interface PhysicalIndex extends IndexParts {
  readonly name: string;
  /** Compares texts without ASCII case. */
  readonly ignoresCase: boolean;
}

/**
 * All indexes of a collection by name, those of deleted fields too: they go on holding, so that a field
 * can come back as it was. Unique ones count live records only.
 */
export function physicalIndexes(collection: Collection): ReadonlyMap<string, PhysicalIndex> {
  const { automaticIndexes } = collection;
  const indexes = new Map<string, PhysicalIndex>();
  const add = (columns: readonly string[], unique: boolean, ignoresCase = false): void => {
    const parts = { table: collection.name, columns, unique };
    const name = indexName(parts);
    if (!indexes.has(name)) indexes.set(name, { ...parts, name, ignoresCase });
  };
  for (const field of [...collection.fields.values(), ...collection.deletedFields.values()]) {
    // The primary key has its index already.
    if (field.name === "id") continue;
    if (field.unique) add([field.name], true, isAuthEmail(field));
    else if (automaticIndexes === undefined && isSingleReference(field)) add([field.name], false);
  }
  for (const { fields, unique } of collection.indexes) add(fields, unique);
  for (const columns of automaticIndexes ?? []) add(columns, false);
  return indexes;
}

// Two accounts that differ in the letter case of an address are one person's, or an attack.
const isAuthEmail = (field: Field): boolean => field.isSystem && field.type === "email";

/** Whether the field holds the id of one other record: deleting that record asks who refers to it. */
export const isSingleReference = (field: Field): boolean => {
  const type = fieldTypes[field.type];
  return type.refersTo !== undefined && !type.isMultiple(field);
};
