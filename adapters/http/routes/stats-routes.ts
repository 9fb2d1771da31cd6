// /stats: what the engine, or one of its databases, holds and does.
import { valueAnswer } from "../answer/answers.js";
import { noQuery, route, type Route } from "./route.js";

export const statsRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/stats",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "The figures of the database that x-dbname names; without it, those of the engine",
      answer: { status: 200, schema: "Stats" },
      errors: ["database_name_invalid", "database_not_found"],
    },
    run: async ({ engine, namedDatabase }) =>
      (await engine.stats.get(namedDatabase)).map((stats) => valueAnswer(200, stats)),
  }),
];
