// What every field type must do, written once. field-type.test.ts runs it over each of them.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { compileSchema } from "../../lib/schema/definitions/compile-schema.js";
import type { Collection, Field } from "../../lib/schema/collection.js";
import { validateCreate } from "../../lib/schema/validation/record-validator.js";
import { fieldTypes } from "../../lib/schema/field-types/index.js";
import { fieldOf } from "../support/schema.js";
import { refusalOf, valueOf } from "../support/unwrap.js";
import type { FieldTypeName } from "../../lib/schema/field-type.js";

export interface FieldTypeCases {
  readonly type: FieldTypeName;
  /** Options and, for each of them, what is accepted (given → canonical) and refused (given → code). */
  readonly forms: readonly {
    readonly options?: Field["options"];
    readonly accepts: readonly (readonly [given: unknown, canonical?: unknown])[];
    readonly refuses: readonly (readonly [given: unknown, code: string])[];
  }[];
}

const collectionOf = (field: Field): Collection => ({
  id: "c1",
  name: "things",
  type: "base",
  scope: "tenants",
  isSystem: false,
  isDeleted: false,
  softDelete: false,
  fields: new Map([[field.name, field]]),
  deletedFields: new Map(),
  indexes: [],
  rules: { listRule: null, viewRule: null, createRule: null, updateRule: null, deleteRule: null },
});

// What a projection gives back for a stored value, by the kind of its column.
const projected = (kind: string, stored: unknown): unknown => (kind === "json" ? JSON.parse(String(stored)) : stored);

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text;
};

export function fieldTypeSuite({ type: name, forms }: FieldTypeCases): void {
  const type = fieldTypes[name];
  describe(`field type ${name}`, () => {
    it("has its name and a summary", () => {
      expect(type.name).toBe(name);
      expect(type.summary).toMatch(/\.$/);
    });
    it("is unset as null, or as an empty list when it is multiple", () => {
      for (const { options = {} } of forms) {
        const field = fieldOf(name, { options });
        const unset = valueOf(validateCreate(collectionOf(field), {})).get("field");
        expect(unset).toEqual(type.isMultiple(field) ? [] : null);
        expect(valueOf(validateCreate(collectionOf(field), { field: null })).get("field")).toEqual(unset);
        expect(type.columnKind(field) === "json" || !type.isMultiple(field)).toBe(true);
      }
    });
    for (const { options = {}, accepts, refuses } of forms) {
      const field = fieldOf(name, { options });
      const collection = collectionOf(field);
      const withOptions = Object.keys(options).length === 0 ? "" : ` with ${shown(JSON.stringify(options))}`;
      it(`accepts its own options${withOptions}`, () => {
        const properties = type.optionsSchema;
        const validate = compileSchema({ type: "object", properties, additionalProperties: false });
        expect(validate(options)).toBe(true);
        expect(type.checkOptions?.(options) ?? {}).toEqual({});
        expect(type.tightening?.(field, field)).toBeUndefined();
      });
      it.each(accepts.map((row) => [shown(row[0]), row] as const))(`takes %s${withOptions}`, (_, row) => {
        const [given, canonical = given] = row;
        const value = valueOf(validateCreate(collection, { field: given })).get("field");
        expect(value).toEqual(canonical);
        expect(Object.is(value, -0)).toBe(false);
        // Stored and read again it is the same, and as canonical as before.
        const stored = type.encode(value, field);
        expect(["string", "number", "boolean"]).toContain(typeof stored);
        const read = projected(type.columnKind(field), stored);
        expect(read).toEqual(canonical);
        expect(valueOf(validateCreate(collection, { field: read })).get("field")).toEqual(canonical);
      });
      it.each(refuses.map((row) => [shown(row[0]), row] as const))(`refuses %s${withOptions}`, (_, [given, code]) => {
        const { details } = refusalOf(validateCreate(collection, { field: given }), "validation_failed");
        expect(details.fields["field"]).toMatchObject({ code });
        expect(details.fields["field"]?.message).toMatch(/\.$|pattern/);
      });
    }
  });
}
