// A new password for the holder of a token who knows the old one. Ends all his tokens and gives a new one.
import { err, ok, type Outcome } from "../../base/result.js";
import { EngineError } from "../../base/errors.js";
import { invalidToken } from "../../access/token.js";
import { validateUpdate } from "../../schema/validation/record-validator.js";
import { tokenEpochColumn } from "../../schema/tables/token-epoch.js";
import type { RecordContext } from "../record-context.js";
import { changingRows } from "../rows/changing-rows.js";
import { idIs, liveRows } from "../rows/row-predicates.js";
import { timestampAfter } from "../update-record.js";
import { encodeRow, hashPasswords, type RowValues } from "../rows/write-values.js";
import type { AuthServices } from "./auth-services.js";
import { epochEnd } from "./epoch-bump.js";
import { findById } from "./find-auth-record.js";
import { findTokenRecord, type TokenRecord } from "./find-token-record.js";
import { provePassword } from "./prove-password.js";
import { signIn, type AccountView, type SignedIn } from "./signed-in.js";

export interface PasswordChange {
  readonly token: unknown;
  readonly oldPassword: unknown;
  readonly newPassword: unknown;
  readonly view?: AccountView;
}

/**
 * `unauthenticated` for the token; `validation_failed` for a wrong old password or a new one that is not 8 to 1,000
 * characters long; `rate_limited` as for a login.
 */
export async function changePassword(
  context: RecordContext,
  services: AuthServices,
  { token, oldPassword, newPassword, view }: PasswordChange,
): Outcome<SignedIn> {
  const holder = await findTokenRecord(context, services, token);
  if (holder.isErr()) return err(holder.error);
  const { collection, found } = holder.value;
  const valid = validateUpdate(collection, { password: newPassword ?? null });
  if (valid.isErr()) return err(valid.error);
  const who = ["change-password", context.databaseId, collection.id, found.record.id];
  const old = typeof oldPassword === "string" ? oldPassword : "";
  const proven = await services.attempts.attempt(who, () => provePassword(context, services, found, old));
  if (proven.isErr()) return err(proven.error);
  if (!proven.value) return wrongOldPassword();
  const hashed = await hashPasswords(context, collection, valid.value);
  if (hashed.isErr()) return err(hashed.error);
  return setPassword(context, services, holder.value, encodeRow(collection, hashed.value), view);
}

/** Only while the record stands as it did when the token was checked: otherwise another change would be undone. */
function setPassword(
  context: RecordContext,
  services: AuthServices,
  { collection, found }: TokenRecord,
  row: RowValues,
  view: AccountView | undefined,
): Outcome<SignedIn> {
  const { id } = found.record;
  return context.write(async (db) => {
    const updated = timestampAfter(context, found.record["updated"] as string);
    const changed = await changingRows(context, db, collection, [id], () =>
      db
        .updateTable(collection.name)
        .set({ ...row, ...epochEnd(collection), updated })
        .where(idIs(collection, id))
        .where(liveRows(collection))
        .where(`${collection.name}.${tokenEpochColumn}`, "=", found.epoch)
        .executeTakeFirst(),
    );
    if (changed.numUpdatedRows !== 1n) return invalidToken();
    const now = await findById(context, collection, id, db);
    if (now.isErr()) return err(now.error);
    return now.value ? ok(await signIn(context, services, collection, now.value, view)) : invalidToken();
  });
}

function wrongOldPassword() {
  const problem = { code: "mismatch", message: "This is not the present password." };
  const message = `oldPassword: ${problem.message}`;
  return err(new EngineError("validation_failed", { fields: { oldPassword: problem } }, { message }));
}
