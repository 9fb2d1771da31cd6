// The rules of new rows that go together, asked about all of them in one statement before they go in. Only rules that look
// at the record and at the request alone: then it makes no difference which other rows are there yet.
import { CompiledQuery, sql, type RawBuilder } from "kysely";
import { asksOwnFieldsAlone } from "../../access/rule-compiler.js";
import type { RecordOperation } from "../../access/rule-book.js";
import { ok } from "../../base/result.js";
import { bindValues, type ParameterSlot } from "../../query/values/bind-parameters.js";
import { replaceSlots } from "../../query/values/replace-slots.js";
import { runBound } from "../../query/values/run-bound.js";
import type { Collection } from "../../schema/collection.js";
import type { StoreDialect } from "../../storage/store-dialect.js";
import type { StoreExecutor, StoreRow, StoreValue } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { bindContext } from "../rows/bind-context.js";
import { engineSlot } from "../rows/engine-slot.js";
import { packedShape, packEngineSet, type PackedRow } from "./packed-row.js";
import { accessPredicate } from "../rows/row-access.js";

/** A row of somebody, and what his rules see of the request. */
export interface ClientRow extends PackedRow {
  readonly context: RecordContext;
  /** `@request.data`. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** What the rules say of some rows, by their places. */
export interface PackedVerdict {
  readonly creatable: ReadonlySet<number>;
  /** Whose maker may view them. */
  readonly viewable: ReadonlySet<number>;
}

/** The statement that asks, and what each row brings of its request, for the create rule and then for the view rule. */
export interface PackedRules {
  readonly query: CompiledQuery;
  readonly createSlots: readonly ParameterSlot[];
  readonly viewSlots: readonly ParameterSlot[];
}

/** Undefined where a rule asks about other records: then each row must be asked about by itself, after it went in. */
export function packedRules(context: RecordContext, collection: Collection): PackedRules | undefined {
  const compiled = context.services.queries.compiledAll(context, collection, ["packed rules"], () =>
    ok(asksOwnFields(context, collection) ? compileRules(context, collection) : []),
  );
  if (compiled.isErr() || compiled.value.length === 0) return undefined;
  const [query, create, view] = compiled.value as readonly [CompiledQuery, CompiledQuery, CompiledQuery];
  const slotsOf = ({ parameters }: CompiledQuery) => parameters as readonly ParameterSlot[];
  return { query, createSlots: slotsOf(create), viewSlots: slotsOf(view) };
}

const asksOwnFields = ({ policy, services: { limits } }: RecordContext, collection: Collection): boolean =>
  (["create", "view"] as const).every((operation) =>
    policy
      .rulesFor(collection, operation, limits)
      .rules.every(({ text }) => text === null || asksOwnFieldsAlone(text, collection, limits)),
  );

const rowKey = "row key";

/** The statement; beside it, as queries without a text, the slots of both rules. */
function compileRules(context: RecordContext, collection: Collection): readonly CompiledQuery[] {
  const { dialect } = context.services;
  const slots: ParameterSlot[] = [];
  const slotName = (index: number): string => `slot ${index}`;
  const predicateOf = (operation: RecordOperation) => {
    const predicate = accessPredicate(context, collection, operation);
    // Who may do it with no row may not do it with this one.
    if (predicate.isErr()) return sql<boolean>`false`;
    if (predicate.value === undefined) return sql<boolean>`true`;
    return replaceSlots(predicate.value, slots, (index) => sql.ref(`${collection.name}.${slotName(index)}`));
  };
  const create = predicateOf("create");
  const createSlots = slots.length;
  const view = predicateOf("view");
  const { names, kinds } = packedShape(collection);
  const rows = dialect.unpackTable({
    ...{ names, kinds, key: rowKey, unset: ["deleted"], packed: sql`${engineSlot("rows")}` },
    anyNames: slots.map((_, index) => slotName(index)),
  });
  // Those that a rule lets pass are named, so that whatever is missing is refused.
  const passing = (predicate: typeof create): RawBuilder<string | null> =>
    sql`group_concat(${sql.ref(`${collection.name}.${rowKey}`)}) filter (where ${predicate})`;
  const query = sql`select ${passing(create)} as "creatable", ${passing(view)} as "viewable" from ${rows} as ${sql.id(collection.name)}`;
  return [
    query.compile(dialect.builder),
    CompiledQuery.raw("", slots.slice(0, createSlots)),
    CompiledQuery.raw("", slots.slice(createSlots)),
  ];
}

/**
 * Asks about all rows. Undefined when the request of one cannot travel with the others: then all must go alone, because
 * one that goes later than its turn may find its place taken by one that came after it.
 */
export async function askPackedRules(
  context: RecordContext,
  db: StoreExecutor,
  rules: PackedRules,
  rows: readonly ClientRow[],
): Promise<PackedVerdict | undefined> {
  const { dialect } = context.services;
  const packed: (readonly string[])[] = [];
  for (const row of rows) {
    const values = packRequest(dialect, rules, row);
    if (values === undefined) return undefined;
    packed.push([packEngineSet(dialect, row), row.given, ...(values === "" ? [] : [values])]);
  }
  const bound = bindContext(context, "create", { slots: { rows: dialect.packRows(packed) } });
  const answer = await runBound<StoreRow>(db, rules.query, bound);
  if (answer.isErr()) throw answer.error;
  const [row] = answer.value;
  const placesIn = (text: unknown): ReadonlySet<number> =>
    new Set(typeof text === "string" ? text.split(",").map(Number) : []);
  return { creatable: placesIn(row?.["creatable"]), viewable: placesIn(row?.["viewable"]) };
}

/** What a row brings of its request. */
function packRequest(
  dialect: StoreDialect,
  { createSlots, viewSlots }: PackedRules,
  { context, sent }: ClientRow,
): string | undefined {
  const values: StoreValue[] = [];
  for (const [slots, operation] of [
    [createSlots, "create"],
    [viewSlots, "view"],
  ] as const) {
    if (slots.length === 0) continue;
    const written = operation === "create" ? { data: sent } : undefined;
    const bound = bindValues(slots, bindContext(context, operation, { written }));
    if (bound.isErr()) return undefined;
    values.push(...bound.value);
  }
  return dialect.packAny(values);
}
