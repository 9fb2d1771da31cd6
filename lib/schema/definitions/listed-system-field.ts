// A definition may list fields that the engine makes itself (as a read collection does, and as auth definitions do).
import type { Field, JsonValue } from "../collection.js";
import { describeField } from "./describe-field.js";
import type { DefinitionProblems } from "./definition-problems.js";
import type { RawObject } from "./normalise-field.js";
import { sameJson } from "./same-json.js";

// Definitions for backends of this kind write the password as a text.
const otherWords: Readonly<Record<string, readonly string[]>> = { password: ["text"] };

/** Whether the entry means the system field: auth's own by their names, the others only with `system: true`. */
export function meansSystemField(
  raw: RawObject,
  system: Field | undefined,
  collectionType: "base" | "auth",
): system is Field {
  if (system === undefined) return false;
  const isAuthOwn = collectionType === "auth" && ["email", "password", "verified"].includes(system.name);
  return isAuthOwn || raw["system"] === true;
}

/** Notes every setting that is not the one that the engine gives the field. */
export function checkListedSystemField(
  raw: RawObject,
  system: Field,
  problems: DefinitionProblems,
  path: string,
): void {
  const fixed = describeField(system) as RawObject;
  for (const [setting, value] of Object.entries(raw)) {
    const isOtherWord =
      setting === "type" && typeof value === "string" && (otherWords[system.name] ?? []).includes(value);
    if (value === null || isOtherWord || sameJson(value, fixed[setting])) continue;
    const message = `${system.name} is the engine's own field: ${fixedText(setting, fixed[setting])}`;
    problems.add(`${path}.${setting}`, { code: "reserved", message });
  }
}

const fixedText = (setting: string, value: JsonValue | undefined): string =>
  value === undefined
    ? `it has no setting ${setting}; leave that out.`
    : `its ${setting} is ${JSON.stringify(value)}; leave that out.`;
