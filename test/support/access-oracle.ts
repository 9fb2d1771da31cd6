// What access rules must come to, worked out from the documents as plain objects. Must never ask the engine.
import type { DatabaseRuleDefinition, Principal, RecordOperation } from "../../lib/index.js";
import { documentRules, type Asking, type OracleRule } from "./access-rules.js";
import type { Doc, World } from "./access-world.js";

/** The database that is asked for. */
export const askedDatabase = "client1";

const methods = { list: "GET", view: "GET", create: "POST", update: "PATCH", delete: "DELETE" } as const;

/** A database-level rule beside what it must say. */
export interface CoveringRule extends OracleRule {
  readonly definition: Omit<DatabaseRuleDefinition, "name" | "rule">;
  readonly asksFields: boolean;
  readonly namesDatabase: boolean;
}

/** The rules that stand while one row of the table is tried. */
export interface Setting {
  readonly name: string;
  readonly own: Readonly<Record<RecordOperation, OracleRule | null>>;
  readonly covering: readonly CoveringRule[];
}

/** Who asks, and where he stands to the database asked for. */
export interface Caller {
  readonly name: string;
  readonly principal: Principal;
  readonly auth: Asking["auth"];
  readonly standing: "here" | "elsewhere" | "gone" | "superuser";
}

/** What the oracle says of one operation: refused as a whole, or who decides about each document. */
export type Standing = { readonly refusal: string } | { readonly holds: (doc: Doc) => boolean };

/** Says what each call must come to. */
export class Oracle {
  readonly #setting: Setting;
  readonly #caller: Caller;
  readonly #world: World;
  /** Inside a transaction the whole was let in once; each operation is then decided by its rules. */
  readonly #isInside: boolean;

  constructor(setting: Setting, caller: Caller, world: World, { isInside }: { readonly isInside: boolean }) {
    this.#setting = setting;
    this.#caller = caller;
    this.#world = world;
    this.#isInside = isInside;
  }

  #asking(operation: RecordOperation): Asking {
    return { auth: this.#caller.auth, dbname: askedDatabase, method: methods[operation] };
  }

  #covering(collection?: string, operation?: RecordOperation): readonly CoveringRule[] {
    return this.#setting.covering.filter(
      ({ definition }) =>
        (definition.databases?.includes(askedDatabase) ?? true) &&
        (collection === undefined || definition.collection === "*" || definition.collection === collection) &&
        (operation === undefined || (definition.operations?.includes(operation) ?? true)),
    );
  }

  #answer(rule: OracleRule, doc: Doc, operation: RecordOperation): boolean {
    return rule.of(doc, this.#asking(operation), this.#world) === true;
  }

  of(operation: RecordOperation, collection = "docs"): Standing {
    const { standing } = this.#caller;
    if (standing === "superuser") return { holds: () => true };
    const own = collection === "docs" ? this.#setting.own[operation] : documentRules.everyone;
    if (own === null) return { refusal: "forbidden" };
    if (standing === "gone") return { refusal: "unauthenticated" };
    const covering = this.#covering(collection, operation);
    const deciding = covering.filter(({ asksFields }) => !asksFields);
    if (standing === "elsewhere") {
      if (!deciding.some(({ namesDatabase }) => namesDatabase)) return { refusal: "forbidden" };
      const isLetIn = deciding.every((rule) => this.#answer(rule, this.#world.docs[0]!, operation));
      if (!this.#isInside && !isLetIn) return { refusal: "forbidden" };
    }
    return { holds: (doc) => [own, ...covering].every((rule) => this.#answer(rule, doc, operation)) };
  }

  /** Whether a whole transaction is let in. */
  transaction(): string | undefined {
    const { standing } = this.#caller;
    if (standing === "gone") return "unauthenticated";
    if (standing !== "elsewhere") return undefined;
    const naming = this.#covering().filter(({ asksFields, namesDatabase }) => namesDatabase && !asksFields);
    return naming.some((rule) => this.#answer(rule, this.#world.docs[0]!, "list")) ? undefined : "forbidden";
  }

  seen(operation: "list" | "view"): readonly Doc[] | string {
    const standing = this.of(operation);
    return "refusal" in standing ? standing.refusal : this.#world.docs.filter(standing.holds);
  }

  #sees(id: string, collection: string): boolean {
    const caller = this.#caller;
    if (caller.standing === "here" && caller.auth?.id === id) return true;
    const standing = this.of("view", collection);
    return "holds" in standing && standing.holds(this.#world.docs[0]!);
  }

  #reaches({ owner: who, project, editors }: Partial<Doc>): boolean {
    const people = [...(who ? [who] : []), ...(editors ?? [])];
    return people.every((id) => this.#sees(id, "users")) && (!project || this.#sees(project, "projects"));
  }

  /** The answer of a write: the whole record only for who may view it. */
  #shown(doc: Doc): string {
    const view = this.of("view");
    return "holds" in view && view.holds(doc) ? "record" : "id alone";
  }

  create(rows: readonly Doc[], sent: readonly Partial<Doc>[]): string {
    const standing = this.of("create");
    if ("refusal" in standing) return standing.refusal;
    if (!sent.every((row) => this.#reaches(row))) return "validation_failed";
    return rows.every(standing.holds) ? rows.map((row) => this.#shown(row)).join() : "forbidden";
  }

  update(doc: Doc, patch: Partial<Doc>): string {
    const standing = this.of("update");
    if ("refusal" in standing) return standing.refusal;
    if (!standing.holds(doc)) return "record_not_found";
    if (!this.#reaches(patch)) return "validation_failed";
    const after = { ...doc, ...patch };
    return standing.holds(after) ? this.#shown(after) : "forbidden";
  }

  delete(doc: Doc): string {
    const standing = this.of("delete");
    if ("refusal" in standing) return standing.refusal;
    return standing.holds(doc) ? "gone" : "record_not_found";
  }
}
