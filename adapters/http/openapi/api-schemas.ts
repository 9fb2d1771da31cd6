// What goes in and out of the routes, in JSON Schema, apart from records.
import { errorCodes, fieldTypeNames, ruleNames } from "../../../lib/index.js";
import { httpRefusals } from "../answer/http-refusal.js";
import type { FixedSchema } from "./schema-reference.js";

export type JsonSchema = Readonly<Record<string, unknown>>;

const text: JsonSchema = { type: "string" };
const flag: JsonSchema = { type: "boolean" };
const count: JsonSchema = { type: "integer" };
const moment: JsonSchema = { type: "string", format: "date-time" };
const nullable = ({ type, ...rest }: JsonSchema): JsonSchema => ({ ...rest, type: [type, "null"] });
const listOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** An object; all properties are required but those that are named. */
function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

/** One page of something. */
export const pageOf = (items: JsonSchema): JsonSchema =>
  object(
    {
      page: count,
      perPage: count,
      totalItems: { ...count, description: "-1 with skipTotal." },
      totalPages: { ...count, description: "-1 with skipTotal." },
      items: listOf(items),
      nextCursor: { ...nullable(text), description: "Only where a cursor was given; null after the last page." },
    },
    ["nextCursor"],
  );

/** A token and whose it is. */
export const signedIn = (name: "user" | "record", account: JsonSchema): JsonSchema =>
  object({ token: text, [name]: account });

const account: JsonSchema = {
  ...object({ id: text, email: { ...text, format: "email" }, collectionId: text, collectionName: text }),
  description: "A record of an auth collection, without its password and hidden fields.",
};

const rules = Object.fromEntries(
  ruleNames.map((name) => [name, { ...nullable(text), description: "null: superusers only; empty: everyone." }]),
);

const field = object(
  { name: text, type: { enum: fieldTypeNames }, required: flag, unique: flag, hidden: flag, default: {} },
  ["required", "unique", "hidden", "default"],
);

const index = object({ fields: listOf(text), unique: flag }, ["unique"]);

const collectionParts = { fields: listOf(field), indexes: listOf(index), softDelete: flag, ...rules };

const ruleParts = {
  name: text,
  collection: { ...text, description: "A collection's name, or * for all." },
  rule: text,
  databases: { type: ["array", "null"], items: text },
  operations: { type: ["array", "null"], items: { enum: ["list", "view", "create", "update", "delete"] } },
};

const database = object(
  {
    name: text,
    reserved: flag,
    sizeBytes: count,
    createdAt: nullable(moment),
    schemaVersion: nullable(count),
    status: { enum: ["ready", "foreign"] },
    reason: text,
  },
  ["reason"],
);

const databaseName: JsonSchema = { ...text, pattern: "^[a-z0-9][a-z0-9_-]{0,62}$" };

const maxBytes: JsonSchema = {
  ...nullable({ ...count, minimum: 4_096 }),
  description: "The most bytes that the database may have; null: as the engine's options say.",
};

const backup = object(
  {
    id: text,
    database: text,
    status: { enum: ["ready", "damaged"] },
    reason: text,
    createdAt: nullable(moment),
    storedBytes: nullable(count),
    sizeBytes: nullable(count),
    schemaVersion: nullable(count),
    provenAt: { ...nullable(moment), description: "When it was last found whole and usable." },
    problem: { ...nullable(text), description: "Why it was found unusable when it was last looked at." },
  },
  ["reason"],
);

const email: JsonSchema = { ...text, format: "email" };

/** Each by its name. */
export const apiSchemas: Readonly<Record<FixedSchema, JsonSchema>> = {
  Health: object({ code: count, status: text, message: text, data: object({ version: text }) }),
  Database: database,
  DatabaseInput: object({ name: databaseName, maxBytes }, ["maxBytes"]),
  DatabaseChange: object({ maxBytes }),
  DatabaseList: listOf(reference("Database")),
  Collection: object(
    {
      id: text,
      name: text,
      type: { enum: ["base", "auth"] },
      ...collectionParts,
      system: flag,
      deleted: flag,
      created: moment,
      updated: moment,
    },
    ["deleted", "created", "updated"],
  ),
  CollectionInput: object({ name: text, type: { enum: ["base", "auth"] }, ...collectionParts }, [
    "type",
    ...Object.keys(collectionParts),
  ]),
  CollectionChange: object(collectionParts, Object.keys(collectionParts)),
  CollectionPage: pageOf(reference("Collection")),
  BatchInput: object({
    requests: listOf(
      object({ method: { enum: ["POST", "PUT", "PATCH", "DELETE"] }, url: text, body: { type: "object" } }, ["body"]),
    ),
  }),
  BatchAnswer: listOf(object({ status: count, body: { type: ["object", "null"] } })),
  Login: object({ email, password: text }),
  PasswordIdentity: object({ identity: email, password: text }),
  Registration: {
    ...object({ email, password: text, passwordConfirm: text }, ["passwordConfirm"]),
    description: "And the fields of the collection.",
  },
  PasswordChange: object({ oldPassword: text, password: text }),
  SignedIn: signedIn("user", reference("Account")),
  Account: account,
  Rule: object({ id: text, ...ruleParts }),
  RuleInput: object(ruleParts, ["databases", "operations"]),
  RuleChange: object(ruleParts, Object.keys(ruleParts)),
  RuleList: listOf(reference("Rule")),
  Backup: backup,
  BackupInput: object({ database: databaseName }),
  BackupList: listOf(reference("Backup")),
  BackupContent: { ...text, format: "binary" },
  RestoreInput: object(
    {
      as: { ...databaseName, description: "A new database to make of it. Without it, it takes the place of its own." },
    },
    ["as"],
  ),
  RestoredBackup: object({
    id: text,
    database: text,
    schemaVersion: count,
    replaced: nullable(object({ file: text, expiresAt: moment })),
  }),
  Stats: { type: "object", description: "Figures of the engine, or of one database." },
  OpenApi: { type: "object" },
};

/** The body of every error. */
export const errorSchema: JsonSchema = object({
  status: count,
  code: { enum: [...errorCodes, ...Object.keys(httpRefusals)] },
  message: { ...text, description: "For people: what is wrong, and what to do." },
  data: { type: "object", description: "By field or argument: { code, message }." },
});
