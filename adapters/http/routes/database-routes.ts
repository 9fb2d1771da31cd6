// /databases: which databases there are.
import { err, ok } from "../../../lib/index.js";
import { emptyAnswer, valueAnswer } from "../answer/answers.js";
import { bodyTexts } from "./body-object.js";
import { noQuery, route, type Route } from "./route.js";

export const databaseRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/databases",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "All databases, the reserved ones first",
      answer: { status: 200, schema: "DatabaseList" },
      errors: [],
    },
    run: async ({ engine }) => (await engine.databases.list()).map((list) => valueAnswer(200, list)),
  }),
  route({
    method: "POST",
    path: "/databases",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Makes a database with every collection of the schema",
      body: "DatabaseInput",
      answer: { status: 201, schema: "Database" },
      errors: ["database_name_invalid", "database_exists", "database_reserved"],
    },
    run: async (call) => {
      const definition = await bodyTexts(call, ["name"]);
      if (definition.isErr()) return err(definition.error);
      return (await call.engine.databases.create(definition.value)).map((made) => valueAnswer(201, made));
    },
  }),
  route({
    method: "GET",
    path: "/databases/:name",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "One database",
      answer: { status: 200, schema: "Database" },
      errors: ["database_name_invalid", "database_not_found"],
    },
    run: async ({ engine, params }) =>
      (await engine.databases.get(params.name)).map((found) => valueAnswer(200, found)),
  }),
  route({
    method: "DELETE",
    path: "/databases/:name",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "Removes a database with all its records, for good",
      answer: { status: 204 },
      errors: ["database_name_invalid", "database_not_found", "database_reserved"],
    },
    run: async ({ engine, params }) => (await engine.databases.delete(params.name)).andThen(() => ok(emptyAnswer)),
  }),
];
