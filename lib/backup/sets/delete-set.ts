// Removes a set: its manifest first, for without it there is none. The backups in it stay.
import { err, ok, refuse, type Outcome, type Result } from "../../base/result.js";
import type { EngineError } from "../../base/errors.js";
import { shownValue } from "../../base/shown.js";
import type { BackupContext } from "../backup-context.js";
import { isSetId, keysOfSet } from "./set-id.js";

/** `backup_not_found`; a damaged one can be deleted too. */
export async function deleteSet({ store }: BackupContext, id: unknown): Outcome<void> {
  const checked = checkSetId(id);
  if (checked.isErr()) return err(checked.error);
  const keys = keysOfSet(checked.value);
  const found = await store.list(keys.manifest);
  if (found.isErr()) return err(found.error);
  if (found.value.length === 0) return setNotFound(id);
  for (const key of [keys.manifest, keys.proof]) {
    const deleted = await store.delete(key);
    if (deleted.isErr()) return err(deleted.error);
  }
  return ok(undefined);
}

/** The id itself; what cannot be one names no set. */
export const checkSetId = (id: unknown): Result<string, EngineError> => (isSetId(id) ? ok(id) : setNotFound(id));

/** What asking for a set that is not there ends in. */
export function setNotFound(id: unknown): Result<never, EngineError> {
  const shown = shownValue(id);
  return refuse("backup_not_found", { id: shown }, { message: `There is no set of backups "${shown}".` });
}
