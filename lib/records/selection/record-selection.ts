// Which parts of its records a read gives: the picked fields, checked against the schema, and the relations to expand.
import type { OptionKinds } from "../../base/call-options.js";
import { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { Collection, Field } from "../../schema/collection.js";
import { relationTarget } from "../../schema/relation-target.js";
import { parsePaths, type PathList, type PathTree } from "./field-selection.js";
import type { RecordContext } from "../record-context.js";

/** Options that every read takes. */
export interface SelectionOptions {
  /** Which fields to give: `"id,title,expand.author.name"`, or a list. `*` stands for all of one level. Default: all. */
  readonly fields?: PathList | undefined;
  /** Relations to put beside each record under `expand`: `"author,comments.user"`, or a list. Default: none. */
  readonly expand?: PathList | undefined;
  /**
   * Puts `collectionId` and `collectionName` into each record, expanded ones too; `fields` may then pick them by these
   * names. Default false.
   */
  readonly withCollection?: boolean | undefined;
}

/** What `withCollection` adds to a record; no field can have these names. */
const collectionEntries: ReadonlySet<string> = new Set(["collectionId", "collectionName"]);

/** The paths are checked in {@link selectRecordParts}. */
export const selectionKinds = {
  fields: "any",
  expand: "any",
  withCollection: "boolean",
} as const satisfies OptionKinds<SelectionOptions>;

/** A relation to expand: the field, the collection behind it, and what to give of its records. */
export interface ExpandStep {
  readonly field: Field;
  readonly target: Collection;
  readonly selection: RecordSelection;
}

export interface RecordSelection {
  /** Fields to give; undefined for all. */
  readonly picked: ReadonlySet<string> | undefined;
  /** Fields to ask the store for: the picked ones, and what expanding needs: the relations, and the id to be found by. */
  readonly fetched: ReadonlySet<string> | undefined;
  /** Whether all of a record's parts include what says which collection it is of. */
  readonly withCollection: boolean;
  readonly expand: readonly ExpandStep[];
}

interface SelectionContext extends Pick<RecordContext, "catalog" | "scope" | "policy"> {
  readonly withCollection: boolean;
}

const everything: PathTree = new Map();

const wholeRecords = (withCollection: boolean): Result<RecordSelection, EngineError> =>
  ok({ picked: undefined, fetched: undefined, withCollection, expand: [] });
// What most calls ask for.
const plain = wholeRecords(false);
const marked = wholeRecords(true);

/** Reads both options against the schema. `request_invalid` naming what is unknown. */
export function selectRecordParts(
  context: RecordContext,
  collection: Collection,
  options: SelectionOptions,
): Result<RecordSelection, EngineError> {
  const { withCollection = false } = options;
  if (options.fields === undefined && options.expand === undefined) return withCollection ? marked : plain;
  const { expandDepth } = context.services.limits;
  const expand = parsePaths("expand", options.expand ?? "", expandDepth);
  if (expand.isErr()) return err(expand.error);
  // Each level of expand takes two parts of a fields path, "expand" and the relation's name, and one for the field.
  const fields = parsePaths("fields", options.fields ?? "", expandDepth * 2 + 1);
  if (fields.isErr()) return err(fields.error);
  const { catalog, scope, policy } = context;
  const reading = { catalog, scope, policy, withCollection };
  const selection = select(reading, collection, fields.value, expand.value);
  // Where nothing is expanded, what the store gives is the answer: nothing has to be taken away again.
  return selection.map((parts) => (parts.expand.length === 0 ? { ...parts, fetched: parts.picked } : parts));
}

function select(
  context: SelectionContext,
  collection: Collection,
  fields: PathTree,
  expand: PathTree,
): Result<RecordSelection, EngineError> {
  const picked = pickFields(context, collection, fields);
  if (picked.isErr()) return err(picked.error);
  const expandFields = fields.get("expand") ?? everything;
  const steps: ExpandStep[] = [];
  for (const [name, below] of expand) {
    const step = expandStep(context, collection, name, below, expandFields.get(name) ?? everything);
    if (step.isErr()) return err(step.error);
    if (step.value) steps.push(step.value);
  }
  const fetched = picked.value && new Set([...picked.value, "id", ...steps.map(({ field }) => field.name)]);
  return ok({ picked: picked.value, fetched, withCollection: context.withCollection, expand: steps });
}

function pickFields(
  { policy, withCollection }: SelectionContext,
  collection: Collection,
  fields: PathTree,
): Result<ReadonlySet<string> | undefined, EngineError> {
  const names = [...fields.keys()].filter((name) => name !== "expand");
  if (fields.size === 0 || names.includes("*")) return ok(undefined);
  for (const name of names) {
    const field = collection.fields.get(name);
    const isThere = field ? policy.mayRead(collection, field) : withCollection && collectionEntries.has(name);
    if (!isThere) return invalid("fields", `"${collection.name}" has no field "${name.slice(0, 80)}" to give.`);
    if ((fields.get(name)?.size ?? 0) > 0)
      return invalid("fields", `"${name}" has no parts to pick; expanded records are picked as "expand.${name}.…".`);
  }
  // Only "expand…" was named: all fields beside the picked parts of the expanded records.
  return ok(names.length === 0 ? undefined : new Set(names));
}

/** Undefined for a relation whose collection is deleted: its records are hidden, so there is nothing to show. */
function expandStep(
  context: SelectionContext,
  collection: Collection,
  name: string,
  below: PathTree,
  fields: PathTree,
): Result<ExpandStep | undefined, EngineError> {
  const field = collection.fields.get(name);
  if (field?.type !== "relation" || !context.policy.mayRead(collection, field)) {
    return invalid(
      "expand",
      `"${name.slice(0, 80)}" is no relation of "${collection.name}", so it cannot be expanded.`,
    );
  }
  const target = context.catalog.live(relationTarget(field), context.scope);
  if (!target) return ok(undefined);
  const selection = select(context, target, fields, below);
  return selection.isErr() ? err(selection.error) : ok({ field, target, selection: selection.value });
}

const invalid = (parameter: string, message: string): Result<never, EngineError> =>
  err(new EngineError("request_invalid", { parameter }, { message }));
