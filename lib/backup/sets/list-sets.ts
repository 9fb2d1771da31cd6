// Which sets there are. One that cannot be read is listed as such and hides no other.
import { err, ok, type Outcome } from "../../base/result.js";
import type { BackupContext } from "../backup-context.js";
import { keysOf } from "../manifest/backup-id.js";
import { readProof } from "../manifest/backup-proof.js";
import { describeDamagedSet, describeSet, type BackupSetDescription } from "./describe-set.js";
import { isSetId, keysOfSet } from "./set-id.js";
import { readSetManifest } from "./set-manifest.js";

/** Oldest first. What the store cannot do. */
export async function listSets({ store }: Pick<BackupContext, "store">): Outcome<readonly BackupSetDescription[]> {
  const objects = await store.list("");
  if (objects.isErr()) return err(objects.error);
  const keys = new Set(objects.value.map(({ key }) => key));
  const isThere = (backup: string): boolean => keys.has(keysOf(backup).manifest) && keys.has(keysOf(backup).content);
  const ids = [...new Set([...keys].map((key) => key.slice(0, key.indexOf("/"))))];
  const found: BackupSetDescription[] = [];
  for (const id of ids.filter((id) => isSetId(id) && keys.has(keysOfSet(id).manifest)).sort()) {
    const manifest = await readSetManifest(store, id);
    if (manifest.isOk()) {
      const proof = keys.has(keysOfSet(id).proof) ? await readProof(store, id) : ok(null);
      if (proof.isErr()) return err(proof.error);
      found.push(describeSet(manifest.value, proof.value, isThere));
    } else if (manifest.error.is("database_corrupt")) {
      found.push(describeDamagedSet(id, manifest.error.details.reason));
      // Deleted since it was listed.
    } else if (!manifest.error.is("backup_not_found")) return err(manifest.error);
  }
  return ok(found);
}
