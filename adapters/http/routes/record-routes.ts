// /collections/:collection/records: the records of the database, as its caller may see and change them.
import { err, type EngineError, type Result } from "../../../lib/index.js";
import type { HttpAnswer } from "../exchange.js";
import { emptyAnswer, jsonAnswer, valueAnswer } from "../answer/answers.js";
import { bodyObject } from "./body-object.js";
import { noQuery, route, type Route } from "./route.js";

/** Which parts of records are given. */
export const selectionQuery = {
  fields: { kind: "text", description: "Which fields to give: `id,title,expand.author.name`. Default: all." },
  expand: { kind: "text", description: "Relations to put beside each record: `author,comments.user`." },
} as const;

/** Clients find the collection beside a record's fields. */
const withCollection = true;

const listQuery = {
  page: { kind: "count", description: "Which page, from 1. Default 1." },
  perPage: { kind: "count", description: "Records of a page. Default 30." },
  filter: { kind: "text", description: "Which records: an expression such as `status = 'new' && views > 10`." },
  sort: { kind: "text", description: "Keys with commas between them: `-created,title`." },
  ...selectionQuery,
  skipTotal: { kind: "flag", description: "Leaves out counting: totals are -1." },
  cursor: {
    kind: "text",
    description: "Pages by key: empty for the first page, then the `nextCursor` of the page before.",
  },
} as const;

// Passed to `then`: each async function on the way of a read would be felt.
const recordsAnswer = (text: Result<string, EngineError>): Result<HttpAnswer, EngineError> =>
  text.map((json) => jsonAnswer(200, json));

export const recordRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/collections/:collection/records",
    access: "caller",
    query: listQuery,
    description: {
      summary: "One page of records",
      answer: { status: 200, schema: "RecordPage" },
      errors: ["filter_invalid", "sort_invalid", "collection_not_found"],
    },
    run: ({ db, params, query: { page = 1, perPage = 30, ...options } }) =>
      db
        .collection(params.collection)
        .getListText(page, perPage, { withCollection, ...options })
        .then(recordsAnswer),
  }),
  route({
    method: "POST",
    path: "/collections/:collection/records",
    access: "caller",
    query: selectionQuery,
    bodyKind: "json",
    description: {
      summary: "Makes a record",
      body: "RecordCreate",
      answer: { status: 201, schema: "Record" },
      errors: ["validation_failed", "unique_violation", "collection_not_found", "database_reserved"],
    },
    run: async (call) => {
      const data = await bodyObject(call);
      if (data.isErr()) return err(data.error);
      const made = await call.db
        .collection(call.params.collection)
        .create(data.value, { withCollection, ...call.query });
      return made.map((record) => valueAnswer(201, record));
    },
  }),
  route({
    method: "GET",
    path: "/collections/:collection/records/:id",
    access: "caller",
    query: selectionQuery,
    description: {
      summary: "One record",
      answer: { status: 200, schema: "Record" },
      errors: ["record_not_found", "collection_not_found"],
    },
    run: ({ db, params, query: { fields, expand } }) =>
      db.collection(params.collection).getOneText(params.id, { fields, expand, withCollection }).then(recordsAnswer),
  }),
  route({
    method: "PATCH",
    path: "/collections/:collection/records/:id",
    access: "caller",
    query: selectionQuery,
    bodyKind: "json",
    description: {
      summary: "Changes the given fields of a record",
      body: "RecordUpdate",
      answer: { status: 200, schema: "Record" },
      errors: ["record_not_found", "validation_failed", "unique_violation", "collection_not_found"],
    },
    run: async (call) => {
      const patch = await bodyObject(call);
      if (patch.isErr()) return err(patch.error);
      const changed = await call.db
        .collection(call.params.collection)
        .update(call.params.id, patch.value, { withCollection, ...call.query });
      return changed.map((record) => valueAnswer(200, record));
    },
  }),
  route({
    method: "DELETE",
    path: "/collections/:collection/records/:id",
    access: "caller",
    query: noQuery,
    description: {
      summary: "Removes a record; with softDelete, hides it",
      answer: { status: 204 },
      errors: ["record_not_found", "conflict", "collection_not_found"],
    },
    run: async ({ db, params }) => (await db.collection(params.collection).delete(params.id)).map(() => emptyAnswer),
  }),
];
