// The hidden column of auth tables that ends tokens. It is no field: no definition, no expression and no projection can
// name it.
import type { Collection } from "../collection.js";

/**
 * How often a record's tokens were ended; each token carries the number it was made under. No field can be called
 * that, because names of fields start with a letter.
 */
export const tokenEpochColumn = "_token_epoch";

/** Whether the collection's table has the column. */
export const hasTokenEpoch = (collection: Pick<Collection, "type">): boolean => collection.type === "auth";
