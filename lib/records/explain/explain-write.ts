// A record's view, create, update or delete explained: the call itself runs, in a transaction that is always undone, and
// its rules are asked about the row before and after.
import { trustedPolicy, type WrittenValues } from "../../access/access-policy.js";
import { EngineError } from "../../base/errors.js";
import { shownValue } from "../../base/shown.js";
import { err, ok, type Outcome } from "../../base/result.js";
import { validateCreate, validateUpdate } from "../../schema/validation/record-validator.js";
import { keyedReaderOf } from "../../storage/keyed-query.js";
import { inSavepoint } from "../../storage/savepoint.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { createRecord } from "../create-record.js";
import { deleteRecord } from "../delete-record.js";
import { compileGet, getRecord } from "../get-record.js";
import type { RecordContext } from "../record-context.js";
import { accessPredicate, ruleCheck } from "../rows/row-access.js";
import { updateRecord } from "../update-record.js";
import { checkWrittenFields, sentValues } from "../rows/written-fields.js";
import { encodeRow, type RowValues } from "../rows/write-values.js";
import { writeWithoutClashes } from "./clear-clashes.js";
import type { ExplainContext, Subject } from "./explain-context.js";
import { absence } from "./explain-list.js";
import { explainRules } from "./explain-rules.js";
import { explainStatement } from "./explain-statement.js";
import type { ExplainRequest, ExplainedRule, ExplainedSection, ExplainedStatement } from "./explanation.js";
import {
  deciding,
  failing,
  findRow,
  refusalOf,
  refusedAtOnce,
  ruleSentence,
  rulesOf,
  shownRefusal,
  type FoundRow,
  type OperationExplanation,
} from "./explain-parts.js";

/** Runs work inside the transaction of `db`, and undoes what it wrote, whatever it gives. */
async function undone<T>(db: StoreExecutor, work: (db: StoreExecutor) => Outcome<T>): Outcome<T> {
  let given: Awaited<Outcome<T>> | undefined;
  const rolledBack = await inSavepoint(db, async (inner) => {
    given = await work(inner);
    return err(new EngineError("internal", {}));
  });
  return given ?? rolledBack;
}

/** The context of a call inside the transaction. Passwords are not hashed: what is written is undone. */
const inside = (context: RecordContext, db: StoreExecutor): RecordContext => ({
  ...context,
  services: {
    ...context.services,
    passwords: { hash: async () => ok("not hashed"), verify: async () => ok(false) },
  },
  read: (work) => work(db),
  state: () => undefined,
  totals: undefined,
  readShared: (_, work) => work(db),
  readByKey: keyedReaderOf(db),
  write: (work) => inSavepoint(db, work),
});

const run = (
  context: RecordContext,
  { operation, id = "", data = {} }: ExplainRequest,
  name: string,
): Outcome<unknown> => {
  switch (operation) {
    case "create":
      return createRecord(context, name, data);
    case "update":
      return updateRecord(context, name, id, data);
    case "delete":
      return deleteRecord(context, name, id);
    default:
      return getRecord(context, name, id);
  }
};

/** `original` is the caller's own context. `explain.db` is inside a transaction for all but view. */
export async function explainRecord(
  explain: ExplainContext,
  original: RecordContext,
  request: ExplainRequest,
): Outcome<OperationExplanation> {
  const { db, collection, operation } = explain;
  const { id = "" } = request;
  const isRead = operation === "view";
  const call = (inner: StoreExecutor): Outcome<unknown> => run(inside(original, inner), request, collection.name);
  const refusal = refusalOf(isRead ? await call(db) : await undone(db, call));
  if (refusal.isErr()) return err(refusal.error);
  const row = operation === "create" ? undefined : await findRow(explain, id);
  const written = writtenValues(explain, original, request, row);
  const sections = await sectionsOf(explain, original, request, row, written);
  if (sections.isErr()) return err(sections.error);
  const statements = await statementsOf(explain, original, id, written);
  if (statements.isErr()) return err(statements.error);
  return ok({
    outcome: refusal.value ? "denied" : "allowed",
    ...verdict(explain, request, refusal.value, row, written, sections.value),
    ...(refusal.value ? { refusal: shownRefusal(refusal.value) } : {}),
    ...(row ? { record: row.state } : {}),
    sections: sections.value,
    statements: statements.value,
    missingIndexes: [],
    unindexable: [],
  });
}

/** What rules see of a write, or why they are never asked about it. */
type Written = { readonly values: WrittenValues; readonly row: RowValues } | { readonly problem: string } | undefined;

function writtenValues(
  { collection, operation }: ExplainContext,
  original: RecordContext,
  { data = {} }: ExplainRequest,
  row: FoundRow | undefined,
): Written {
  if (operation !== "create" && operation !== "update") return undefined;
  const valid = checkWrittenFields(original, collection, operation, data).andThen(() =>
    operation === "create" ? validateCreate(collection, data) : validateUpdate(collection, data),
  );
  if (valid.isErr()) return { problem: problemsOf(valid.error) };
  const sent = sentValues(data, valid.value);
  const values = row === undefined ? { data: sent } : { data: sent, previous: row.record };
  return { values, row: encodeRow(collection, valid.value) };
}

/** Without the words of the refusal, which may hold a part of what was sent to a hidden field. */
const problemsOf = (error: EngineError): string =>
  error.is("validation_failed")
    ? Object.entries(error.details.fields)
        .map(([name, { code }]) => `${shownValue(name)}: ${code}`)
        .join(", ")
    : error.message;

