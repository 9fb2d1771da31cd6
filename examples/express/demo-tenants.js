// What the demo needs in an empty data directory: two collections, two tenants, a user in each. Runs at every start and
// changes nothing that is there: equal definitions give the existing collections.
import { randomBytes } from "node:crypto";

/** @import { TenantEngine, CollectionDefinition, EngineError, ResultAsync } from "tenant-engine" */

const ownNotes = "owner = @request.auth.id";

/** @type {readonly CollectionDefinition[]} */
const definitions = [
  {
    name: "users",
    type: "auth",
    fields: [{ name: "name", type: "text" }],
    viewRule: "id = @request.auth.id",
    updateRule: "id = @request.auth.id",
  },
  {
    name: "notes",
    fields: [
      { name: "title", type: "text", required: true, max: 200 },
      { name: "done", type: "bool", default: false },
      { name: "owner", type: "relation", collection: "users", required: true },
    ],
    listRule: ownNotes,
    viewRule: ownNotes,
    createRule: ownNotes,
    updateRule: ownNotes,
    deleteRule: ownNotes,
  },
];

/**
 * The value of a call. Throws its error: a demo that cannot start had better stop.
 * @template T
 * @param {ResultAsync<T, EngineError>} call
 */
export async function valueOf(call) {
  const result = await call;
  if (result.isErr()) throw result.error;
  return result.value;
}

/**
 * Makes collections, tenants and users that are missing. Gives the users made now, with their passwords: later nobody
 * can read those any more.
 * @param {TenantEngine} engine
 */
export async function prepareDemo(engine) {
  for (const definition of definitions) await valueOf(engine.collections.create(definition));
  const made = [];
  for (const tenant of ["acme", "globex"]) {
    if (!(await valueOf(engine.databases.exists(tenant)))) await valueOf(engine.databases.create({ name: tenant }));
    const db = engine.db(tenant);
    if ((await valueOf(db.collection("users").count())) > 0) continue;
    const email = `ann@${tenant}.example`;
    const password = randomBytes(9).toString("base64url");
    const user = await valueOf(db.collection("users").create({ email, password, name: "Ann" }));
    const titles = [`Welcome to ${tenant}`, `Only ${tenant} sees this`];
    await valueOf(db.collection("notes").createMany(titles.map((title) => ({ title, owner: user.id }))));
    made.push({ tenant, email, password });
  }
  return made;
}
