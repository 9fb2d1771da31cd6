// The engine's own collections: the first entries of every schema log. Their definitions may only grow.
import type { Catalog } from "./catalog.js";
import type { Collection, CollectionScope } from "./collection.js";
import type { FieldTypeName } from "./field-type-names.js";
import type { CollectionCreated, StoredField } from "./schema-change.js";

const field = (name: string, type: FieldTypeName, settings: Partial<StoredField> = {}): StoredField => ({
  name,
  type,
  required: false,
  unique: false,
  hidden: false,
  default: null,
  options: {},
  ...settings,
});

const required = { required: true } as const;
const oneOf = (...options: readonly string[]): Partial<StoredField> => ({ required: true, options: { options } });
const runRef: Partial<StoredField> = { required: true, options: { collection: "workflow_runs", cascadeDelete: true } };

function collection(
  name: string,
  scope: CollectionScope,
  fields: readonly StoredField[],
  indexes: readonly (readonly string[])[] = [],
  type: Collection["type"] = "base",
): CollectionCreated {
  const rules = { listRule: null, viewRule: null, createRule: null, updateRule: null, deleteRule: null };
  return {
    kind: "collection_created",
    // A word instead of a random id: the same in every engine, so that two logs agree on it.
    id: `system${name.replaceAll("_", "")}`,
    scope,
    isSystem: true,
    definition: {
      name,
      type,
      fields,
      indexes: indexes.map((names) => ({ fields: names, unique: false })),
      softDelete: false,
      rules,
    },
  };
}

/** The changes that make the engine's own collections, in order. */
export const systemCollections: readonly CollectionCreated[] = [
  collection(
    "_stats",
    "everywhere",
    [
      field("name", "text", required),
      field("value", "number", required),
      field("at", "datetime", required),
      field("database", "text"),
      field("labels", "json"),
    ],
    [["name", "at"], ["at"]],
  ),
  collection(
    "_logs",
    "stats",
    [
      field("level", "select", oneOf("debug", "info", "warn", "error")),
      field("message", "text", required),
      field("at", "datetime", required),
      field("database", "text"),
      field("facts", "json"),
    ],
    [["at"], ["level", "at"]],
  ),
  collection(
    "workflow_runs",
    "workflows",
    [
      field("workflow", "text", required),
      field("status", "select", oneOf("pending", "running", "waiting", "completed", "failed", "cancelled")),
      field("database", "text"),
      field("input", "json"),
      field("output", "json"),
      field("error", "json"),
      field("startedAt", "datetime"),
      field("finishedAt", "datetime"),
    ],
    [
      ["status", "created"],
      ["workflow", "created"],
    ],
  ),
  collection(
    "workflow_events",
    "workflows",
    [
      field("run", "relation", runRef),
      field("sequence", "number", { required: true, options: { integer: true, min: 0 } }),
      field("type", "text", required),
      field("step", "text"),
      field("data", "json"),
      field("at", "datetime", required),
    ],
    [["run", "sequence"]],
  ),
  collection(
    "workflow_jobs",
    "workflows",
    [
      field("run", "relation", runRef),
      field("queue", "text", required),
      field("status", "select", oneOf("queued", "leased", "done", "failed")),
      field("step", "text"),
      field("data", "json"),
      field("attempt", "number", { options: { integer: true, min: 0 } }),
      field("runAt", "datetime", required),
      field("leasedBy", "text"),
      field("leasedUntil", "datetime"),
      field("error", "json"),
    ],
    [["queue", "status", "runAt"]],
  ),
  collection("workflow_hooks", "workflows", [
    field("run", "relation", runRef),
    field("token", "text", { required: true, unique: true, hidden: true }),
    field("step", "text"),
    field("data", "json"),
    field("receivedAt", "datetime"),
    field("expiresAt", "datetime"),
  ]),
  collection(
    "workflow_waits",
    "workflows",
    [
      field("run", "relation", runRef),
      field("kind", "select", oneOf("sleep", "signal")),
      field("signal", "text"),
      field("step", "text"),
      field("wakeAt", "datetime"),
      field("data", "json"),
      field("resumedAt", "datetime"),
    ],
    [["wakeAt"], ["signal"]],
  ),
  collection("_superusers", "default", [], [], "auth"),
  collection("_rules", "default", [
    field("name", "text", required),
    field("collection", "text", required),
    // Longer than a text may be: a rule has up to limits.expressionLength characters.
    field("rule", "editor", required),
    field("databases", "json"),
    field("operations", "json"),
  ]),
];

/** The changes that a log lacks, because it is new or was written by an older engine. In order; empty when up to date. */
export const missingSystemChanges = (catalog: Catalog): readonly CollectionCreated[] =>
  systemCollections.filter((change) => catalog.withId(change.id) === undefined);
