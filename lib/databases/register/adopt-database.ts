// Takes a database file that was put into the directory by hand (a copy from another machine, a rename) into the
// register, unless it carries the id of one that is there already.
import { err, ok, refuse, type Outcome } from "../../base/result.js";
import type { StoreIdentity } from "../../storage/storage.js";
import type { Fleet } from "../fleet.js";
import type { RegisteredDatabase } from "./system-tables.js";

/** The registered database, or `database_corrupt` with the reason. */
export async function adoptDatabase(
  fleet: Pick<Fleet, "storage" | "register">,
  name: string,
  identity: StoreIdentity,
  schemaVersion: number,
): Outcome<RegisteredDatabase> {
  const twin = fleet.register.nameOf(identity.id);
  if (twin !== undefined && twin !== name) {
    const original = await fleet.storage.stat(twin);
    if (original.isErr()) return err(original.error);
    // A token of the one would open the other, so only one of two files with the same id is served.
    if (original.value) {
      const reason = `it is a copy of database "${twin}" (both carry the same id); remove one of the two files`;
      return refuse("database_corrupt", { name, reason }, { message: `Database "${name}" is not served: ${reason}.` });
    }
    const forgotten = await fleet.register.remove(twin);
    if (forgotten.isErr()) return err(forgotten.error);
  }
  const entry = await fleet.storage.stat(name);
  if (entry.isErr()) return err(entry.error);
  const registered = { name, ...identity, fingerprint: entry.value?.fingerprint ?? "", schemaVersion };
  const added = await fleet.register.add(registered);
  return added.isErr() ? err(added.error) : ok(registered);
}
