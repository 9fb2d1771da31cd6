// One index of a definition to its complete form.
import type { CollectionIndex, Field } from "../collection.js";
import type { DefinitionProblems } from "./definition-problems.js";
import { fieldTypes } from "../field-types/index.js";
import { suggestion } from "./schema-problems.js";

/** Notes what is wrong with the index; gives its complete form. `fields` are the live ones of the collection. */
export function normaliseIndex(
  given: { readonly fields: readonly string[]; readonly unique?: boolean },
  fields: ReadonlyMap<string, Field>,
  problems: DefinitionProblems,
  path: string,
): CollectionIndex {
  for (const [position, name] of given.fields.entries()) {
    const field = fields.get(name);
    if (field === undefined) {
      const message = `The collection has no field of this name.${suggestion(name, [...fields.keys()])}`;
      problems.add(`${path}.fields.${position}`, { code: "unknown_field", message });
    } else if (!fieldTypes[field.type].isIndexable(field)) {
      const message = `A field of the type ${field.type} cannot be indexed${field.options["multiple"] === true ? " when it is multiple" : ""}.`;
      problems.add(`${path}.fields.${position}`, { code: "not_indexable", message });
    }
  }
  return { fields: given.fields, unique: given.unique ?? false };
}

/** Whether two indexes are over the same fields in the same order, and both unique or neither. */
export const sameIndex = (a: CollectionIndex, b: CollectionIndex): boolean =>
  a.unique === b.unique && a.fields.length === b.fields.length && a.fields.every((name, at) => name === b.fields[at]);

/** The list without repetitions. */
export const distinctIndexes = (indexes: readonly CollectionIndex[]): readonly CollectionIndex[] =>
  indexes.filter((index, at) => indexes.findIndex((other) => sameIndex(other, index)) === at);
