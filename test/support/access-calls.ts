// Every way to reach a tenant's records, as an attacker would try them: each call with what he may know of the tenant.
import { ok, type Database, type EngineError, type Result, type ResultAsync } from "../../lib/index.js";

/** What an attacker may have learnt of a tenant. */
export interface Knowledge {
  /** A record's id that stands in every database, and one of the attacked alone. */
  readonly sharedId: string;
  readonly ownId: string;
  readonly userId: string;
  /** A cursor that the attacked database gave, and one of another. */
  readonly cursor: string;
  readonly foreignCursor: string;
}

/** An answer under way. */
export type Answer<T = unknown> = Promise<Result<T, EngineError>> | ResultAsync<T, EngineError>;

export type Attack = (db: Database, knowledge: Knowledge) => Answer;

const notes = (db: Pick<Database, "collection">) => db.collection("notes");

async function iterated(db: Database): Promise<Result<unknown, EngineError>> {
  const seen: unknown[] = [];
  for await (const each of notes(db).iterate({ batch: 2 })) {
    if (each.isErr()) return each;
    seen.push(each.value);
  }
  return ok(seen);
}

/** The attacks on the collections `notes`, `users` and `ledger`. */
export const attacks: Readonly<Record<string, Attack>> = {
  getList: (db) => notes(db).getList(),
  "getList, filter": (db) => notes(db).getList(1, 50, { filter: "mark ~ 'canary'" }),
  "getList, filter over a relation": (db) => notes(db).getList(1, 50, { filter: "peer.owner.name != ''" }),
  "getList, sort": (db) => notes(db).getList(1, 50, { sort: "-mark" }),
  "getList, fields": (db) => notes(db).getList(1, 50, { fields: "mark" }),
  "getList, expand": (db) => notes(db).getList(1, 50, { expand: "peer,owner" }),
  getListText: (db) => notes(db).getListText(1, 50, { withCollection: true }),
  "getListText, expand": (db) => notes(db).getListText(1, 50, { expand: "peer,owner", withCollection: true }),
  "getList, its cursor": (db, { cursor }) => notes(db).getList(1, 2, { cursor }),
  "getList, a foreign cursor": (db, { foreignCursor }) => notes(db).getList(1, 2, { cursor: foreignCursor }),
  "getList, deleted ones": (db) => notes(db).getList(1, 50, { includeDeleted: true }),
  getOne: (db, { sharedId }) => notes(db).getOne(sharedId),
  "getOne, its own": (db, { ownId }) => notes(db).getOne(ownId),
  getOneText: (db, { sharedId }) => notes(db).getOneText(sharedId, { withCollection: true }),
  "getOne, expand": (db, { sharedId }) => notes(db).getOne(sharedId, { expand: "peer,owner" }),
  getFirst: (db) => notes(db).getFirst("mark ~ 'canary'"),
  count: (db) => notes(db).count(),
  "count, filter": (db, { ownId }) => notes(db).count(["id = {:id}", { id: ownId }]),
  iterate: iterated,
  create: (db) => notes(db).create({ mark: "attack" }),
  "create, relation id": (db, { sharedId }) => notes(db).create({ mark: "attack", peer: sharedId }, { expand: "peer" }),
  createMany: (db, { sharedId }) => notes(db).createMany([{ mark: "attack" }, { mark: "attack", peer: sharedId }]),
  update: (db, { sharedId }) => notes(db).update(sharedId, { mark: "attack" }),
  "update, relation id": (db, { sharedId, ownId }) =>
    notes(db).update(sharedId, { peer: ownId }, { expand: "peer,owner" }),
  delete: (db, { sharedId }) => notes(db).delete(sharedId),
  undelete: (db, { sharedId }) => notes(db).undelete(sharedId),
  purge: (db, { sharedId }) => notes(db).purge(sharedId),
  "users getList": (db) => db.collection("users").getList(),
  "users getOne": (db, { userId }) => db.collection("users").getOne(userId),
  "users update": (db, { userId }) => db.collection("users").update(userId, { name: "attack" }),
  "ledger getList": (db) => db.collection("ledger").getList(),
  "ledger create": (db) => db.collection("ledger").create({ mark: "attack" }),
  "transaction, getList": (db) => db.transaction((tx) => notes(tx).getList(1, 50, { expand: "peer" })),
  "transaction, getOne": (db, { ownId }) => db.transaction((tx) => notes(tx).getOne(ownId)),
  "transaction, create": (db) => db.transaction((tx) => notes(tx).create({ mark: "attack" })),
  "transaction, update": (db, { sharedId }) =>
    db.transaction(async (tx) => {
      const found = await notes(tx).getOne(sharedId);
      return found.isErr() ? found : notes(tx).update(sharedId, { mark: "attack" });
    }),
};

/** What leaves the engine for a client: the value, or the error as it is shown. */
export const shownOf = (result: Result<unknown, EngineError>): string =>
  JSON.stringify(result.isErr() ? result.error.toJSON() : (result.value ?? null));
