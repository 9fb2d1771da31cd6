// The faster ways of a create: as one statement, and together with others like it. They do what the create's own work
// does, or nothing: whatever is refused here goes alone, and hears what it would have heard.
import { admitsAll } from "../access/access-policy.js";
import { formatTimestamp } from "../base/clock.js";
import { err, ok, type Result } from "../base/result.js";
import type { EngineError } from "../base/errors.js";
import { uniqueViolation } from "../base/unique-violation.js";
import type { Collection, Field } from "../schema/collection.js";
import { relationTarget } from "../schema/relation-target.js";
import type { RecordValues } from "../schema/validation/record-validator.js";
import type { StoreExecutor, WriteShortcut } from "../storage/storage.js";
import { recordBuilder } from "./inserts/built-record.js";
import { mayBeOneStatement } from "./rows/changing-rows.js";
import { insertPacked, onlyUniqueFields } from "./inserts/insert-packed.js";
import { insertRow } from "./inserts/insert-row.js";
import { engineSet, newRow } from "./inserts/new-row.js";
import { packGiven } from "./inserts/packed-row.js";
import { askPackedRules, packedRules, type PackedRules } from "./inserts/packed-rules.js";
import type { PlainRecord } from "./rows/plain-record.js";
import type { RecordContext } from "./record-context.js";
import { projectionKey } from "./selection/projection.js";
import type { RecordSelection } from "./selection/record-selection.js";
import type { RowValues } from "./rows/write-values.js";

/** A create as its shortcuts need it. */
export interface NewRecord {
  readonly collection: Collection;
  readonly values: RecordValues;
  /** The same, encoded. */
  readonly given: RowValues;
  readonly selection: RecordSelection;
  /** What the rules see of it as `@request.data`. */
  readonly sent: () => Readonly<Record<string, unknown>>;
}

/** One of the creates that go together. */
interface CreateItem {
  readonly context: RecordContext;
  /** The row, packed. */
  readonly given: string;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly record: NewRecord;
}

type Created = Result<PlainRecord, EngineError> | undefined;

/** Undefined for creates that more than one statement must decide. */
export function createShortcut(context: RecordContext, record: NewRecord): WriteShortcut<PlainRecord> | undefined {
  const { collection, selection } = record;
  const { policy, services } = context;
  if (selection.expand.length > 0 || !mayNameRecords(context, record)) return undefined;
  const isOneStatement = mayBeOneStatement(context, collection);
  const { key, shape, rules } = kindOf(context, collection, selection, isOneStatement);
  if (rules === undefined) return undefined;
  const given = packGiven(services.dialect, collection, record.given);
  if (given === undefined) return policy.bypassesRules ? boundShortcut(context, record) : undefined;
  const item: CreateItem = { context, record, given, sent: rules === "none" ? {} : record.sent() };
  // Rules may have been changed, or somebody may have begun to watch, while it waited: then each goes alone.
  const isAsItWas = (): boolean =>
    policy.shape === shape && (!isOneStatement || mayBeOneStatement(context, collection));
  const run = async (db: StoreExecutor, items: readonly unknown[]): Promise<readonly Created[]> =>
    isAsItWas()
      ? createTogether(context, db, record, { rules, isAsItWas }, items as readonly CreateItem[])
      : items.map(() => undefined);
  const statement = async (db: StoreExecutor): Promise<Created> =>
    isOneStatement ? (await run(db, [item]))[0] : undefined;
  return { statement, batch: { key, item, bytes: given.length, isOneStatement, run } };
}

/** Creates that may go together. */
interface CreateKind {
  readonly version: number;
  readonly scope: string;
  readonly shape: string;
  readonly projection: string;
  readonly isOneStatement: boolean;
  readonly key: string;
  /** Undefined where the rules ask about other records. */
  readonly rules: PackedRules | "none" | undefined;
}

// Most creates of a collection are of one kind, and to name it and find its rules costs more than to look (2.5 µs).
const lastKinds = new WeakMap<Collection, CreateKind>();

