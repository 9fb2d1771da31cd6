// Random calls of clients, among them everything that an oracle for hidden fields and deleted records might be built of.
import fc from "fast-check";
import { ok, type Database, type EngineError, type Result } from "../../lib/index.js";
import type { Answer } from "./access-calls.js";

/** Ids that a client may name: live records, deleted ones, and some that never were. */
export interface KnownIds {
  readonly items: readonly string[];
  readonly tags: readonly string[];
  readonly people: readonly string[];
}

/** One call; `who` picks the caller. */
export interface RandomCall {
  readonly who: number;
  readonly what: string;
  readonly run: (db: Database) => Promise<Result<unknown, EngineError>>;
}

const fieldNames = [
  ...["id", "created", "updated", "deleted", "title", "rank", "code", "secret", "score", "shadow", "nothing"],
  ...["tag", "tag.label", "tag.hint", "owner", "owner.name", "owner.secret", "owner.email", "owner.password"],
  ...["peers", "peers.title", "peers.secret", "shadow.label", "tag.nothing"],
] as const;
const operators = ["=", "!=", "<", ">", "~", "!~", "?=", "?!="] as const;
const literals = ["'a'", "'b'", "''", "null", "1", "2", "'canary'", "'canary secret'", "true", "'2025-01-01'"] as const;

const name = fc.constantFrom(...fieldNames);
const comparison = fc
  .tuple(name, fc.constantFrom(...operators), fc.constantFrom(...literals))
  // Two databases make random ids each of its own: whether one of them holds a letter tells of nothing hidden.
  .filter(([field, operator]) => !(field === "id" && operator.endsWith("~")))
  .map((all) => all.join(" "));
const filter = fc.oneof(
  comparison,
  fc.tuple(comparison, fc.constantFrom("&&", "||"), comparison).map((all) => all.join(" ")),
  comparison.map((text) => `!(${text})`),
  fc.tuple(name, fc.constantFrom("IS NULL", "IS NOT NULL", "IN ('a', 'canary')")).map((all) => all.join(" ")),
  fc.constant(""),
);
const list = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join());
const sort = fc.array(
  fc.tuple(fc.constantFrom("", "-"), name).map((key) => key.join("")),
  { maxLength: 2 },
);
const options = fc.record(
  {
    filter,
    sort: sort.map((keys) => keys.join()),
    fields: list,
    expand: fc.constantFrom("tag", "owner", "peers", "peers.tag,owner", "shadow", "tag.nothing", "secret"),
    skipTotal: fc.boolean(),
    cursor: fc.constant(""),
    includeDeleted: fc.constantFrom(false, false, false, true),
    withCollection: fc.boolean(),
  },
  { requiredKeys: [] },
);

const row = (ids: KnownIds) =>
  fc.record(
    {
      title: fc.constantFrom("a", "b", "c", null),
      rank: fc.constantFrom(0, 1, 2, null),
      code: fc.constantFrom("one", "two", "three", "four", "canary code", null),
      tag: fc.constantFrom(...ids.tags, null),
      owner: fc.constantFrom(...ids.people, null),
      peers: fc.array(fc.constantFrom(...ids.items), { maxLength: 2 }),
      secret: fc.constant("guess"),
      deleted: fc.constant(null),
    },
    { requiredKeys: [] },
  );

/** Bodies with hidden fields are refused as a whole, so most have none. */
const mostlyLegal = (ids: KnownIds) =>
  fc.tuple(row(ids), fc.integer({ min: 0, max: 9 })).map(([data, chance]) => {
    const { secret: _, deleted: __, ...legal } = data;
    return chance === 0 ? data : legal;
  });

/** Calls on `items`, `tags` and `users`. */
export function randomCalls(ids: KnownIds, { onlyReads = false } = {}): fc.Arbitrary<RandomCall> {
  const who = fc.integer({ min: 0, max: 2 });
  const call = <Args>(
    what: string,
    args: fc.Arbitrary<Args>,
    run: (db: Database, args: Args) => Answer,
  ): fc.Arbitrary<RandomCall> =>
    fc.tuple(who, args).map(([caller, values]) => ({
      who: caller,
      what: `${what} ${JSON.stringify(values)}`,
      run: async (db) => run(db, values),
    }));
  const item = fc.constantFrom(...ids.items);
  const tag = fc.constantFrom(...ids.tags);
  const data = mostlyLegal(ids);
  const reads = [
    call("getList", options, (db, given) => db.collection("items").getList(1, 20, given)),
    call("getList", options, (db, given) => db.collection("items").getList(2, 3, given)),
    call("getListText", options, (db, given) => db.collection("items").getListText(1, 20, given)),
    call("getOneText", fc.tuple(item, options), (db, [id, { fields, expand }]) =>
      db.collection("items").getOneText(id, { fields, expand }),
    ),
    call("getList of tags", options, (db, given) => db.collection("tags").getList(1, 20, given)),
    call("getList of users", options, (db, given) => db.collection("users").getList(1, 20, given)),
    call("count", filter, (db, text) => db.collection("items").count(text)),
    call("getFirst", fc.tuple(filter, options), (db, [text, { sort: by, expand }]) =>
      db.collection("items").getFirst(text, { sort: by, expand }),
    ),
    call("getOne", fc.tuple(item, options), (db, [id, { fields, expand, includeDeleted }]) =>
      db.collection("items").getOne(id, { fields, expand, includeDeleted }),
    ),
    call("getOne of tags", tag, (db, id) => db.collection("tags").getOne(id)),
    call("getOne of users", fc.constantFrom(...ids.people), (db, id) => db.collection("users").getOne(id)),
    call("iterate", filter, async (db, text) => {
      const seen: unknown[] = [];
      for await (const each of db.collection("items").iterate({ filter: text, batch: 3 })) {
        if (each.isErr()) return each;
        seen.push(each.value);
      }
      return ok(seen);
    }),
  ];
  if (onlyReads) return fc.oneof(...reads);
  return fc.oneof(
    ...reads,
    call("create", data, (db, body) => db.collection("items").create(body, { expand: "tag,owner,peers" })),
    call("createMany", fc.array(data, { maxLength: 3 }), (db, bodies) => db.collection("items").createMany(bodies)),
    call("update", fc.tuple(item, data), (db, [id, body]) => db.collection("items").update(id, body)),
    call("delete", item, (db, id) => db.collection("items").delete(id)),
    call("undelete", item, (db, id) => db.collection("items").undelete(id)),
    call("purge", item, (db, id) => db.collection("items").purge(id)),
    call("delete of tags", tag, (db, id) => db.collection("tags").delete(id)),
    call("update of users", fc.constantFrom(...ids.people), (db, id) =>
      db.collection("users").update(id, { name: "n" }),
    ),
    call("transaction", fc.tuple(item, data), (db, [id, body]) =>
      db.transaction(async (tx) => {
        const updated = await tx.collection("items").update(id, body);
        return updated.isErr() ? updated : tx.collection("items").getList(1, 5, { sort: "-rank,id" });
      }),
    ),
  );
}
