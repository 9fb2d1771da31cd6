// Anything at all sent to the API: the answer is one of the documented shape, never the server's fault, and tells
// nothing of the machine.
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { wholeText, type HttpAnswer, type HttpCall } from "../support/http-calls.js";
import { mountings } from "../support/http-mountings.js";
import { openTenant } from "../support/open-engine.js";
import { valueOf } from "../support/unwrap.js";

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;

// As few words as the API's grammar has, mixed with what nobody expects.
const words = fc.constantFrom(
  ...["notes", "users", "client1", "default", "records", "id", "mark", "count", "tags", "extra", "peer", "owner"],
  ...[
    "_superusers",
    "_rules",
    "_stats",
    "*",
    "",
    "..",
    "__proto__",
    "constructor",
    "a b",
    "%",
    "%00",
    "é",
    "😀",
    "'",
    '"',
  ],
  ...[
    "mark = 'x'",
    "count > 1 && tags ?= 'a'",
    "peer.owner.email ~ 'x'",
    "((",
    "1=1",
    "@request.auth.id",
    "-created,mark",
  ],
  ...["0", "-1", "1e9", "999999999999999", "true", "null", "[object Object]", "../../etc/passwd", "select 1; --", "\n"],
);
const text = fc.oneof(
  { weight: 4, arbitrary: words },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

const segments = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom(
        ..."collections databases rules auth login register refresh me batch stats health openapi.json backups undelete fields records notes users client1".split(
          " ",
        ),
      ),
    },
    { weight: 2, arbitrary: text },
  ),
  { maxLength: 6 },
);
/** Every route as it is meant, on what may be lost. */
const routes = fc.constantFrom(
  ...["GET /health", "GET /databases", "POST /databases", "GET /databases/spare", "DELETE /databases/spare"],
  ...["GET /collections", "POST /collections", "GET /collections/spares", "PATCH /collections/spares"],
  ...["DELETE /collections/spares", "POST /collections/spares/undelete", "DELETE /collections/spares/fields/mark"],
  ...["POST /collections/spares/fields/mark/undelete", "GET /rules", "POST /rules", "GET /rules/x", "PATCH /rules/x"],
  ...["GET /stats", "GET /openapi.json", "GET /backups", "POST /batch", "POST /batch", "POST /batch"],
  ...["POST /auth/login", "POST /auth/register", "POST /auth/refresh", "GET /auth/me"],
  ...[
    "POST /collections/users/auth-with-password",
    "POST /collections/users/auth-refresh",
    "GET /collections/users/records",
  ],
  ...Array<string>(6).fill("GET /collections/notes/records"),
  ...Array<string>(6).fill("POST /collections/notes/records"),
  ...Array<string>(4).fill("GET /collections/notes/records/{id}"),
  ...Array<string>(4).fill("PATCH /collections/notes/records/{id}"),
  ...[
    "DELETE /collections/notes/records/{gone}",
    "HEAD /collections/notes/records",
    "OPTIONS /collections/notes/records",
  ],
);
const anywhere = fc.tuple(
  fc.constantFrom("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"),
  segments.map((parts) => `/${parts.map(encodeURIComponent).join("/")}`),
);
// What the others stand on is not taken away or closed by chance.
const isLasting = ([method, path]: readonly [string, string]): boolean =>
  ["DELETE", "PATCH"].includes(method) &&
  /^\/(databases\/client1|collections\/(notes|users))\/?(fields.*)?$/.test(path);
