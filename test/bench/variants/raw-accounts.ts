// Logins by hand: the account read, its password verified as soon as it is there. Nothing counts how many hash at once,
// which is what most apps do.
import { verify } from "@node-rs/argon2";
import { createPasswordHasher } from "../../../lib/access/password-hash.js";
import { valueOf } from "../../support/unwrap.js";
import { type Accounts, accountPassword } from "../variant.js";
import type { RawConnection } from "./raw-connection.js";

interface AccountRow {
  readonly email: string;
  readonly hash: string;
}

/** On an open empty file. */
export async function openRawAccounts(connection: RawConnection, emails: readonly string[]): Promise<Accounts> {
  await connection.exec(`create table "accounts" ("email" text primary key not null, "hash" text not null);`);
  const insert = await connection.prepare(`insert into "accounts" ("email", "hash") values (?, ?)`);
  // The engine's own, so that a verification costs what one of the engine's costs: a hash holds its parameters.
  const hasher = createPasswordHasher();
  for (const email of emails) await insert.run([email, valueOf(await hasher.hash(accountPassword))]);
  const select = await connection.prepare(`select "email", "hash" from "accounts" where "email" = ?`);
  return {
    async login(account) {
      const [row] = await select.all<AccountRow>([emails[account]!]);
      if (!row || !(await verify(row.hash, accountPassword))) throw new Error(`no login as ${emails[account]}`);
      return row.email;
    },
  };
}
