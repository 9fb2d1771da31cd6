// The whole row of a new record: the engine's own columns beside the given values.
import { formatTimestamp } from "../../base/clock.js";
import type { RecordContext } from "../record-context.js";
import type { EngineSet } from "./built-record.js";
import type { RowValues } from "../rows/write-values.js";

/** A whole row of a new record. */
export type NewRow = RowValues & { readonly id: string };

/** Made when it is written, so that ids are in the order of the writes. */
export const engineSet = ({ services }: Pick<RecordContext, "services">): EngineSet => ({
  id: services.newId(),
  now: formatTimestamp(services.clock.now()),
});

/** What callers give of a row, encoded, with what the engine sets. */
export const newRow = (given: RowValues, { id, now }: EngineSet): NewRow => ({
  ...given,
  id,
  created: now,
  updated: now,
  deleted: null,
});
