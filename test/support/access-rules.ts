// Rules over the documents of the access world, each with what it must say: in three values, written without a look at
// how the engine does it.
import type { Doc, World } from "./access-world.js";

/** True, false, or null for "unknown": only true selects, and the opposite of unknown is unknown. */
export type Truth = boolean | null;

/** What a rule may know of a request. */
export interface Asking {
  readonly auth: { readonly id: string; readonly name: string | null; readonly dbname: string } | null;
  readonly dbname: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
}

export interface OracleRule {
  readonly text: string;
  readonly of: (doc: Doc, asking: Asking, world: World) => Truth;
}

const not = (truth: Truth): Truth => (truth === null ? null : !truth);
const and = (...all: readonly Truth[]): Truth => (all.includes(false) ? false : all.includes(null) ? null : true);
const or = (...all: readonly Truth[]): Truth => not(and(...all.map(not)));

type Word = string | null | undefined;
const isMissing = (word: Word): word is null | undefined => word === null || word === undefined;
const same = (left: Word, right: Word): Truth => (isMissing(left) || isMissing(right) ? null : left === right);
/** `list ?= word`, `list = word`: a missing word leaves them unknown; a list without members has no such member. */
const some = (list: readonly string[], word: Word): Truth => (isMissing(word) ? null : list.includes(word));
const every = (list: readonly string[], word: Word): Truth =>
  isMissing(word) ? null : list.length > 0 && list.every((member) => member === word);

const me = ({ auth }: Asking): Word => auth?.id;
const project = (doc: Doc, { projects }: World) => (doc.project === null ? undefined : projects.get(doc.project));
function team(doc: Doc, world: World) {
  const id = project(doc, world)?.team;
  return isMissing(id) ? undefined : world.teams.get(id);
}

const owns: OracleRule["of"] = (doc, asking) => same(doc.owner, me(asking));
const isLead: OracleRule["of"] = (doc, asking, world) => same(project(doc, world)?.lead, me(asking));
const isTeamLead: OracleRule["of"] = (doc, asking, world) => same(team(doc, world)?.lead, me(asking));
const isMember: OracleRule["of"] = (doc, asking, world) => some(team(doc, world)?.members ?? [], me(asking));
const edits: OracleRule["of"] = (doc, asking) => some(doc.editors, me(asking));
const onlyEditor: OracleRule["of"] = (doc, asking) => every(doc.editors, me(asking));
const isA: OracleRule["of"] = ({ label }) => same(label, "a");
const isNamed: OracleRule["of"] = ({ label }, { auth }) => same(label, auth?.name);
const opposite =
  (of: OracleRule["of"]): OracleRule["of"] =>
  (doc, asking, world) =>
    not(of(doc, asking, world));
const rule = (text: string, of: OracleRule["of"]): OracleRule => ({ text, of });

/** Every kind of rule that the language offers for saying whose a record is, and its negations. */
export const documentRules = {
  everyone: rule("", () => true),
  signedIn: rule("@request.auth.id != ''", (_, { auth }) => auth !== null),
  notSignedIn: rule("!(@request.auth.id != '')", (_, { auth }) => auth === null),
  guestIsNobody: rule("@request.auth.id != 'nobody'", (_, asking) => not(same(me(asking), "nobody"))),
  owner: rule("owner = @request.auth.id", owns),
  ownerReversed: rule("@request.auth.id = owner", owns),
  ownerNegated: rule("!(owner = @request.auth.id)", opposite(owns)),
  ownerUnequal: rule("owner != @request.auth.id", opposite(owns)),
  ownerTwiceNegated: rule("!(!(owner = @request.auth.id))", owns),
  ownerUnequalNegated: rule("!(owner != @request.auth.id)", owns),
  ownerIn: rule("owner IN (@request.auth.id, 'nobody')", owns),
  ownerNotIn: rule("owner NOT IN (@request.auth.id)", opposite(owns)),
  ownerAlike: rule("owner ~ @request.auth.id", owns),
  ownerUnlike: rule("owner !~ @request.auth.id", opposite(owns)),
  ownerHop: rule("owner.id = @request.auth.id", owns),
  ownerHopNegated: rule("!(owner.id = @request.auth.id)", opposite(owns)),
  ownerAbsent: rule("owner = null", ({ owner }) => owner === null),
  ownerAbsentNegated: rule("!(owner = null)", ({ owner }) => owner !== null),
  lead: rule("project.lead = @request.auth.id", isLead),
  leadNegated: rule("!(project.lead = @request.auth.id)", opposite(isLead)),
  leadUnequal: rule("project.lead != @request.auth.id", opposite(isLead)),
  teamLead: rule("project.team.lead = @request.auth.id", isTeamLead),
  teamLeadNegated: rule("!(project.team.lead = @request.auth.id)", opposite(isTeamLead)),
  member: rule("project.team.members ?= @request.auth.id", isMember),
  memberNegated: rule("!(project.team.members ?= @request.auth.id)", opposite(isMember)),
  editor: rule("editors ?= @request.auth.id", edits),
  editorNegated: rule("!(editors ?= @request.auth.id)", opposite(edits)),
  editorById: rule("editors.id ?= @request.auth.id", edits),
  onlyEditor: rule("editors = @request.auth.id", onlyEditor),
  onlyEditorNegated: rule("!(editors = @request.auth.id)", opposite(onlyEditor)),
  editorsIn: rule("editors IN (@request.auth.id)", onlyEditor),
  editorsInNegated: rule("!(editors IN (@request.auth.id))", opposite(onlyEditor)),
  label: rule("label = 'a'", isA),
  labelUnequal: rule("label != 'a'", opposite(isA)),
  labelNegated: rule("!(label = 'a')", opposite(isA)),
  labelUnlike: rule("!(label ~ 'a')", opposite(isA)),
  named: rule("label = @request.auth.name", isNamed),
  namedNegated: rule("!(label = @request.auth.name)", opposite(isNamed)),
  ownerOrLabel: rule("owner = @request.auth.id || label = 'a'", (...asked) => or(owns(...asked), isA(...asked))),
  ownerAndNotLabel: rule("owner = @request.auth.id && !(label = 'a')", (...asked) =>
    and(owns(...asked), not(isA(...asked))),
  ),
  neither: rule("!(owner = @request.auth.id || label = 'a')", (...asked) => not(or(owns(...asked), isA(...asked)))),
  reading: rule("@request.method = 'GET'", (_, { method }) => method === "GET"),
} as const satisfies Readonly<Record<string, OracleRule>>;
