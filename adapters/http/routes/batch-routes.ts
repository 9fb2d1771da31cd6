// /batch: several writes in one transaction of one database, all or nothing.
import { err, ok, type Collection, type Outcome, type Result, type Transaction } from "../../../lib/index.js";
import { valueAnswer } from "../answer/answers.js";
import { BatchRefusal, type Refusal } from "../answer/http-refusal.js";
import { readBatch, type BatchStep } from "./batch-requests.js";
import { bodyObject } from "./body-object.js";
import { noQuery, route, type CallerCall, type Route } from "./route.js";

/** What one request of a batch is answered. */
interface StepAnswer {
  readonly status: number;
  readonly body: unknown;
}

export const batchRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/batch",
    access: "caller",
    query: noQuery,
    bodyKind: "json or form",
    description: {
      summary: "Makes, changes and deletes records in one transaction, all or nothing",
      body: "BatchInput",
      answer: { status: 200, schema: "BatchAnswer" },
      errors: ["validation_failed", "unique_violation", "record_not_found", "collection_not_found", "conflict"],
    },
    run: async (call) => (await runBatch(call)).map((answers) => valueAnswer(200, answers)),
  }),
];

async function runBatch(call: CallerCall): Promise<Result<readonly StepAnswer[], Refusal>> {
  const body = await bodyObject(call);
  if (body.isErr()) return err(body.error);
  const { batchRequests, basePath } = call.settings;
  const steps = readBatch(body.value, { mostRequests: batchRequests, basePath });
  if (steps.isErr()) return err(steps.error);
  let failedAt: number | undefined;
  const answers = await call.db.transaction(async (transaction) => {
    const done: StepAnswer[] = [];
    for (const [index, step] of steps.value.entries()) {
      const answer = await runStep(transaction, step);
      if (answer.isErr()) {
        failedAt = index;
        return err(answer.error);
      }
      done.push(answer.value);
    }
    return ok<readonly StepAnswer[]>(done);
  });
  return answers.mapErr((error) => (failedAt === undefined ? error : new BatchRefusal(failedAt, error)));
}

async function runStep(transaction: Transaction, step: BatchStep): Outcome<StepAnswer> {
  const collection = transaction.collection(step.collection);
  const options = { ...step.query, withCollection: true };
  switch (step.kind) {
    case "create":
      return collection.create(step.data, options).map((body) => ({ status: 201, body }));
    case "update":
      return collection.update(step.id, step.data, options).map((body) => ({ status: 200, body }));
    case "upsert":
      return upsert(collection, step);
    case "delete":
      return collection.delete(step.id).map(() => ({ status: 204, body: null }));
  }
}

/** Changes the record whose id the data names, where the caller may see one; else makes one, whose id only the engine sets. */
async function upsert(collection: Collection, { data, query }: BatchStep): Outcome<StepAnswer> {
  const options = { ...query, withCollection: true };
  const { id, ...patch } = data as { readonly id?: unknown };
  if (typeof id === "string" && id !== "") {
    const changed = await collection.update(id, patch, options);
    if (changed.isOk()) return ok({ status: 200, body: changed.value });
    if (changed.error.code !== "record_not_found") return err(changed.error);
  }
  const made = await collection.create(id === "" ? patch : data, options);
  return made.map((body) => ({ status: 201, body }));
}
