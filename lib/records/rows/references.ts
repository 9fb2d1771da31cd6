// What hangs on a record that goes or comes back: the records whose relations point to it. Works through a queue, so
// that cycles end and depth costs no stack.
import { sql } from "kysely";
import { EngineError } from "../../base/errors.js";
import { err, ok, type Outcome, type Result } from "../../base/result.js";
import type { Catalog } from "../../schema/catalog.js";
import type { Collection, Field } from "../../schema/collection.js";
import { fieldTypes } from "../../schema/field-types/index.js";
import { relationTarget } from "../../schema/relation-target.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { epochEnd } from "../auth/epoch-bump.js";
import type { RecordContext } from "../record-context.js";
import { changingRows } from "./changing-rows.js";
import { engineSlot } from "./engine-slot.js";
import { runKept } from "./kept-statement.js";
import { deletedRows, idIs, idList, idsIn, liveRows, valueIn } from "./row-predicates.js";
import { timestampAfter } from "../update-record.js";

/** A relation field that points to a collection. */
interface Referrer {
  readonly collection: Collection;
  readonly field: Field;
}

interface ReferringRow {
  readonly id: string;
  readonly ids: readonly string[];
  readonly updated: string;
  readonly isDeleted: boolean;
}

/** Removes a record; those with cascadeDelete follow, other relations are unset. `conflict` for a required one. */
export async function removeWithReferences(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
): Outcome<void> {
  const queue: RowGroup[] = [{ collection, ids: [id] }];
  const requiring: RequiringRow[] = [];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { collection: from, ids } = next;
    const remove = {
      parts: ["remove"],
      compile: (builder: StoreExecutor) =>
        builder
          .deleteFrom(from.name)
          .where(idsIn(context.services.dialect, from, engineSlot("ids")))
          .compile(),
    };
    await changingRows(context, db, from, ids, () => runKept(context, db, from, remove, { ids: idList(ids) }));
    for (const referrer of referrersOf(context, from)) {
      const left = await dropReferences(context, db, referrer, new Set(ids));
      requiring.push(...left.requiring);
      if (left.orphans.length > 0) queue.push({ collection: referrer.collection, ids: left.orphans });
    }
  }
  return refuseWhatIsRequired(context, db, requiring);
}

/** Records of one collection. */
interface RowGroup {
  readonly collection: Collection;
  readonly ids: readonly string[];
}

/** A record whose required relation has lost its last id. */
interface RequiringRow extends Referrer {
  readonly row: ReferringRow;
}

interface DroppedReferences {
  /** Records that follow by cascadeDelete. */
  readonly orphans: readonly string[];
  readonly requiring: readonly RequiringRow[];
}

/** Takes the ids out of one relation field. */
async function dropReferences(
  context: RecordContext,
  db: StoreExecutor,
  referrer: Referrer,
  gone: ReadonlySet<string>,
): Promise<DroppedReferences> {
  const { field } = referrer;
  const orphans: string[] = [];
  const requiring: RequiringRow[] = [];
  for (const row of await referringRows(context, db, referrer, [...gone])) {
    const left = row.ids.filter((id) => !gone.has(id));
    const isEmpty = left.length === 0;
    if (isEmpty && field.options["cascadeDelete"] === true) orphans.push(row.id);
    else if (isEmpty && field.required) requiring.push({ ...referrer, row });
    else await setReference(context, db, referrer, row, left);
  }
  return { orphans, requiring };
}

/** Asked at the end: a record that requires what is gone may itself have gone by another way. */
async function refuseWhatIsRequired(
  context: RecordContext,
  db: StoreExecutor,
  requiring: readonly RequiringRow[],
): Outcome<void> {
  for (const { collection, field, row } of requiring) {
    const present = {
      parts: ["present"],
      compile: (builder: StoreExecutor) =>
        builder
          .selectFrom(collection.name)
          .select(`${collection.name}.id`)
          .where(idIs(collection, engineSlot("id")))
          .compile(),
    };
    const found = await runKept(context, db, collection, present, { id: row.id });
    if (found.length > 0) return requiredBy(context, collection, field, row);
  }
  return ok(undefined);
}

function requiredBy(
  { policy }: RecordContext,
  collection: Collection,
  field: Field,
  { id, isDeleted }: ReferringRow,
): Result<never, EngineError> {
  // Which record it is, and of which collection, may be hidden from the caller.
  if (!policy.bypassesRules) return err(new EngineError("conflict", {}, { message: "Another record requires it." }));
  const cure = isDeleted
    ? `It is soft-deleted: purge it first, with collection("${collection.name}").purge("${id}")`
    : "Change or delete that one first";
  const message = `The record "${id}" of "${collection.name}" requires it in "${field.name}". ${cure}, or define the relation with cascadeDelete.`;
  return err(new EngineError("conflict", { collection: collection.name, id }, { message }));
}

async function setReference(
  context: RecordContext,
  db: StoreExecutor,
  { collection, field }: Referrer,
  row: ReferringRow,
  left: readonly string[],
): Promise<void> {
  const type = fieldTypes[field.type];
  const value = type.isMultiple(field) ? type.encode(left, field) : null;
  // Else who may delete a record could read from `updated` which others point to it through a hidden field.
  const updated = field.hidden ? row.updated : timestampAfter(context, row.updated);
  const unset = {
    parts: ["unset", field.name],
    compile: (builder: StoreExecutor) =>
      builder
        .updateTable(collection.name)
        .set({ [field.name]: sql`${engineSlot("value")}`, updated: sql`${engineSlot("updated")}` })
        .where(idIs(collection, engineSlot("id")))
        .compile(),
  };
  await changingRows(context, db, collection, [row.id], () =>
    runKept(context, db, collection, unset, { id: row.id, value, updated }),
  );
}

