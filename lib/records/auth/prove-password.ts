// Whether a password is a record's. One hash is computed whatever the answer, so that its time tells nothing.
import { err, type Outcome } from "../../base/result.js";
import { isStorableText } from "../../schema/field-types/text-value.js";
import type { RecordContext } from "../record-context.js";
import type { AuthServices } from "./auth-services.js";
import type { FoundAuthRecord } from "./find-auth-record.js";

// A password has at most 1,000 characters, each of one or two UTF-16 units. A longer one is not worth hashing.
const longestPassword = 2_000;

/** False when there is no record. `rate_limited` when too many passwords are waiting to be hashed. */
export async function provePassword(
  { services: { passwords } }: RecordContext,
  { decoyHash }: AuthServices,
  found: FoundAuthRecord | undefined,
  password: string,
): Outcome<boolean> {
  const decoy = await decoyHash();
  if (decoy.isErr()) return err(decoy.error);
  // What could never have been stored would reach the hash as another text, in which it might be right.
  const isPossible = password.length <= longestPassword && isStorableText(password);
  const hash = (isPossible && found?.passwordHash) || decoy.value;
  const verified = await passwords.verify(hash, isPossible ? password : "");
  return verified.map((isRight) => isRight && hash !== decoy.value);
}
