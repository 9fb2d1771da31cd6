// A reference to records of a collection in the same database. Whether they exist is asked where records are written.
import type { FieldType } from "../field-type.js";
import { recordIdPattern } from "../record-id.js";
import { relationTarget } from "../relation-target.js";
import { changedMultiple } from "./option-loosening.js";

// Beyond this, the references are a collection of their own: every read would carry them all.
const maxReferences = 10_000;

/** The field type `relation`. */
export const relationField: FieldType = {
  name: "relation",
  summary: "The id of a record of `collection`; with multiple: true a list of ids, each once.",
  optionsSchema: {
    collection: { type: "string" },
    multiple: { type: "boolean" },
    cascadeDelete: { type: "boolean" },
  },
  optionDefaults: { multiple: false, cascadeDelete: false },
  checkOptions: ({ collection }): Readonly<Record<string, string>> =>
    collection === undefined ? { collection: "A relation needs collection: the name of what it refers to." } : {},
  tightening(before, after) {
    if (relationTarget(before) !== relationTarget(after)) {
      return "collection cannot change, because stored ids would refer to other records; add another field instead";
    }
    const cascades = after.options["cascadeDelete"] === true && before.options["cascadeDelete"] !== true;
    if (cascades) return "cascadeDelete may only be turned off, because it would delete records that were safe before";
    return changedMultiple(before, after);
  },
  refusesDefault: "A relation has no default, because no record is known to exist in every database.",
  refersTo: relationTarget,
  columnKind: (field) => (isMultiple(field) ? "json" : "text"),
  isMultiple: (field) => isMultiple(field),
  isIndexable: (field) => !isMultiple(field),
  valueSchema(field) {
    const one = { type: "string", pattern: recordIdPattern };
    return isMultiple(field) ? { type: "array", items: one, uniqueItems: true, maxItems: maxReferences } : one;
  },
  encode: (value, field) => (isMultiple(field) ? JSON.stringify(value) : (value as string)),
  comparison: "text",
};

const isMultiple = (field: { readonly options: Readonly<Record<string, unknown>> }): boolean =>
  field.options["multiple"] === true;
