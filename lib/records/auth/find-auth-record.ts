// A live record of an auth collection with what its owner must prove. The hash goes no further than the proof.
import { sql, type RawBuilder } from "kysely";
import { trustedPolicy } from "../../access/access-policy.js";
import type { AuthRecord } from "../../access/principal.js";
import { ok, type Outcome } from "../../base/result.js";
import { runBound } from "../../query/values/run-bound.js";
import type { Collection } from "../../schema/collection.js";
import { tokenEpochColumn } from "../../schema/tables/token-epoch.js";
import { keyedReaderOf } from "../../storage/keyed-query.js";
import type { StoreExecutor } from "../../storage/storage.js";
import type { QueryScope } from "../query-cache.js";
import type { RecordContext } from "../record-context.js";
import { bindContext } from "../rows/bind-context.js";
import { engineSlot } from "../rows/engine-slot.js";
import { compileKeyedRead, runKeyedRead } from "../rows/keyed-record.js";
import { liveRows } from "../rows/row-predicates.js";
import { projectRecord } from "../selection/projection.js";

export interface FoundAuthRecord {
  /** All fields but the password, hidden ones too. */
  readonly record: AuthRecord;
  /** The number that its tokens must carry. */
  readonly epoch: number;
  readonly passwordHash: string | null;
}

type Found = Outcome<FoundAuthRecord | undefined>;

/** By its address, ASCII case ignored as its unique index does; undefined when no live record has it. */
export async function findByEmail(
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  email: string,
): Found {
  const { name } = collection;
  const compiled = context.services.queries.compiled(trusted(context), collection, ["auth by email"], () =>
    ok(
      db
        .selectFrom(name)
        .select(foundItem(context, collection).as("item"))
        .where(sql<boolean>`${sql.ref(`${name}.email`)} collate nocase = ${engineSlot("email")}`)
        .where(liveRows(collection))
        .compile(),
    ),
  );
  const rows = await runBound(db, compiled, bindContext(context, "view", { slots: { email } }));
  return rows.map(([row]) => readFound((row as { readonly item: string } | undefined)?.item));
}

/** By its id; undefined when no live record has it. With `db` inside of its transaction. Every request with a token asks this. */
export async function findById(context: RecordContext, collection: Collection, id: string, db?: StoreExecutor): Found {
  const compiled = context.services.queries.keyed(trusted(context), collection, "auth", () =>
    ok(compileKeyedRead(context, collection, foundItem(context, collection), liveRows(collection))),
  );
  const reader = db ? { readByKey: keyedReaderOf(db) } : context;
  const item = await runKeyedRead(reader, compiled, id, () => bindContext(context, "view"));
  return item.map(readFound);
}

/** Whatever the caller may see: rules ask about whoever signs in by all of his fields. */
const trusted = ({ catalog, scope }: RecordContext): QueryScope => ({ catalog, scope, policy: trustedPolicy });

/** All that is found as one JSON object. */
function foundItem({ services }: RecordContext, collection: Collection): RawBuilder<string> {
  const { dialect } = services;
  const record = projectRecord({ services, policy: trustedPolicy }, collection);
  return dialect.jsonObject([
    ["record", dialect.jsonValue("json", record)],
    ["epoch", sql.ref(`${collection.name}.${tokenEpochColumn}`)],
    ["passwordHash", sql.ref(`${collection.name}.password`)],
  ]);
}

const readFound = (item: string | undefined): FoundAuthRecord | undefined =>
  item === undefined ? undefined : (JSON.parse(item) as FoundAuthRecord);
