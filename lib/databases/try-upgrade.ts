// Whether a database can be brought to the newest schema, found out on a copy. The database itself is only read, and others
// use it meanwhile.
import type { EngineError } from "../base/errors.js";
import { err, ok, type Outcome } from "../base/result.js";
import { scopeOfDatabase } from "./database-name.js";
import type { Fleet } from "./fleet.js";
import { leaseAsFound } from "./open/lease-database.js";

/** One database, tried on a copy. */
export interface UpgradeTrial {
  readonly name: string;
  /** What kept the copy from being made, or from being brought to the newest schema; not there when nothing did. */
  readonly error?: EngineError;
  /** How long the upgrade of the copy took, in milliseconds; 0 when it was not begun. */
  readonly tookMs: number;
}

/** Copies a database aside as it stands, upgrades the copy and throws it away. A crash leaves it to the next open, which clears it. */
export async function tryUpgrade(fleet: Fleet, name: string): Promise<UpgradeTrial> {
  const tried = await upgradeCopy(fleet, name);
  return tried.isErr() ? { name, error: tried.error, tookMs: 0 } : { name, ...tried.value };
}

async function upgradeCopy(fleet: Fleet, name: string): Outcome<Omit<UpgradeTrial, "name">> {
  const made = await leaseAsFound(fleet, name, ({ store }) => store.snapshot());
  if (made.isErr()) return err(made.error);
  const copy = made.value;
  try {
    const { target, statements } = fleet.schema.upgradeFrom(copy.schemaVersion, scopeOfDatabase(name));
    const startedAt = performance.now();
    const upgraded = await copy.upgrade(target.version, statements);
    const tookMs = performance.now() - startedAt;
    return ok(upgraded.isErr() ? { error: upgraded.error, tookMs } : { tookMs });
  } finally {
    await copy.discard();
  }
}
