// Whether the process answers. Asks no database, so that a busy one does not look dead.
import { engineVersion, ok } from "../../../lib/index.js";
import { valueAnswer } from "../answer/answers.js";
import { noQuery, route, type Route } from "./route.js";

export const healthRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/health",
    access: "open",
    query: noQuery,
    description: {
      summary: "Whether the process answers",
      answer: { status: 200, schema: "Health" },
      errors: [],
    },
    run: async () =>
      ok(valueAnswer(200, { code: 200, status: "ok", message: "The API answers.", data: { version: engineVersion } })),
  }),
];