function kindOf(
  context: RecordContext,
  collection: Collection,
  selection: RecordSelection,
  isOneStatement: boolean,
): CreateKind {
  const { scope, policy } = context;
  const { version } = context.catalog;
  const { shape } = policy;
  const projection = projectionKey(selection);
  const last = lastKinds.get(collection);
  const isLast = last?.shape === shape && last.projection === projection && last.isOneStatement === isOneStatement;
  if (isLast && last.version === version && last.scope === scope) return last;
  const key = JSON.stringify(["create", isOneStatement, version, scope, shape, collection.id, projection]);
  const rules = policy.bypassesRules ? "none" : packedRules(context, collection);
  const kind: CreateKind = { version, scope, shape, projection, isOneStatement, key, rules };
  lastKinds.set(collection, kind);
  return kind;
}

/** For what cannot be packed. */
function boundShortcut(context: RecordContext, record: NewRecord): WriteShortcut<PlainRecord> | undefined {
  const { collection, given, selection } = record;
  if (namedRecords(record).length > 0) return undefined;
  return {
    statement: async (db) => {
      if (!mayBeOneStatement(context, collection)) return undefined;
      const set = engineSet(context);
      await insertRow(context, db, collection, newRow(given, set));
      return ok(recordBuilder(context, collection, selection)(given, set));
    },
  };
}

const namedRecords = ({ collection, values }: NewRecord): readonly (readonly [Field, readonly string[]])[] => {
  const named: (readonly [Field, readonly string[]])[] = [];
  for (const field of collection.fields.values()) {
    if (field.type !== "relation") continue;
    const value = values.get(field.name);
    if (Array.isArray(value) ? value.length > 0 : typeof value === "string") {
      named.push([field, (Array.isArray(value) ? value : [value]) as readonly string[]]);
    }
  }
  return named;
};

/** Whether nothing but their being there is asked of the records that it names: those of all may see them, and oneself. */
function mayNameRecords({ policy, catalog, scope, databaseId, services }: RecordContext, record: NewRecord): boolean {
  if (policy.bypassesRules) return true;
  return namedRecords(record).every(([field, ids]) => {
    const target = catalog.live(relationTarget(field), scope);
    if (target === undefined) return false;
    const { self } = policy;
    const isOwn = self?.collection === target.name && self.databaseId === databaseId;
    if (isOwn && ids.every((id) => id === self.id)) return true;
    return admitsAll(policy.rulesFor(target, "view", services.limits));
  });
}

const everyRow = { has: () => true };
// Nobody asks about those who are bound by no rule.
const allPass = { creatable: everyRow, viewable: everyRow };

async function createTogether(
  context: RecordContext,
  db: StoreExecutor,
  { collection, selection }: NewRecord,
  { rules, isAsItWas }: { readonly rules: PackedRules | "none"; readonly isAsItWas: () => boolean },
  items: readonly CreateItem[],
): Promise<readonly Created[]> {
  const { services } = context;
  const now = formatTimestamp(services.clock.now());
  const rows = items.map((item) => ({ id: services.newId(), now, ...item }));
  const verdict = rules === "none" ? allPass : await askPackedRules(context, db, rules, rows);
  // Also while the rules were asked: from here to the insert nobody else runs.
  if (verdict === undefined || !isAsItWas()) return rows.map(() => undefined);
  const admitted = rows.filter((_, at) => verdict.creatable.has(at));
  if (admitted.length === 0) return rows.map(() => undefined);
  const inserted = await insertPacked(context, db, collection, admitted);
  const build = recordBuilder(context, collection, selection);
  const isAnyLeftOut = inserted.size < rows.length;
  const fields = isAnyLeftOut && rules === "none" ? onlyUniqueFields(collection) : undefined;
  return rows.map((row, at) => {
    if (!inserted.has(row.id)) {
      // Who is bound by rules must pass them before he is told, and who names records may have named one that is not there.
      return fields && namedRecords(row.record).length === 0
        ? err(uniqueViolation(collection.name, fields))
        : undefined;
    }
    return ok(verdict.viewable.has(at) ? build(row.record.given, row) : { id: row.id });
  });
}
