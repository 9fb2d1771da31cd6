// The cross-tenant matrix over HTTP: every caller asks every database by every route, and each answer is held against
// what this caller may see at all. Knows nothing of rules: who asks in his own database may see it, nobody else may.
import { controllingAttacks, readingAttacks, writingAttacks, type HttpAttack } from "./http-attacks.js";
import { wholeText, type HttpAnswer } from "./http-calls.js";
import type { Mounted } from "./http-mountings.js";
import { canaryOf, formerCanary, type TwinTenants } from "./twin-tenants.js";

/** Whose token is sent. */
interface Caller {
  readonly name: string;
  readonly token: string | undefined;
  /** The database that his token is of; undefined for guests and for who is nobody. */
  readonly home: string | undefined;
  readonly kind: "guest" | "user" | "superuser" | "nobody";
}

// What the header names. The absent one comes behind a tenant's name and callers without a token behind those with
// one, so that a mounting which remembers either is found out.
const targets = [
  "a",
  "b",
  undefined,
  "remade",
  "default",
  "nowhere",
  "stats",
  "workflows",
  "B",
  "../b",
  "b.db",
  "b, a",
  "",
];
const namesNothing = new Set<string | undefined>(["B", "../b", "b.db", "b, a", ""]);
const tenantNames = ["a", "b", "remade", "nowhere"];

/** By database, what only its records hold. */
const words: Readonly<Record<string, string>> = { ...canaryOf, a: '"mark":"mine' };

const homes: Readonly<Record<keyof TwinTenants["good"], string>> = {
  "shared of a": "a",
  "only a": "a",
  "owner of b": "b",
  "owner of remade": "remade",
  "of default": "default",
};

function callersOf({ good, bad, superuser }: TwinTenants): readonly Caller[] {
  return [
    ...Object.entries(good).map(([name, token]): Caller => {
      return { name, token, home: homes[name as keyof typeof homes], kind: "user" };
    }),
    { name: "superuser", token: superuser, home: "default", kind: "superuser" },
    { name: "guest", token: undefined, home: undefined, kind: "guest" },
    ...Object.entries(bad).map(([name, token]): Caller => ({ name, token, home: undefined, kind: "nobody" })),
  ];
}

/** One case of the matrix. */
interface Case {
  readonly caller: Caller;
  readonly target: string | undefined;
  readonly attack: string;
  /** The database that the request means, if it means one that may be. */
  readonly resolved: string | undefined;
}

export interface MatrixOptions {
  /** Only every so many-th case, beginning with another one in each mounting. Default 1: all. */
  readonly every?: number;
  readonly offset?: number;
  /** Stops at the first fault. Default false. */
  readonly isFirstEnough?: boolean;
}

export interface MatrixOutcome {
  readonly cases: number;
  readonly faults: readonly string[];
  /** Cases in which somebody saw what he may see: without them the absence of leaks would mean nothing. */
  readonly sightings: number;
}

/** Runs the matrix over one mounting. Writes into every tenant's database but b. */
export async function runMatrix(
  mounted: Mounted,
  tenants: TwinTenants,
  { every = 1, offset = 0, isFirstEnough = false }: MatrixOptions = {},
): Promise<MatrixOutcome> {
  const faults: string[] = [];
  let [number, cases, sightings] = [0, 0, 0];
  for (const caller of callersOf(tenants)) {
    for (const [attack, make] of Object.entries(attacksFor(caller))) {
      const elsewhere = new Map<string, string>();
      for (const target of targets) {
        const resolved = namesNothing.has(target) ? undefined : (target ?? caller.home ?? "default");
        const isOwnWrite = resolved === "b" && caller.home === "b" && attack in writingAttacks;
        number += 1;
        if (isOwnWrite || (number + offset) % every !== 0) continue;
        const answer = await mounted.send(callBy(caller, target, make(tenants.knowledge)));
        const one: Case = { caller, target, attack, resolved };
        cases += 1;
        if (resolved !== undefined && isEntitled(one) && wholeText(answer).includes(words[resolved] ?? "\0"))
          sightings += 1;
        faults.push(...faultsOf(one, answer).map((fault) => `${describe(one)}: ${fault}: ${shown(answer)}`));
        if (isFirstEnough && faults.length > 0) return { cases, faults, sightings };
        if (isForeign(one)) elsewhere.set(target ?? "", `${answer.status} ${answer.body}`);
      }
      if (new Set(elsewhere.values()).size > 1) {
        faults.push(`${caller.name}, ${attack}: tells which databases exist: ${JSON.stringify([...elsewhere])}`);
      }
    }
  }
  return { cases, faults, sightings };
}

const attacksFor = ({ kind }: Caller): Readonly<Record<string, HttpAttack>> =>
  kind === "superuser" ? readingAttacks : { ...readingAttacks, ...writingAttacks, ...controllingAttacks };

const callBy = ({ token }: Caller, target: string | undefined, call: ReturnType<HttpAttack>) => ({
  ...call,
  headers: {
    ...call.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(target === undefined ? {} : { "x-dbname": target }),
  },
});

const isEntitled = ({ caller, resolved }: Case): boolean =>
  resolved !== undefined && (caller.kind === "superuser" || (caller.kind === "user" && caller.home === resolved));

/** A user in a tenant's database that is not his, or in one that is not there: all such must be answered alike. */
const isForeign = ({ caller, resolved }: Case): boolean =>
  caller.kind === "user" && resolved !== caller.home && tenantNames.includes(resolved ?? "");

// Answered before it is asked who asks, or whatever he is.
const openAttacks = new Set(["options", "list, rewritten"]);

// What superusers ask of the engine and not of a database.
const engineWide = new Set([
  ...[
    "databases",
    "one database",
    "collections",
    "one collection",
    "rules",
    "backups",
    "one backup",
    "stats",
    "openapi",
  ],
]);

function faultsOf(one: Case, answer: HttpAnswer): readonly string[] {
  const { caller, attack, resolved } = one;
  const faults: string[] = [];
  const text = wholeText(answer);
  for (const [database, word] of Object.entries(words)) {
    const mayBe = database === resolved && isEntitled(one);
    if (!mayBe && text.includes(word)) faults.push(`leaks ${database}`);
  }
  if (text.includes(formerCanary)) faults.push("leaks what was deleted");
  if (answer.status >= 500) faults.push("is no clean refusal");
  const isDone = answer.status < 400 && !openAttacks.has(attack);
  if (isDone && caller.kind === "nobody") faults.push("takes a token that does not count");
  if (isDone && caller.kind === "user" && !isEntitled(one)) faults.push("lets a stranger in");
  if (isDone && resolved === undefined && !engineWide.has(attack)) faults.push("takes a name that is none");
  if (isDone && caller.kind === "guest" && attack in writingAttacks) faults.push("lets a guest write");
  if (isDone && attack in controllingAttacks) faults.push("lets him control");
  return faults;
}

const describe = ({ caller, target, attack }: Case): string =>
  `${caller.name}, x-dbname ${target ?? "absent"}, ${attack}`;

const shown = ({ status, body }: HttpAnswer): string => `${status} ${body.slice(0, 200)}`;
