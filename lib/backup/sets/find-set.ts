// The set that a caller means: one by its id, or the newest that can be used.
import { err, refuse, type Outcome } from "../../base/result.js";
import type { BackupStore } from "../store/backup-store.js";
import { checkSetId, setNotFound } from "./delete-set.js";
import { listSets } from "./list-sets.js";
import { readSetManifest, type SetManifest } from "./set-manifest.js";

/** `backup_not_found`; `database_corrupt` for a set that cannot be read; what the store cannot do. */
export async function findSet(store: BackupStore, id: unknown): Outcome<SetManifest> {
  if (id !== undefined) {
    const checked = checkSetId(id);
    if (checked.isErr()) return err(checked.error);
    const found = await readSetManifest(store, checked.value);
    return found.isErr() && found.error.is("backup_not_found") ? setNotFound(id) : found;
  }
  const sets = await listSets({ store });
  if (sets.isErr()) return err(sets.error);
  const usable = sets.value.filter(
    ({ status, problem, isChosen }) => status === "ready" && problem === null && !isChosen,
  );
  const newest = usable.at(-1);
  if (newest) return readSetManifest(store, newest.id);
  const message = "There is no set of all databases that can be used; make one with backups.createAll, or name a set.";
  return refuse("backup_not_found", { id: "" }, { message });
}
