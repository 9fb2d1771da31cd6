// /rules: rules over whole databases.
import { err } from "../../../lib/index.js";
import type { DatabaseRuleDefinition } from "../../../lib/index.js";
import { emptyAnswer, valueAnswer } from "../answer/answers.js";
import { bodyObject } from "./body-object.js";
import { noQuery, route, type Route } from "./route.js";

export const ruleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/rules",
    access: "superuser",
    query: noQuery,
    description: {
      summary: "All rules over whole databases",
      answer: { status: 200, schema: "RuleList" },
      errors: [],
    },
    run: async ({ engine }) => (await engine.rules.list()).map((list) => valueAnswer(200, list)),
  }),
  route({
    method: "POST",
    path: "/rules",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Makes a rule; it is in force when the answer comes",
      body: "RuleInput",
      answer: { status: 201, schema: "Rule" },
      errors: ["validation_failed", "rule_invalid", "collection_not_found"],
    },
    run: async (call) => {
      const definition = await bodyObject(call);
      if (definition.isErr()) return err(definition.error);
      const made = await call.engine.rules.create(definition.value as DatabaseRuleDefinition);
      return made.map((rule) => valueAnswer(201, rule));
    },
  }),
  route({
    method: "GET",
    path: "/rules/:id",
    access: "superuser",
    query: noQuery,
    description: { summary: "One rule", answer: { status: 200, schema: "Rule" }, errors: ["record_not_found"] },
    run: async ({ engine, params }) => (await engine.rules.get(params.id)).map((rule) => valueAnswer(200, rule)),
  }),
  route({
    method: "PATCH",
    path: "/rules/:id",
    access: "superuser",
    query: noQuery,
    bodyKind: "json",
    description: {
      summary: "Changes the given settings of a rule",
      body: "RuleChange",
      answer: { status: 200, schema: "Rule" },
      errors: ["record_not_found", "validation_failed", "rule_invalid", "collection_not_found"],
    },
    run: async (call) => {
      const change = await bodyObject(call);
      if (change.isErr()) return err(change.error);
      const changed = await call.engine.rules.update(call.params.id, change.value);
      return changed.map((rule) => valueAnswer(200, rule));
    },
  }),
  route({
    method: "DELETE",
    path: "/rules/:id",
    access: "superuser",
    query: noQuery,
    description: { summary: "Removes a rule", answer: { status: 204 }, errors: ["record_not_found"] },
    run: async ({ engine, params }) => (await engine.rules.delete(params.id)).map(() => emptyAnswer),
  }),
];
