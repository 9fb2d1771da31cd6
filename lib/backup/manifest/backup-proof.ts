// When a backup was last looked at, and what came of it: the one thing of a backup that changes.
import { createAjv, type ValidateFunction } from "../../base/json-schema.js";
import { err, ok, type Outcome } from "../../base/result.js";
import type { BackupStore } from "../store/backup-store.js";
import { keysOf } from "./backup-id.js";
import { parseJson, readSmall } from "./small-object.js";

/** What the last look at a backup came to. */
export interface BackupProof {
  /** RFC 3339, UTC. */
  readonly checkedAt: string;
  /** When it was last found whole and usable; null when it never was. */
  readonly provenAt: string | null;
  /** Why it was found unusable when it was last looked at; null when it was not. */
  readonly problem: string | null;
}

const moment = { type: "string", format: "date-time" };
const schema = {
  type: "object",
  properties: {
    checkedAt: moment,
    provenAt: { anyOf: [moment, { type: "null" }] },
    problem: { type: ["string", "null"] },
  },
  required: ["checkedAt", "provenAt", "problem"],
};
let compiled: ValidateFunction | undefined;

/** Null when it was never looked at, also when what was noted cannot be read: then nothing is known. */
export async function readProof(store: BackupStore, id: string): Outcome<BackupProof | null> {
  const found = await readSmall(store, keysOf(id).proof);
  if (found.isErr()) return found.error.is("backup_not_found", "payload_too_large") ? ok(null) : err(found.error);
  const parsed = parseJson(found.value);
  compiled ??= createAjv().compile(schema);
  return ok(compiled(parsed) ? (parsed as BackupProof) : null);
}

/** Notes a look at a backup: `problem` null when it was found whole and usable. */
export async function recordProof(
  store: BackupStore,
  id: string,
  checkedAt: string,
  problem: string | null,
): Outcome<BackupProof> {
  const former = problem === null ? ok(null) : await readProof(store, id);
  if (former.isErr()) return err(former.error);
  const proof = { checkedAt, provenAt: problem === null ? checkedAt : (former.value?.provenAt ?? null), problem };
  const kept = await store.replace(keysOf(id).proof, Buffer.from(JSON.stringify(proof)));
  return kept.isErr() ? err(kept.error) : ok(proof);
}
