// Ends the tokens of auth records that are changed: part of the very UPDATE that changes them, so that no moment lies
// between the two.
import { sql, type RawBuilder } from "kysely";
import type { Collection } from "../../schema/collection.js";
import { hasTokenEpoch, tokenEpochColumn } from "../../schema/tables/token-epoch.js";

/** What to add to the SET of an UPDATE; nothing where no token can be meant. */
export type EpochBump = Readonly<Record<string, RawBuilder<number>>>;

const nothing: EpochBump = {};

/** For an update: ends the record's tokens when `values` set a password. */
export const epochBump = (collection: Collection, values: { has(name: string): boolean }): EpochBump =>
  [...collection.fields.values()].some(({ name, type }) => type === "password" && values.has(name))
    ? epochEnd(collection)
    : nothing;

/** For a soft deletion: ends the record's tokens, so that undeleting it brings none of them back. */
export const epochEnd = (collection: Collection): EpochBump =>
  hasTokenEpoch(collection)
    ? { [tokenEpochColumn]: sql<number>`${sql.ref(`${collection.name}.${tokenEpochColumn}`)} + 1` }
    : nothing;
