// The rows of the truth table: each rule for all operations, mixed ones, and database-level rules beside them.
import { documentRules, type OracleRule, type Truth } from "./access-rules.js";
import { askedDatabase, type CoveringRule, type Setting } from "./access-oracle.js";

const all = (rule: OracleRule | null): Setting["own"] => ({
  list: rule,
  view: rule,
  create: rule,
  update: rule,
  delete: rule,
});
const cover = (
  definition: CoveringRule["definition"],
  text: string,
  of: OracleRule["of"],
  { asksFields = false, namesDatabase = false } = {},
): CoveringRule => ({ definition, text, of, asksFields, namesDatabase });

const signedIn = documentRules.signedIn;
const never = (): Truth => false;
const names = { namesDatabase: true };
const coverings: Readonly<Record<string, readonly CoveringRule[]>> = {
  "who signed in": [cover({ collection: "*" }, signedIn.text, signedIn.of)],
  "owners of docs": [
    cover({ collection: "docs" }, documentRules.owner.text, documentRules.owner.of, { asksFields: true }),
  ],
  "tenant access": [
    cover(
      { collection: "*" },
      "@request.auth.tenantId = @request.data.dbname",
      (_, { auth, dbname }) => (auth === null ? null : auth.dbname === dbname),
      names,
    ),
  ],
  "anybody may read": [
    cover({ collection: "*", operations: ["list", "view"] }, "@request.dbname != ''", () => true, names),
  ],
  "from elsewhere to docs": [cover({ collection: "docs" }, "@request.dbname = 'client1'", () => true, names)],
  "a database named beside a field": [
    cover({ collection: "docs" }, "@request.dbname = 'client1' && owner = @request.auth.id", documentRules.owner.of, {
      asksFields: true,
      namesDatabase: true,
    }),
  ],
  "other databases": [cover({ collection: "*", databases: ["other"] }, "1=0", never)],
  "this database": [cover({ collection: "*", databases: [askedDatabase] }, "1=0", never)],
  "no writes": [cover({ collection: "docs", operations: ["create", "update", "delete"] }, "1=0", never)],
  "let in, and an owner": [
    cover({ collection: "*" }, "@request.dbname = 'client1'", () => true, names),
    cover({ collection: "docs" }, documentRules.owner.text, documentRules.owner.of, { asksFields: true }),
  ],
  "let in, and kept out": [
    cover({ collection: "*" }, "@request.dbname = 'client1'", () => true, names),
    cover(
      { collection: "*", operations: ["view", "update"] },
      "@request.auth.dbname = @request.dbname",
      (_, { auth, dbname }) => (auth === null ? null : auth.dbname === dbname),
      names,
    ),
  ],
};

const { everyone, owner, ownerNegated, editor, label } = documentRules;
const mixed: readonly Setting[] = [
  { name: "made but not seen", own: { ...all(everyone), view: null, list: owner }, covering: [] },
  { name: "seen but not listed", own: { ...all(everyone), list: null }, covering: [] },
  { name: "changed by owners, seen by editors", own: { ...all(owner), view: editor, list: label }, covering: [] },
  { name: "only read", own: { ...all(null), list: everyone, view: owner }, covering: [] },
];
/** Every setting of the table. */
export const settings: readonly Setting[] = [
  { name: "no rule", own: all(null), covering: [] },
  ...Object.entries(documentRules).map(([name, rule]) => ({ name, own: all(rule), covering: [] })),
  ...mixed,
  ...Object.entries(coverings).flatMap(([name, covering]) =>
    [null, everyone, owner, ownerNegated].map((rule) => ({
      name: `${rule?.text ?? "no rule"}, ${name}`,
      own: all(rule),
      covering,
    })),
  ),
];