async function sectionsOf(
  explain: ExplainContext,
  original: RecordContext,
  request: ExplainRequest,
  row: FoundRow | undefined,
  written: Written,
): Outcome<readonly ExplainedSection[]> {
  const { db, operation } = explain;
  const { id = "" } = request;
  const sections: ExplainedSection[] = [];
  const isUnfit = written !== undefined && "problem" in written;
  const ask = async (at: ExplainContext, name: ExplainedSection["subject"], subject: Subject): Outcome<void> => {
    const values = written && "values" in written ? { written: written.values } : {};
    const rules = await explainRules(at, rulesOf(at).rules, isUnfit ? { kind: "nothing" } : subject, values);
    if (rules.isErr()) return err(rules.error);
    if (rules.value.length > 0) sections.push({ subject: name, rules: rules.value });
    return ok(undefined);
  };
  const isThere = row !== undefined && row.state !== "absent";
  if (isThere || operation !== "create") {
    const subject: Subject = isThere ? { kind: "row", id } : { kind: "request" };
    const name = !isThere ? "request" : operation === "update" ? "before" : "row";
    const asked = await ask(explain, name, subject);
    if (asked.isErr()) return err(asked.error);
  }
  const isWritten = operation === "create" || (operation === "update" && row?.state === "live");
  if (!isWritten || isUnfit) {
    const asked = operation === "create" ? await ask(explain, "request", { kind: "request" }) : ok(undefined);
    return asked.isErr() ? err(asked.error) : ok(sections);
  }
  const after = await undone(db, async (inner): Outcome<void> => {
    // Written as trusted code would, so that there is a row to ask about even when the rules refuse it.
    const context = { ...inside(original, inner), policy: trustedPolicy };
    const { collection } = explain;
    const sent = written && "row" in written ? written.row : {};
    const made = await writeWithoutClashes(inner, collection, sent, id, () => run(context, request, collection.name));
    if (made.isErr()) return operation === "create" ? ask(explain, "request", { kind: "request" }) : ok(undefined);
    const { id: madeId } = made.value as { readonly id: string };
    return ask({ ...explain, db: inner }, "after", { kind: "row", id: madeId });
  });
  return after.isErr() ? err(after.error) : ok(sections);
}

async function statementsOf(
  explain: ExplainContext,
  original: RecordContext,
  id: string,
  written: Written,
): Outcome<readonly ExplainedStatement[]> {
  const { db, collection, operation } = explain;
  const allowed = accessPredicate(original, collection, operation);
  if (allowed.isErr() || (written && "problem" in written)) return ok([]);
  const isGet = operation === "view";
  if (!isGet && allowed.value === undefined) return ok([]);
  const compiled = isGet
    ? compileGet(original, collection)
    : allowed.map((predicate) => ruleCheck(db, collection, id, predicate as NonNullable<typeof predicate>));
  if (compiled.isErr()) return err(compiled.error);
  const values = isGet ? { slots: { id } } : { written: written?.values };
  const explained = await explainStatement(explain, isGet ? "get" : "check", compiled.value, values);
  return explained.map(({ statement }) => [statement]);
}

/** Why it ended as it did, and by which rule. */
function verdict(
  explain: ExplainContext,
  { id = "" }: ExplainRequest,
  refusal: EngineError | undefined,
  row: FoundRow | undefined,
  written: Written,
  sections: readonly ExplainedSection[],
): Pick<OperationExplanation, "reason" | "decidedBy"> {
  const { collection } = explain;
  const applied = rulesOf(explain);
  if (applied.refusal !== undefined && refusal) {
    const own = applied.refusal === "superusers_only" ? deciding(undefined, applied) : null;
    return { reason: refusedAtOnce(explain, applied), decidedBy: own };
  }
  const unread = sections[0]?.rules.find(({ problem }) => problem !== undefined);
  if (refusal && unread) return { reason: ruleSentence(unread, applied, ""), decidedBy: deciding(unread, applied) };
  if (refusal && written && "problem" in written) {
    const { problem } = written;
    return { reason: `The data was refused before any rule was asked: ${problem}.`, decidedBy: null };
  }
  const isByRule = refusal?.code === "forbidden" || refusal?.code === "record_not_found";
  if (refusal && !isByRule) {
    const [verb] = refusal.code === "validation_failed" ? ["The data was refused"] : ["The call was refused"];
    return { reason: `${verb}: ${refusal.message}`, decidedBy: null };
  }
  if (refusal && row && row.state !== "live") {
    return { reason: absence(collection.name, id, row.state), decidedBy: null };
  }
  const failed = firstFailed(sections);
  if (refusal && !failed) return { reason: `The call was refused: ${refusal.message}`, decidedBy: null };
  const rule = refusal ? failed?.rule : undefined;
  const subject = subjectName(failed?.subject, id, sections.at(-1)?.subject);
  return { reason: ruleSentence(rule, applied, subject), decidedBy: deciding(rule, applied) };
}

function firstFailed(
  sections: readonly ExplainedSection[],
): { readonly rule: ExplainedRule; readonly subject: ExplainedSection["subject"] } | undefined {
  for (const { subject, rules } of sections) {
    const rule = failing(rules);
    if (rule) return { rule, subject };
  }
  return undefined;
}

function subjectName(failed: ExplainedSection["subject"] | undefined, id: string, last: string | undefined): string {
  if (failed === "before") return `record "${id}" before the change`;
  if (failed === "after") return id === "" ? "the new record" : `record "${id}" after the change`;
  if (failed === "request") return "this request";
  if (last === "after") return id === "" ? "the new record" : `record "${id}" before and after the change`;
  return `record "${id}"`;
}
