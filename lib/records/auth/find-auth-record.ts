// A live record of an auth collection with what its owner must prove. The hash goes no further than the proof.
import { sql, type RawBuilder } from "kysely";
import { trustedPolicy } from "../../access/access-policy.js";
import type { AuthRecord } from "../../access/principal.js";
import { err, ok, type Outcome } from "../../base/result.js";
import { runBound } from "../../query/values/run-bound.js";
import type { Collection } from "../../schema/collection.js";
import { tokenEpochColumn } from "../../schema/tables/token-epoch.js";
import type { StoreExecutor } from "../../storage/storage.js";
import type { RecordContext } from "../record-context.js";
import { bindContext } from "../rows/bind-context.js";
import { engineSlot } from "../rows/engine-slot.js";
import { idIs, liveRows } from "../rows/row-predicates.js";
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
export const findByEmail = (context: RecordContext, db: StoreExecutor, collection: Collection, email: string): Found =>
  find(context, db, collection, "email", email);

/** By its id; undefined when no live record has it. */
export const findById = (context: RecordContext, db: StoreExecutor, collection: Collection, id: string): Found =>
  find(context, db, collection, "id", id);

type Key = "email" | "id";

const predicates: Readonly<Record<Key, (collection: Collection) => RawBuilder<boolean>>> = {
  email: ({ name }) => sql<boolean>`${sql.ref(`${name}.email`)} collate nocase = ${engineSlot("key")}`,
  id: (collection) => idIs(collection, engineSlot("key")),
};

interface FoundRow {
  readonly item: string;
  readonly epoch: number | bigint;
  readonly passwordHash: unknown;
}

/** Every request with a token asks this: it is compiled once, which takes longer than running it. */
async function find(context: RecordContext, db: StoreExecutor, collection: Collection, key: Key, value: string): Found {
  // Whatever the caller may see: rules ask about whoever signs in by all of his fields.
  const trusted = { ...context, policy: trustedPolicy };
  const compiled = context.services.queries.compiled(trusted, collection, ["auth", key], () =>
    ok(
      db
        .selectFrom(collection.name)
        .select([
          projectRecord(trusted, collection).as("item"),
          `${collection.name}.${tokenEpochColumn} as epoch`,
          `${collection.name}.password as passwordHash`,
        ])
        .where(predicates[key](collection))
        .where(liveRows(collection))
        .compile(),
    ),
  );
  const rows = await runBound(db, compiled, bindContext(trusted, "view", { slots: { key: value } }));
  if (rows.isErr()) return err(rows.error);
  const [row] = rows.value as readonly FoundRow[];
  if (!row) return ok(undefined);
  const { item, epoch, passwordHash } = row;
  return ok({
    record: JSON.parse(item) as AuthRecord,
    epoch: Number(epoch),
    passwordHash: typeof passwordHash === "string" ? passwordHash : null,
  });
}
