// A small world for access tests: people, teams, projects and documents, with a null and an empty list wherever there can
// be one; and its documents as plain objects, for oracles that must not ask the engine.
import type { CollectionDefinition, Database, TenantEngine } from "../../lib/index.js";
import { valueOf } from "./unwrap.js";

/** A document as an oracle sees it; relations by id. */
export interface Doc {
  readonly id: string;
  readonly title: string;
  readonly owner: string | null;
  readonly project: string | null;
  readonly editors: readonly string[];
  readonly label: string | null;
}

export interface Person {
  readonly id: string;
  readonly name: string | null;
}

export interface Team {
  readonly id: string;
  readonly lead: string | null;
  readonly members: readonly string[];
}

export interface Project {
  readonly id: string;
  readonly lead: string | null;
  readonly team: string | null;
}

const open = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" } as const;

/** The collections; those beside `docs` are open to all, so that the rules of `docs` alone decide. */
const worldCollections: readonly CollectionDefinition[] = [
  { name: "users", type: "auth", fields: [{ name: "name", type: "text" }], ...open },
  {
    name: "teams",
    fields: [
      { name: "lead", type: "relation", collection: "users" },
      { name: "members", type: "relation", collection: "users", multiple: true },
    ],
    ...open,
  },
  {
    name: "projects",
    fields: [
      { name: "lead", type: "relation", collection: "users" },
      { name: "team", type: "relation", collection: "teams" },
    ],
    ...open,
  },
  {
    name: "docs",
    fields: [
      { name: "title", type: "text" },
      { name: "owner", type: "relation", collection: "users" },
      { name: "project", type: "relation", collection: "projects" },
      { name: "editors", type: "relation", collection: "users", multiple: true },
      { name: "label", type: "text" },
    ],
    // What a caller has deleted can be brought back for the next one.
    softDelete: true,
  },
  { name: "links", fields: [{ name: "doc", type: "relation", collection: "docs" }], ...open },
];

/** What stands in one database. */
export interface World {
  readonly people: readonly [Person, Person];
  readonly teams: ReadonlyMap<string, Team>;
  readonly projects: ReadonlyMap<string, Project>;
  readonly docs: readonly Doc[];
}

/** Makes the collections and, in a new database, the records. One link points to each document. */
export async function makeWorld(
  engine: TenantEngine,
  name: string,
): Promise<{ readonly db: Database; readonly world: World }> {
  for (const definition of worldCollections) valueOf(await engine.collections.create(definition));
  valueOf(await engine.databases.create({ name }));
  const db = engine.db(name);
  const make = async <Row extends { readonly id: string }>(collection: string, row: object): Promise<Row> =>
    valueOf(await db.collection(collection).create(row)) as unknown as Row;
  const person = (email: string, label: string | null): Promise<Person> =>
    make("users", { email, password: "correct horse", name: label });
  const [one, two] = [await person("one@example.com", "a"), await person("two@example.com", null)];
  const teams = [
    await make<Team>("teams", { lead: one.id, members: [one.id, two.id] }),
    await make<Team>("teams", { lead: two.id, members: [two.id] }),
    await make<Team>("teams", { lead: null, members: [] }),
  ] as const;
  const projects = [
    await make<Project>("projects", { lead: one.id, team: teams[0].id }),
    await make<Project>("projects", { lead: two.id, team: teams[1].id }),
    await make<Project>("projects", { lead: null, team: null }),
    await make<Project>("projects", { lead: one.id, team: teams[2].id }),
  ] as const;
  const rows = [
    { owner: one.id, project: projects[0].id, editors: [one.id], label: "a" },
    { owner: two.id, project: projects[1].id, editors: [two.id], label: "b" },
    { owner: null, project: null, editors: [], label: null },
    { owner: one.id, project: projects[2].id, editors: [one.id, two.id], label: null },
    { owner: null, project: projects[3].id, editors: [two.id], label: "a" },
    { owner: two.id, project: projects[0].id, editors: [one.id], label: null },
  ];
  const docs: Doc[] = [];
  for (const [n, row] of rows.entries()) docs.push(await make<Doc>("docs", { title: `doc ${n}`, ...row }));
  for (const { id } of docs) await make("links", { doc: id });
  const byId = <Row extends { readonly id: string }>(all: readonly Row[]): ReadonlyMap<string, Row> =>
    new Map(all.map((each) => [each.id, each]));
  return { db, world: { people: [one, two], teams: byId(teams), projects: byId(projects), docs } };
}
