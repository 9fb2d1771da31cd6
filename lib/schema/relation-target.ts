// The collection that a relation points to.
import type { Field } from "./collection.js";

/** The name of the collection; planning has checked that the option is there. */
export const relationTarget = (field: Pick<Field, "options">): string => field.options["collection"] as string;
