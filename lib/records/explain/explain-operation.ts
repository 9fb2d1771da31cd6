// Why a call on records ends as it does. Writes nothing: what it tries is rolled back. For trusted code alone: an
// explanation says what rules hide.
import { readCallOptions } from "../../base/call-options.js";
import { recordOperations } from "../../access/rule-book.js";
import { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import { isRecordId, requireCollection, type RecordContext } from "../record-context.js";
import { explainContext } from "./explain-context.js";
import { explainList } from "./explain-list.js";
import { shownRefusal, type OperationExplanation } from "./explain-parts.js";
import { explainRecord } from "./explain-write.js";
import type { ExplainRequest, Explanation } from "./explanation.js";

/** A copy of the request. `request_invalid`: an unknown operation, no id where one is needed, one that can be none. */
export function readExplainRequest(request: ExplainRequest): Result<ExplainRequest, EngineError> {
  const kinds = { operation: "any", id: "any", data: "any", filter: "any", sort: "any" } as const;
  const read = readCallOptions(request, kinds);
  if (read.isErr()) return err(read.error);
  const { operation, id } = read.value;
  if (!recordOperations.includes(operation)) {
    return invalid("operation", `operation is one of ${recordOperations.join(", ")}.`);
  }
  const needsId = operation === "view" || operation === "update" || operation === "delete";
  if (needsId ? !isRecordId(id) : id !== undefined && !(operation === "list" && isRecordId(id))) {
    return invalid(
      "id",
      needsId ? `${operation} is explained for the id of a record.` : `${operation} takes no such id.`,
    );
  }
  return ok(read.value);
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  refuse("request_invalid", { parameter }, { message });

/** Explains a call of a caller who was let into the database. */
export async function explainOperation(
  context: RecordContext,
  name: string,
  request: ExplainRequest,
): Outcome<Explanation> {
  const read = readExplainRequest(request);
  if (read.isErr()) return err(read.error);
  const { operation } = read.value;
  const head = { operation, database: context.databaseName, collection: name };
  const found = requireCollection(context, name);
  if (found.isErr()) return ok({ ...head, ...refusedWith(found.error) });
  const isRead = operation === "list" || operation === "view";
  const explained = await (isRead ? context.read.bind(context) : rolledBack(context))<OperationExplanation>((db) => {
    const explain = explainContext(context, db, found.value, operation);
    return operation === "list"
      ? explainList(explain, context, read.value)
      : explainRecord(explain, context, read.value);
  });
  return explained.map((explanation) => ({ ...head, ...explanation }));
}

/** An explanation of a call that was refused before any rule was asked. */
export const refusedWith = (error: EngineError): OperationExplanation => ({
  ...{ outcome: "denied", reason: error.message, decidedBy: null, refusal: shownRefusal(error) },
  ...{ sections: [], statements: [], missingIndexes: [], unindexable: [] },
});

/** A write whose transaction never ends well. */
const rolledBack =
  (context: RecordContext): RecordContext["write"] =>
  async <T>(work: Parameters<typeof context.write<T>>[0]): Outcome<T> => {
    let given: Awaited<Outcome<T>> | undefined;
    const ended = await context.write<T>(async (db) => {
      given = await work(db);
      return err(new EngineError("internal", {}, { message: "An explanation is always rolled back." }));
    });
    return given ?? ended;
  };
