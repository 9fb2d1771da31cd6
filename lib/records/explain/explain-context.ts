// What the parts of an explanation share: where they ask, and what they watch for.
import type { AccessPolicy, WrittenValues } from "../../access/access-policy.js";
import type { RecordOperation } from "../../access/rule-book.js";
import type { RawBuilder } from "kysely";
import type { BindContext } from "../../query/values/bind-parameters.js";
import type { CompileOptions } from "../../query/compiler/compile-expression.js";
import type { RequestValues } from "../../query/values/request-value.js";
import type { Collection, Field } from "../../schema/collection.js";
import type { StoreExecutor } from "../../storage/storage.js";
import { bindContext, type BoundValues } from "../rows/bind-context.js";
import type { CompileContext } from "../record-context.js";
import { isSecret, SecretWatch } from "./secret-watch.js";

export interface ExplainContext {
  readonly context: CompileContext;
  readonly db: StoreExecutor;
  readonly collection: Collection;
  readonly operation: RecordOperation;
  readonly watch: SecretWatch;
}

/** What an expression is asked about. `nothing`: the call ended before anything was asked. */
export type Subject =
  | { readonly kind: "row"; readonly id: string }
  | { readonly kind: "rows"; readonly where: RawBuilder<boolean> }
  | { readonly kind: "request" }
  | { readonly kind: "nothing" };

/** How an expression is compiled and bound. */
export interface Asking {
  readonly options: CompileOptions;
  readonly bind: BindContext;
}

/** One explanation's context: what its rules see of the request notes when something hidden is read. */
export function explainContext(
  context: ExplainContext["context"],
  db: StoreExecutor,
  collection: Collection,
  operation: RecordOperation,
): ExplainContext {
  const watch = new SecretWatch();
  const request = (asked: RecordOperation, written?: WrittenValues): RequestValues | undefined => {
    const values = context.policy.request(asked, written);
    if (values === undefined) return undefined;
    const { auth, data, previous } = values;
    const holder = values.collection === undefined ? undefined : context.catalog.collections.get(values.collection);
    return {
      ...values,
      auth: auth && watch.guarded(auth, holder),
      data: data && watch.guarded(data, collection),
      previous: previous && watch.guarded(previous, collection),
    };
  };
  const mayRead = (owner: Collection, field: Field): boolean => {
    if (isSecret(field)) watch.note();
    return context.policy.mayRead(owner, field);
  };
  return {
    context: { ...context, policy: watchedPolicy(context.policy, { request, mayRead }) },
    ...{ db, collection, operation, watch },
  };
}

/** A policy that decides as the given one, but for what is watched. */
const watchedPolicy = (policy: AccessPolicy, watched: Pick<AccessPolicy, "request" | "mayRead">): AccessPolicy => ({
  shape: policy.shape,
  bypassesRules: policy.bypassesRules,
  self: policy.self,
  mayWrite: (collection, field) => policy.mayWrite(collection, field),
  predicate: (...asked) => policy.predicate(...asked),
  rulesFor: (...asked) => policy.rulesFor(...asked),
  ...watched,
});

/** What the slots of its statements are filled from. */
export const boundTo = ({ context, operation }: ExplainContext, values: BoundValues = {}): BindContext =>
  bindContext(context, operation, values);
