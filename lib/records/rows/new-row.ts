// The whole row of a new record: the engine's own columns beside the given values.
import { formatTimestamp } from "../../base/clock.js";
import type { Collection } from "../../schema/collection.js";
import type { RecordValues } from "../../schema/validation/record-validator.js";
import type { RecordContext } from "../record-context.js";
import { encodeRow, type RowValues } from "./write-values.js";

/** A whole row of a new record. */
export type NewRow = RowValues & { readonly id: string };

/** Made when it is written, so that ids are in the order of the writes. */
export function newRow({ services }: RecordContext, collection: Collection, values: RecordValues): NewRow {
  const now = formatTimestamp(services.clock.now());
  return { ...encodeRow(collection, values), id: services.newId(), created: now, updated: now, deleted: null };
}
