// Which names collections and fields may have: names that are safe as tables, columns, JSON keys and words of the
// expression language all at once. Never normalises a name: it is taken as it is, or refused.
import type { FieldProblem } from "../../base/errors.js";

// 63 characters: Postgres cuts identifiers there.
const namePattern = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/;

const keywords = ["true", "false", "null", "and", "or", "not", "in", "is", "like"];
const engineFields = ["id", "created", "updated", "deleted", "expand", "collectionId", "collectionName"];
const authFields = ["email", "password", "verified", "tokenKey", "passwordConfirm", "passwordHash", "oldPassword"];
// Members of every JavaScript object (and what JSON.stringify and await look for): a record with such a key misleads code.
const objectMembers = ["prototype", "toJSON", "then", ...Object.getOwnPropertyNames(Object.prototype)];
// SQLite's names for the key of every row.
const rowKeys = ["rowid", "oid"];

const lowered = (names: readonly string[]): ReadonlySet<string> => new Set(names.map((name) => name.toLowerCase()));
const reservedForFields = lowered([...keywords, ...engineFields, ...objectMembers, ...rowKeys]);
const reservedForAuth = lowered(authFields);
const reservedForCollections = lowered([...keywords, ...objectMembers]);

const shapeProblem = (what: string): FieldProblem => ({
  code: "name",
  message: `A ${what} name is 1 to 63 characters of a-z, A-Z, 0-9 and _, and starts with a letter.`,
});

const reserved = (name: string, why: string): FieldProblem => ({
  code: "reserved",
  message: `The name '${name}' is reserved ${why}; take another one.`,
});

/** Why a user's collection may not have the name; undefined when it may. Whether it is taken is not asked here. */
export function collectionNameProblem(name: string): FieldProblem | undefined {
  if (!namePattern.test(name)) {
    const { code, message } = shapeProblem("collection");
    return { code, message: name.startsWith("_") ? `${message} A leading _ is the engine's own.` : message };
  }
  if (/^sqlite_/i.test(name)) return reserved(name, "because tables named sqlite_… belong to SQLite");
  if (reservedForCollections.has(name.toLowerCase())) return reserved(name, "for the language");
  return undefined;
}

/** Why a defined field may not have the name; undefined when it may. Letter case is ignored, as columns ignore it. */
export function fieldNameProblem(name: string, collectionType: "base" | "auth"): FieldProblem | undefined {
  if (!namePattern.test(name)) return shapeProblem("field");
  const lower = name.toLowerCase();
  if (reservedForFields.has(lower)) return reserved(name, "for the engine or the expression language");
  if (collectionType === "auth" && reservedForAuth.has(lower)) return reserved(name, "in auth collections");
  return undefined;
}