/** Hides a record, and the live records that hang on it by cascadeDelete where their collection can hide them. */
export async function hideWithDependants(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  deleted: string,
): Promise<void> {
  await eachDependant(context, db, collection, id, async (from, ids) => {
    const hide = {
      parts: ["hide"],
      compile: (builder: StoreExecutor) =>
        builder
          .updateTable(from.name)
          .set({ deleted: sql`${engineSlot("deleted")}`, ...epochEnd(from) })
          .where(idsIn(context.services.dialect, from, engineSlot("ids")))
          .where(liveRows(from))
          .compile(),
    };
    await changingRows(context, db, from, ids, () => runKept(context, db, from, hide, { ids: idList(ids), deleted }));
  });
}

/** Shows a record again, and those that were hidden at the same moment because of it. */
export async function showWithDependants(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  deleted: string,
): Promise<void> {
  await eachDependant(context, db, collection, id, async (from, ids) => {
    const show = {
      parts: ["show"],
      compile: (builder: StoreExecutor) =>
        builder
          .updateTable(from.name)
          .set({ deleted: sql`null` })
          .where(idsIn(context.services.dialect, from, engineSlot("ids")))
          .where(deletedRows(from))
          .where(sql<boolean>`${sql.ref(`${from.name}.deleted`)} = ${engineSlot("deleted")}`)
          .compile(),
    };
    await changingRows(context, db, from, ids, () => runKept(context, db, from, show, { ids: idList(ids), deleted }));
  });
}

/** Visits the record, then what hangs on it by cascadeDelete in collections with softDelete, each record once. */
async function eachDependant(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
  visit: (collection: Collection, ids: readonly string[]) => Promise<void>,
): Promise<void> {
  const seen = new Set([`${collection.id}/${id}`]);
  const queue: RowGroup[] = [{ collection, ids: [id] }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    await visit(next.collection, next.ids);
    for (const referrer of referrersOf(context, next.collection)) {
      if (referrer.field.options["cascadeDelete"] !== true || !referrer.collection.softDelete) continue;
      const rows = await referringRows(context, db, referrer, next.ids);
      const gone = new Set(next.ids);
      const ids = rows
        .filter((row) => row.ids.every((related) => gone.has(related)))
        .map((row) => row.id)
        .filter((related) => !seen.has(`${referrer.collection.id}/${related}`));
      for (const related of ids) seen.add(`${referrer.collection.id}/${related}`);
      if (ids.length > 0) queue.push({ collection: referrer.collection, ids });
    }
  }
}

// A catalog never changes, and each delete asks for the relations to its collection.
const knownReferrers = new WeakMap<Catalog, Map<string, readonly Referrer[]>>();

/** Every live relation that points to a collection. Those of hidden collections and fields keep what they hold. */
function referrersOf(context: RecordContext, target: Collection): readonly Referrer[] {
  const ofCatalog = knownReferrers.get(context.catalog) ?? new Map<string, readonly Referrer[]>();
  knownReferrers.set(context.catalog, ofCatalog);
  const key = `${context.scope} ${target.name}`;
  const known = ofCatalog.get(key) ?? findReferrers(context, target);
  ofCatalog.set(key, known);
  return known;
}

function findReferrers({ catalog, scope }: RecordContext, target: Collection): readonly Referrer[] {
  return [...catalog.collections.values()]
    .filter((collection) => catalog.live(collection.name, scope) !== undefined)
    .flatMap((collection) =>
      [...collection.fields.values()]
        .filter((field) => field.type === "relation" && relationTarget(field) === target.name)
        .map((field) => ({ collection, field })),
    );
}

/** The rows, live or deleted, whose relation names one of the ids. A single relation is found by its index. */
async function referringRows(
  context: RecordContext,
  db: StoreExecutor,
  { collection, field }: Referrer,
  ids: readonly string[],
): Promise<readonly ReferringRow[]> {
  const { dialect } = context.services;
  const isMultiple = fieldTypes[field.type].isMultiple(field);
  const compile = (builder: StoreExecutor) => {
    const column = `${collection.name}.${field.name}`;
    const wanted = engineSlot("ids");
    const names = isMultiple
      ? sql<boolean>`exists (select 1 from ${dialect.elementsOf(sql.ref(column))} as related where ${valueIn(dialect, "related.value", wanted)})`
      : valueIn(dialect, column, wanted);
    return builder
      .selectFrom(collection.name)
      .select([
        `${collection.name}.id as id`,
        `${column} as related`,
        `${collection.name}.updated as updated`,
        `${collection.name}.deleted as deleted`,
      ])
      .where(names)
      .compile();
  };
  const statement = { parts: ["referring", field.name], compile };
  const rows = await runKept(context, db, collection, statement, { ids: idList(ids) });
  return rows.map((row) => ({
    id: String(row["id"]),
    ids: isMultiple ? (JSON.parse(String(row["related"])) as string[]) : [String(row["related"])],
    updated: String(row["updated"]),
    isDeleted: row["deleted"] !== null,
  }));
}
