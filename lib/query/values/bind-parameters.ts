// A compiled query is kept and used again; what differs from call to call stands in it as slots, filled here.
import type { CompiledQuery } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import type { StoreValue } from "../../storage/storage.js";
import type { RequestValues } from "./request-value.js";

/** What the slots of one call are filled from. */
export interface BindContext {
  /** Values of the placeholders by name. Only own properties count. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The clock, in milliseconds: all macros of one call see the same moment. */
  readonly now: number;
  /** For rules; without it every `@request` value is missing. */
  readonly request?: RequestValues | undefined;
}

/** Stands among the values of a compiled query for one that is known only at the call. */
export class ParameterSlot {
  readonly #resolve: (context: BindContext) => Result<StoreValue, EngineError>;

  constructor(resolve: (context: BindContext) => Result<StoreValue, EngineError>) {
    this.#resolve = resolve;
  }

  /** The value for a call. `filter_invalid` when a placeholder's value does not fit where it stands. */
  resolve(context: BindContext): Result<StoreValue, EngineError> {
    return this.#resolve(context);
  }
}

/** One whose value is another at nearly every call: what it is a part of is hardly ever asked twice. */
export class PassingSlot extends ParameterSlot {}

/**
 * The query with every slot filled. `filter_invalid` when a placeholder's value does not fit where it stands; a query
 * without slots is given back as it is.
 */
export function bindParameters<Row>(
  compiled: CompiledQuery<Row>,
  context: BindContext,
): Result<CompiledQuery<Row>, EngineError> {
  if (!compiled.parameters.some((parameter) => parameter instanceof ParameterSlot)) return ok(compiled);
  return bindValues(compiled.parameters, context).map((parameters) => ({ ...compiled, parameters }));
}

/** The values of parameters, every slot filled. `filter_invalid` as {@link bindParameters}. */
export function bindValues(
  parameters: readonly unknown[],
  context: BindContext,
): Result<readonly StoreValue[], EngineError> {
  const values: StoreValue[] = [];
  for (const parameter of parameters) {
    const value = parameter instanceof ParameterSlot ? parameter.resolve(context) : ok(parameter as StoreValue);
    if (value.isErr()) return err(value.error);
    values.push(value.value);
  }
  return ok(values);
}
