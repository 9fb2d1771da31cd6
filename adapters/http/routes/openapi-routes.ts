// /openapi.json: the description of the API for the present collections.
import { EngineError, err } from "../../../lib/index.js";
import { valueAnswer } from "../answer/answers.js";
import { describeApi } from "../openapi/describe-api.js";
import { noQuery, route, type Route } from "./route.js";

/** @param described - the routes to describe, asked for at each call: this one is among them. */
export const openapiRoutes = (described: () => readonly Route[]): readonly Route[] => [
  route({
    method: "GET",
    path: "/openapi.json",
    access: "description",
    query: noQuery,
    description: {
      summary: "This description of the API, as OpenAPI 3.1",
      answer: { status: 200, schema: "OpenApi" },
      errors: ["unauthenticated", "forbidden"],
    },
    run: async ({ collections, principal, settings: { basePath, openapi } }) => {
      if (openapi === "superusers" && principal.kind !== "superuser") {
        return err(new EngineError(principal.kind === "guest" ? "unauthenticated" : "forbidden", {}));
      }
      const schemas = await collections.schemas();
      return schemas.map((all) => valueAnswer(200, describeApi(described(), all, basePath)));
    },
  }),
];
