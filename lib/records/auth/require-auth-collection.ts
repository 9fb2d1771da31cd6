// A collection whose records can sign in.
import type { EngineError } from "../../base/errors.js";
import { err, ok, refuse, type Result } from "../../base/result.js";
import type { Collection } from "../../schema/collection.js";
import { requireCollection, type RecordContext } from "../record-context.js";

/** The live auth collection of a name. `collection_not_found`; `request_invalid` for one of another type. */
export function requireAuthCollection(context: RecordContext, name: string): Result<Collection, EngineError> {
  const found = requireCollection(context, name);
  if (found.isErr()) return err(found.error);
  if (found.value.type === "auth") return ok(found.value);
  return refuse(
    "request_invalid",
    { parameter: "collection" },
    { message: `Nobody signs in to "${name}": it is no auth collection.` },
  );
}
