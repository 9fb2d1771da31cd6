// How a file notes the schema version that it stands at: in its header, in the commit that brings it there.
import type { EngineError } from "../../base/errors.js";
import { ok, refuse, type Result } from "../../base/result.js";

/** The statement that notes a version. `request_invalid` for what the header cannot keep: 32 bits with a sign. */
export function setSchemaVersion(version: number): Result<string, EngineError> {
  const isKept = Number.isInteger(version) && version >= 0 && version <= 0x7fff_ffff;
  // A pragma takes no parameters.
  return isKept ? ok(`PRAGMA user_version = ${version};`) : refuse("request_invalid", { parameter: "version" });
}

/** The statements of an upgrade and its version, for one transaction. */
export const upgradeScript = (version: number, statements: readonly string[]): Result<string, EngineError> =>
  setSchemaVersion(version).map((note) => [...statements.map((statement) => `${statement};`), note].join("\n"));
