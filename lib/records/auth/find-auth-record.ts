// A live record of an auth collection with what its owner must prove. The hash goes no further than the proof.
import { sql, type RawBuilder } from "kysely";
import { trustedPolicy } from "../../access/access-policy.js";
import type { AuthRecord } from "../../access/principal.js";
import type { Collection } from "../../schema/collection.js";
import { tokenEpochColumn } from "../../schema/tables/token-epoch.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { projectRecord } from "../selection/projection.js";
import type { RecordContext } from "../record-context.js";
import { idIs, liveRows } from "../rows/row-predicates.js";

export interface FoundAuthRecord {
  /** All fields but the password, hidden ones too. */
  readonly record: AuthRecord;
  /** The number that its tokens must carry. */
  readonly epoch: number;
  readonly passwordHash: string | null;
}

/** By its address, ASCII case ignored as its unique index does; undefined when no live record has it. */
export const findByEmail = (
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  email: string,
): Promise<FoundAuthRecord | undefined> =>
  find(context, db, collection, sql<boolean>`${sql.ref(`${collection.name}.email`)} collate nocase = ${email}`);

/** By its id; undefined when no live record has it. */
export const findById = (
  context: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  id: string,
): Promise<FoundAuthRecord | undefined> => find(context, db, collection, idIs(collection, id));

async function find(
  { services }: RecordContext,
  db: StoreExecutor,
  collection: Collection,
  predicate: RawBuilder<boolean>,
): Promise<FoundAuthRecord | undefined> {
  const { name } = collection;
  const row = await db
    .selectFrom(name)
    .select([
      // Rules ask about whoever signs in by all of his fields, whatever he may see himself.
      projectRecord({ services, policy: trustedPolicy }, collection).as("item"),
      `${name}.${tokenEpochColumn} as epoch`,
      `${name}.password as passwordHash`,
    ])
    .where(predicate)
    .where(liveRows(collection))
    .executeTakeFirst();
  if (!row) return undefined;
  const { item, epoch, passwordHash } = row;
  return {
    record: JSON.parse(item) as AuthRecord,
    epoch: Number(epoch),
    passwordHash: typeof passwordHash === "string" ? passwordHash : null,
  };
}
