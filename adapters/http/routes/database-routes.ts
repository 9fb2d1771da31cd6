// /databases: which databases there are.
import { err, ok, type DatabaseChange, type DatabaseDefinition } from "../../../lib/index.js";
import { emptyAnswer, valueAnswer } from "../answer/answers.js";
import { bodyProperties, noText } from "./body-object.js";
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
      const definition = await bodyProperties(call, ["name", "maxBytes"]);
      if (definition.isErr()) return err(definition.error);
      // Each is the engine's to check.
      const { name, maxBytes } = definition.value as DatabaseDefinition;
      if (typeof name !== "string") return noText("name");
      const asked = maxBytes === undefined ? { name } : { name, maxBytes };
      return (await call.engine.databases.create(asked)).map((made) => valueAnswer(201, made));
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
    method: "PATCH",
    path: "/databases/:name",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Changes how large a database may become",
      body: "DatabaseChange",
      answer: { status: 200, schema: "Database" },
      errors: ["database_name_invalid", "database_not_found", "database_reserved"],
    },
    run: async (call) => {
      const change = await bodyProperties(call, ["maxBytes"]);
      if (change.isErr()) return err(change.error);
      const changed = await call.engine.databases.update(call.params.name, change.value as DatabaseChange);
      return changed.map((database) => valueAnswer(200, database));
    },
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