const targets = fc.oneof(
  { weight: 4, arbitrary: routes.map((route) => route.split(" ") as [string, string]) },
  { weight: 1, arbitrary: anywhere.filter((target) => !isLasting(target)) },
);
const parameters = fc.constantFrom(
  ..."page perPage filter sort fields expand skipTotal cursor includeDeleted dbname x __proto__ a[b]".split(" "),
);
const queries = fc
  .array(fc.tuple(parameters, text), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&"));

const names = fc.constantFrom(
  ..."mark count tags extra peer owner email password identity name fields type listRule rule collection requests method url body id created __proto__ schema softDelete indexes oldPassword".split(
    " ",
  ),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie("value")), { maxLength: 4 }).map((pairs) => {
      const made: Record<string, unknown> = {};
      for (const [name, value] of pairs)
        Object.defineProperty(made, name, { value, enumerable: true, configurable: true });
      return made;
    }),
  ),
})).value;
const notes = fc.record(
  {
    mark: text,
    count: fc.oneof(fc.nat(), values),
    tags: fc.subarray(["a", "b"]),
    extra: values,
    peer: fc.constantFrom("{id}", "{gone}", "nobody", null),
    owner: fc.constantFrom(null, "nobody"),
  },
  { requiredKeys: [] },
);
const steps = fc.record(
  {
    method: fc.constantFrom("POST", "PATCH", "DELETE", "PUT", "GET"),
    url: fc.constantFrom("/api/collections/notes/records", "/api/collections/notes/records/{id}", "/api/batch", "x"),
    body: notes,
  },
  { requiredKeys: ["method", "url"] },
);
/** What some route takes, and the others do not. */
const fitting = fc.oneof(
  { weight: 6, arbitrary: notes },
  { weight: 2, arbitrary: fc.record({ requests: fc.array(steps, { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom("spare", "spares", "x y", "notes") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.constant("spares"),
      fields: fc.array(fc.record({ name: names, type: fc.constantFrom("text", "number", "json", "blob") }), {
        maxLength: 2,
      }),
      listRule: fc.oneof(text, fc.constant(null)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: text, collection: fc.constant("spares"), rule: text }) },
  {
    weight: 1,
    arbitrary: fc.record({
      email: fc.constantFrom("ada@example.com", "x"),
      password: fc.constantFrom("correct horse", "x"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ identity: fc.constantFrom("ada@example.com", "x"), password: text }) },
);
const bodies = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 12, arbitrary: fitting.map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: fc.dictionary(names, values, { maxKeys: 5 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: values.map((value) => JSON.stringify(value) ?? "") },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 50 }) },
);
const types = fc.constantFrom(
  ...[
    "application/json",
    "application/json",
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "x",
    "application/json; charset=latin1",
  ],
);

const calls = fc.record({
  target: targets,
  query: fc.oneof(fc.constant(""), queries),
  body: bodies,
  type: types,
  who: fc.constantFrom("guest", "user", "user", "root", "root", "broken"),
  database: fc.oneof(
    { weight: 8, arbitrary: fc.constant("client1") },
    { weight: 2, arbitrary: fc.constantFrom(undefined, "default", "nowhere", "stats", "A", "a,b", "") },
  ),
});

// Statuses that the documentation names; 408 and 429 need slowness and limits.
const known = new Set([200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 414, 415]);
const ofTheMachine =
  /node_modules|\/tmp\/|\/lib\/|\.ts:\d|\.js:\d|\n {4}at |SQLITE|sqlite|\bselect "|insert into|\$argon2|"epoch"/i;

function faultsOf({ method }: HttpCall, answer: HttpAnswer): readonly string[] {
  const { status, body, headers } = answer;
  const faults: string[] = [];
  if (!known.has(status)) faults.push(`status ${status}`);
  // A body may have sent such words itself; what it sent comes back only in what was stored.
  if (status >= 400 && ofTheMachine.test(wholeText(answer).replaceAll(/\.\.\/etc|etc\/passwd|select 1/g, "")))
    faults.push("tells of the machine");
  if (method === "HEAD" || status === 204) return body === "" ? faults : [...faults, "a body where there is none"];
  if (headers["content-type"] !== "application/json") faults.push(`content type ${String(headers["content-type"])}`);
  const parsed = JSON.parse(body) as Readonly<Record<string, unknown>>;
  if (status < 400) return faults;
  if (Object.keys(parsed).join() !== "status,code,message,data")
    faults.push(`an error of ${Object.keys(parsed).join()}`);
  if (parsed["status"] !== status) faults.push("another status in the body");
  return faults;
}

it.each(["fetch", "node:http"] as const)("answers anything: %s", { timeout: 240_000 }, async (name) => {
  const { engine, db } = await openTenant([
    { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], ...open },
    {
      name: "notes",
      softDelete: true,
      fields: [
        { name: "mark", type: "text" },
        { name: "count", type: "number", min: 0 },
        { name: "tags", type: "select", options: ["a", "b"], multiple: true },
        { name: "extra", type: "json" },
        { name: "peer", type: "relation", collection: "notes" },
        { name: "owner", type: "relation", collection: "users" },
      ],
      ...open,
    },
    { name: "spares", fields: [{ name: "mark", type: "text" }], ...open },
  ]);
  const { token } = valueOf(await db.auth.register({ email: "ada@example.com", password: "correct horse" }));
  valueOf(await engine.superusers.create({ email: "root@example.com", password: "correct horse" }));
  const root = valueOf(
    await engine.db().auth.login("root@example.com", "correct horse", { collection: "_superusers" }),
  ).token;
  const { id } = valueOf(await db.collection("notes").create({ mark: "x" }));
  const gone = valueOf(await db.collection("notes").create({ mark: "to be deleted" })).id;
  const tokens = { guest: undefined, user: token, root, broken: `${token}x` };
  const mounted = await mountings[name](engine, { rateLimit: false });
  onTestFinished(() => mounted.close());
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(calls, async ({ target: [method, path], query, body, type, who, database }) => {
      const bearer = tokens[who];
      const filled = (given: string): string => given.replaceAll("{id}", id).replaceAll("{gone}", gone);
      const call: HttpCall = {
        method,
        path: `/api${filled(path)}${query === "" ? "" : `?${query}`}`,
        headers: {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(database === undefined ? {} : { "x-dbname": database }),
          ...(body === undefined || method === "GET" || method === "HEAD" ? {} : { "content-type": type }),
        },
        body: method === "GET" || method === "HEAD" || body === undefined ? undefined : filled(body),
      };
      const answer = await mounted.send(call);
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      const faults = faultsOf(call, answer);
      expect({ faults, call, answer: faults.length > 0 ? answer : undefined }).toEqual({
        faults: [],
        call,
        answer: undefined,
      });
    }),
    { numRuns: 2_000 },
  );
  // It got as far as every kind of answer: what only ever hears "not found" tries nothing.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 405, 415]));
  expect(Object.keys(Object.prototype)).toEqual([]);
});
