// Names what differs between a definition and a collection, in sentences.
import type { Collection, CollectionIndex, Field, JsonValue } from "../collection.js";
import { ruleNames } from "../collection.js";
import { describeField } from "./describe-field.js";
import { liveIndexes } from "./describe-collection.js";
import { sameIndex } from "./normalise-index.js";
import { sameJson } from "./same-json.js";
import type { StoredDefinition } from "../schema-change.js";

// A setting may be a text of thousands of characters; a message is for people.
const maxShown = 60;

const shown = (value: JsonValue | undefined): string => {
  const text = value === undefined ? "not set" : JSON.stringify(value);
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
};

const differs = (what: string, is: JsonValue | undefined, asked: JsonValue | undefined): readonly string[] =>
  sameJson(is, asked) ? [] : [`${what} is ${shown(is)}, not ${shown(asked)}`];

/** What a collection is otherwise than a definition says. Empty when they are equal; the order of fields does not matter. */
export function definitionDifferences(collection: Collection, definition: StoredDefinition): readonly string[] {
  const live = [...collection.fields.values()].filter((field) => !field.isSystem);
  const asked = new Map(
    definition.fields.map((field): [string, Field] => [field.name, { ...field, isSystem: false, isDeleted: false }]),
  );
  const indexes = liveIndexes(collection);
  return [
    ...differs("name", collection.name, definition.name),
    ...differs("type", collection.type, definition.type),
    ...differs("softDelete", collection.softDelete, definition.softDelete),
    ...[...asked.values()].flatMap((field) => fieldDifferences(collection, field)),
    ...live
      .filter((field) => !asked.has(field.name))
      .map((field) => `field '${field.name}' is missing in the definition`),
    ...missing(definition.indexes, indexes).map((index) => `${indexText(index)} is not in the collection`),
    ...missing(indexes, definition.indexes).map((index) => `${indexText(index)} is missing in the definition`),
    ...ruleNames.flatMap((rule) => differs(rule, collection.rules[rule], definition.rules[rule])),
  ];
}

function fieldDifferences(collection: Collection, asked: Field): readonly string[] {
  const field = collection.fields.get(asked.name);
  if (field === undefined) {
    const isDeleted = collection.deletedFields.has(asked.name);
    return [
      `field '${asked.name}' is ${isDeleted ? `deleted (collections.undeleteField("${collection.name}", "${asked.name}") brings it back)` : "not in the collection"}`,
    ];
  }
  const [is, wanted] = [describeField(field), describeField(asked)];
  const settings = new Set([...Object.keys(is), ...Object.keys(wanted)]);
  return [...settings].flatMap((setting) =>
    differs(`${setting} of field '${asked.name}'`, is[setting], wanted[setting]),
  );
}

const missing = (wanted: readonly CollectionIndex[], given: readonly CollectionIndex[]): readonly CollectionIndex[] =>
  wanted.filter((index) => !given.some((other) => sameIndex(other, index)));

const indexText = (index: CollectionIndex): string =>
  `${index.unique ? "unique index" : "index"} on ${index.fields.join(", ")}`;
