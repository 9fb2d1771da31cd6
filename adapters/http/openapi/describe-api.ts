// The description of the API: every route of the table, and for routes on records one path for each collection.
import { engineVersion, type RecordSchemas } from "../../../lib/index.js";
import { errorStatuses } from "../answer/error-answer.js";
import type { QueryShape } from "../request/query-parameters.js";
import type { Route } from "../routes/route.js";
import { apiSchemas, errorSchema, pageOf, signedIn, type JsonSchema } from "./api-schemas.js";
import type { CollectionSchema, SchemaReference } from "./schema-reference.js";

/** An OpenAPI 3.1 document. */
export type ApiDescription = Readonly<Record<string, unknown>>;

type Paths = Record<string, Record<string, unknown>>;

/** The document for the present collections. */
export function describeApi(
  routes: readonly Route[],
  collections: readonly RecordSchemas[],
  basePath: string,
): ApiDescription {
  const paths: Paths = {};
  const add = (route: Route, path: string, operation: unknown): void => {
    (paths[path] ??= {})[route.method.toLowerCase()] = operation;
  };
  for (const route of routes) {
    if (!isOfCollection(route)) add(route, templated(route.path), operationOf(route));
    else {
      for (const collection of collections.filter((each) => serves(route, each))) {
        add(route, templated(route.path.replace(":collection", collection.name)), operationOf(route, collection));
      }
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "tenant-engine", version: engineVersion },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    security: [{ token: [] }, {}],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      parameters: { database: databaseParameter },
      schemas: { ...apiSchemas, Error: errorSchema, ...recordSchemasOf(collections) },
    },
  };
}

const databaseParameter = {
  name: "x-dbname",
  in: "header",
  description: "The database that is meant. Without it, the token's own, and for a guest `default`.",
  schema: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{0,62}$" },
};

const isOfCollection = ({ path }: Route): boolean => path.includes("/:collection/");

/** The engine's own collections are only read, and only accounts sign in. */
function serves({ method, path }: Route, { system, type }: RecordSchemas): boolean {
  if (path.includes("/auth-")) return type === "auth";
  return !system || method === "GET";
}

/** `/rules/:id` as `/rules/{id}`. */
const templated = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

function operationOf(route: Route, collection?: RecordSchemas): JsonSchema {
  const { method, path, description, access, query } = route;
  const place = collection ? path.replace(":collection", collection.name) : path;
  const { answer, body, summary } = description;
  const schemaOf = (schema: SchemaReference): JsonSchema => reference(schemaName(schema, collection?.name));
  return {
    operationId: [method.toLowerCase(), ...place.split(/\W+/).filter((part) => part !== "")].join("_"),
    summary,
    tags: [collection ? collection.name : (path.split("/")[1] ?? "")],
    ...(access === "open" || access === "signIn" ? { security: [] } : {}),
    parameters: parametersOf(place, query, access !== "open"),
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } } : {}),
    responses: {
      [answer.status]: {
        description: summary,
        ...(answer.schema
          ? { content: { [answer.mediaType ?? "application/json"]: { schema: schemaOf(answer.schema) } } }
          : {}),
      },
      ...errorsOf(route),
    },
  };
}

function parametersOf(path: string, query: QueryShape, asksDatabase: boolean): readonly JsonSchema[] {
  const types = { text: "string", count: "integer", flag: "boolean" } as const;
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const asked = Object.entries(query).map(([name, { kind, description }]) => ({
    name,
    in: "query",
    description,
    schema: { type: types[kind] },
  }));
  const database = asksDatabase ? [{ $ref: "#/components/parameters/database" }] : [];
  return [...named, ...asked, ...database];
}

/** By status: the codes that the route says, and those that every call can end in. */
function errorsOf({ access, description }: Route): JsonSchema {
  const common = ["request_invalid", "rate_limited", "internal"] as const;
  const ofCaller = access === "open" || access === "signIn" ? [] : (["unauthenticated", "forbidden"] as const);
  const codes = new Set([...common, ...ofCaller, ...description.errors]);
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const status = errorStatuses[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { "application/json": { schema: reference("Error") } };
  return Object.fromEntries([...byStatus].map(([status, all]) => [status, { description: all.join(", "), content }]));
}

const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const collectionSchemas: readonly CollectionSchema[] = [
  "Record",
  "RecordCreate",
  "RecordUpdate",
  "RecordPage",
  "SignedInRecord",
];

/** The name of a schema; of a collection's own, with its name: `posts.Record`. A dot is in no collection's name. */
const schemaName = (schema: SchemaReference, collection: string | undefined): string =>
  (collectionSchemas as readonly string[]).includes(schema) ? `${collection ?? ""}.${schema}` : schema;

function recordSchemasOf(collections: readonly RecordSchemas[]): JsonSchema {
  const all: Record<string, JsonSchema> = {};
  for (const { name, type, system, record, create, update } of collections) {
    const put = (schema: CollectionSchema, value: JsonSchema): void => {
      all[schemaName(schema, name)] = value;
    };
    const shown = reference(schemaName("Record", name));
    put("Record", withCollection(record));
    put("RecordPage", pageOf(shown));
    if (type === "auth") put("SignedInRecord", signedIn("record", shown));
    if (system) continue;
    put("RecordCreate", create);
    put("RecordUpdate", update);
  }
  return all;
}

/** What the API puts beside a record's fields. */
const withCollection = ({ properties, ...rest }: JsonSchema): JsonSchema => ({
  ...rest,
  properties: {
    ...(properties as JsonSchema),
    collectionId: { type: "string" },
    collectionName: { type: "string" },
    expand: { type: "object", description: "Related records by field, where `expand` asked for them." },
  },
});
