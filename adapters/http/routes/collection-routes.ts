// /collections: the schema that all databases share. A list comes in pages, as records do.
import { EngineError, err, ok, type CollectionDefinition, type Result } from "../../../lib/index.js";
import { emptyAnswer, valueAnswer } from "../answer/answers.js";
import { bodyObject } from "./body-object.js";
import { noQuery, route, type Route } from "./route.js";

const listQuery = {
  page: { kind: "count", description: "Which page, from 1. Default 1." },
  perPage: { kind: "count", description: "Collections of a page. Default 30." },
  skipTotal: { kind: "flag", description: "Leaves the totals out: they are -1." },
  includeDeleted: { kind: "flag", description: "Soft-deleted collections too, marked `deleted`." },
} as const;

export const collectionRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/collections",
    access: "superuser",
    query: listQuery,
    description: {
      summary: "The collections, the engine's own first",
      answer: { status: 200, schema: "CollectionPage" },
      errors: [],
    },
    run: async ({ engine, query: { page = 1, perPage = 30, skipTotal = false, includeDeleted = false } }) => {
      const bounds = checkPage(page, perPage, engine.limits.perPage);
      if (bounds.isErr()) return err(bounds.error);
      return (await engine.collections.list({ includeDeleted })).map((all) =>
        valueAnswer(200, {
          page,
          perPage,
          totalItems: skipTotal ? -1 : all.length,
          totalPages: skipTotal ? -1 : Math.ceil(all.length / perPage),
          items: all.slice((page - 1) * perPage, page * perPage),
        }),
      );
    },
  }),
  route({
    method: "POST",
    path: "/collections",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Makes a collection in every database; an equal definition gives the one that is there",
      body: "CollectionInput",
      answer: { status: 201, schema: "Collection" },
      errors: ["validation_failed", "collection_exists", "collection_deleted"],
    },
    run: async (call) => {
      const definition = await bodyObject(call);
      if (definition.isErr()) return err(definition.error);
      const made = await call.engine.collections.create(definition.value as CollectionDefinition);
      return made.map((collection) => valueAnswer(201, collection));
    },
  }),
  route({
    method: "GET",
    path: "/collections/:name",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "One collection",
      answer: { status: 200, schema: "Collection" },
      errors: ["collection_not_found", "collection_deleted"],
    },
    run: async ({ engine, params }) =>
      (await engine.collections.get(params.name)).map((found) => valueAnswer(200, found)),
  }),
  route({
    method: "PATCH",
    path: "/collections/:name",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Adds fields and indexes, loosens fields, sets rules; what is left out stays",
      body: "CollectionChange",
      answer: { status: 200, schema: "Collection" },
      errors: ["validation_failed", "schema_append_only", "field_exists", "unique_violation", "collection_not_found"],
    },
    run: async (call) => {
      const change = await bodyObject(call);
      if (change.isErr()) return err(change.error);
      const changed = await call.engine.collections.update(call.params.name, change.value);
      return changed.map((collection) => valueAnswer(200, collection));
    },
  }),
  route({
    method: "DELETE",
    path: "/collections/:name",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "Hides a collection everywhere and keeps its records",
      answer: { status: 204 },
      errors: ["collection_not_found", "database_reserved"],
    },
    run: async ({ engine, params }) => (await engine.collections.delete(params.name)).map(() => emptyAnswer),
  }),
  route({
    method: "POST",
    path: "/collections/:name/undelete",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "Brings a deleted collection back with its records",
      answer: { status: 200, schema: "Collection" },
      errors: ["collection_not_found"],
    },
    run: async ({ engine, params }) =>
      (await engine.collections.undelete(params.name)).map((found) => valueAnswer(200, found)),
  }),
  route({
    method: "DELETE",
    path: "/collections/:name/fields/:field",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "Hides a field everywhere and keeps its values",
      answer: { status: 200, schema: "Collection" },
      errors: ["collection_not_found", "validation_failed"],
    },
    run: async ({ engine, params }) =>
      (await engine.collections.deleteField(params.name, params.field)).map((found) => valueAnswer(200, found)),
  }),
  route({
    method: "POST",
    path: "/collections/:name/fields/:field/undelete",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "Brings a deleted field back with its values",
      answer: { status: 200, schema: "Collection" },
      errors: ["collection_not_found", "validation_failed"],
    },
    run: async ({ engine, params }) =>
      (await engine.collections.undeleteField(params.name, params.field)).map((found) => valueAnswer(200, found)),
  }),
];

function checkPage(page: number, perPage: number, mostPerPage: number): Result<void, EngineError> {
  if (perPage < 1 || perPage > mostPerPage)
    return invalid("perPage", `perPage is a whole number from 1 to ${mostPerPage}.`);
  return page < 1 ? invalid("page", "page is a whole number from 1.") : ok(undefined);
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
