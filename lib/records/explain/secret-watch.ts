// Tells which values of an explanation come from hidden fields: such a field notes that it was read, whatever was made
// of its value afterwards. Must never show one.
import type { CompiledQuery } from "kysely";
import type { EngineError } from "../../base/errors.js";
import { err, ok, type Result } from "../../base/result.js";
import { bindParameters, type BindContext } from "../../query/values/bind-parameters.js";
import type { RequestRecord } from "../../query/values/request-value.js";
import type { Collection, Field } from "../../schema/collection.js";
import { hiddenValue } from "./explanation.js";

/** Hidden fields and passwords are not shown to anybody: explanations end in logs and chats. */
export const isSecret = (field: Field): boolean => field.hidden || field.type === "password";

/** A query ready to run, and its values as they may be shown. */
export interface WatchedQuery {
  readonly query: CompiledQuery;
  readonly shown: readonly unknown[];
}

export class SecretWatch {
  #wasRead = false;

  /** To be called where a hidden field is read. */
  note(): void {
    this.#wasRead = true;
  }

  /** Runs work and says whether it read a hidden field. */
  watch<T>(work: () => T): { readonly value: T; readonly wasRead: boolean } {
    this.#wasRead = false;
    const value = work();
    return { value, wasRead: this.#wasRead };
  }

  /** A copy of a record whose hidden fields note when they are read. Of no known collection, all are hidden. */
  guarded(record: RequestRecord, collection: Collection | undefined): RequestRecord {
    const copy: RequestRecord = {};
    for (const [name, value] of Object.entries(record)) {
      const field = collection?.fields.get(name);
      const isOpen = name === "id" || (field !== undefined && !isSecret(field));
      const read = (): unknown => {
        if (!isOpen) this.note();
        return value;
      };
      Object.defineProperty(copy, name, { enumerable: true, get: read });
    }
    return copy;
  }

  /** Fills the slots of a query one by one. */
  bind(compiled: CompiledQuery, context: BindContext): Result<WatchedQuery, EngineError> {
    const [parameters, shown]: [unknown[], unknown[]] = [[], []];
    for (const parameter of compiled.parameters) {
      const { value: bound, wasRead } = this.watch(() =>
        bindParameters({ ...compiled, parameters: [parameter] }, context),
      );
      if (bound.isErr()) return err(bound.error);
      const [value] = bound.value.parameters;
      parameters.push(value);
      shown.push(wasRead ? hiddenValue : value);
    }
    return ok({ query: { ...compiled, parameters }, shown });
  }
}
