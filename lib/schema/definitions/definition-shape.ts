// The outer shape of definitions and changes: untrusted input to a private JSON object whose parts have the right kinds.
import type { EngineError } from "../../base/errors.js";
import type { SchemaObject } from "../../base/json-schema.js";
import { ok, type Result } from "../../base/result.js";
import { compileSchema } from "./compile-schema.js";
import { ruleNames, type CollectionRules } from "../collection.js";
import { DefinitionProblems } from "./definition-problems.js";
import { copyJson } from "../field-types/json-value.js";
import type { RawObject } from "./normalise-field.js";

/** A definition may add as many fields; SQLite's columns end at 2,000, and one row must stay readable. */
export const maxFields = 200;
/** Every index is written with every record; SQLite joins at most 64 tables for the same reason of bit sets. */
export const maxIndexes = 64;
// Names of 8 columns make an index name of about 600 characters; more columns have never helped a query.
const maxIndexFields = 8;
/** The contract's limit for every expression, in characters. */
const maxRuleLength = 3_500;

/** A definition whose outer shape is right; its fields are still to be read. */
export interface DefinitionShape {
  readonly name?: string;
  readonly type?: "base" | "auth";
  readonly fields?: readonly RawObject[];
  readonly indexes?: readonly { readonly fields: readonly string[]; readonly unique?: boolean }[];
  readonly softDelete?: boolean;
  readonly rules: Partial<CollectionRules>;
}

const rule: SchemaObject = { type: ["string", "null"], maxLength: maxRuleLength };
const fields: SchemaObject = { type: "array", items: { type: "object" }, maxItems: maxFields + 20 };

const properties: Readonly<Record<string, SchemaObject>> = {
  name: { type: "string" },
  type: { enum: ["base", "auth"] },
  fields,
  schema: fields,
  indexes: {
    type: "array",
    maxItems: maxIndexes,
    items: {
      type: "object",
      properties: {
        fields: { type: "array", items: { type: "string" }, minItems: 1, maxItems: maxIndexFields, uniqueItems: true },
        unique: { type: "boolean" },
      },
      required: ["fields"],
      additionalProperties: false,
    },
  },
  softDelete: { type: "boolean" },
  ...Object.fromEntries(ruleNames.map((name) => [name, rule])),
  // What a read collection has beside its definition: accepted, so that it can be sent back, and ignored.
  id: { type: "string" },
  system: { type: "boolean" },
  created: { type: "string" },
  updated: { type: "string" },
  deleted: { type: "boolean" },
};

const known = Object.keys(properties);

interface CompiledShapes {
  readonly create: ReturnType<typeof compileSchema>;
  readonly update: ReturnType<typeof compileSchema>;
}

let compiled: CompiledShapes | undefined;

/** Compiled at the first definition: an app that only reads never pays for it. */
function compiledShapes(): CompiledShapes {
  const shape = { type: "object", properties, additionalProperties: false };
  compiled ??= { create: compileSchema({ ...shape, required: ["name"] }), update: compileSchema(shape) };
  return compiled;
}

/** Reads the outer shape. `name` is required for a create. Refuses with `validation_failed` and every path. */
export function readDefinitionShape(
  input: unknown,
  operation: "create" | "update",
): Result<DefinitionShape, EngineError> {
  const problems = new DefinitionProblems();
  const copied = copyJson(input, { dropUndefined: true });
  if (copied.isErr()) {
    problems.add("definition", copied.error);
    return problems.refuse();
  }
  const raw = copied.value as RawObject;
  if (!problems.check(compiledShapes()[operation], raw, "", known)) return problems.refuse();
  if (raw["fields"] !== undefined && raw["schema"] !== undefined) {
    problems.add("schema", { code: "duplicate", message: "schema is another word for fields; give only one of them." });
    return problems.refuse();
  }
  const { name, type, indexes, softDelete } = raw as unknown as DefinitionShape;
  const given = (raw["fields"] ?? raw["schema"]) as readonly RawObject[] | undefined;
  return ok({
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
    ...(given === undefined ? {} : { fields: given }),
    ...(indexes === undefined ? {} : { indexes }),
    ...(softDelete === undefined ? {} : { softDelete }),
    rules: Object.fromEntries(ruleNames.filter((key) => raw[key] !== undefined).map((key) => [key, raw[key]])),
  } as DefinitionShape);
}
