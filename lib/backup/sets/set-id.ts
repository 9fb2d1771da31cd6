// The names of sets of backups in a store. None can be a backup's: after the dot stands what no id has.
import type { IdGenerator } from "../../base/ids.js";

const prefix = "all.set-";
const idPattern = /^all\.set-[0-9a-f]{32}$/;

/** A new one, greater than all before. */
export const newSetId = (newId: IdGenerator): string => `${prefix}${newId()}`;

/** Whether something may be a set's id. */
export const isSetId = (id: unknown): id is string => typeof id === "string" && idPattern.test(id);

/** The parts of a set in a store. */
export const keysOfSet = (id: string) => ({ manifest: `${id}/manifest.json`, proof: `${id}/proof.json` }) as const;
